// A training command that is quick and does as told: `node trainer.mjs MODE --data FILE --out DIR --seed N`.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [mode, ...rest] = process.argv.slice(2);
const option = (name) => rest[rest.indexOf(`--${name}`) + 1];
const leave = (...names) =>
  names.forEach((name) => writeFileSync(join(option('out'), name), `${name} ${option('seed')}`));
const say = (done) =>
  console.log(JSON.stringify({ progress: { done, total: 3, metrics: { auc: 0.5 + done / 10 } } }));

if (mode === 'well') {
  console.log('loading, and this line is no JSON');
  for (const done of [1, 2, 3]) say(done);
  leave(
    'model.onnx',
    'signature.json',
    'golden.json',
    'validation.parquet',
    'reference.parquet',
    'training.json',
    '.half-done',
  );
} else if (mode === 'badly') {
  for (let line = 1; line <= 100; line++) console.error(`complaint ${line}`);
  process.exitCode = 3;
} else if (mode === 'twice') {
  leave('model.onnx', 'model.json', 'signature.json');
} else if (mode === 'nothing') {
  leave('notes.md');
} else if (mode === 'words') {
  console.log('progress 0.25 a quarter');
  console.error('a warning');
  console.log('progress 1.5 is no share');
  console.log('progress 1 all of it');
  leave('model.onnx', 'signature.json');
} else if (mode === 'checkpoint') {
  const kept = join(option('checkpoint'), 'kept');
  if (!existsSync(kept)) {
    writeFileSync(kept, 'found');
    process.kill(process.pid, 'SIGKILL');
  }
  leave('signature.json');
  writeFileSync(join(option('out'), 'model.onnx'), readFileSync(kept));
} else if (mode === 'epochs') {
  // Ten epochs, each kept as soon as it is done; which process did which is what comes out.
  const kept = join(option('checkpoint'), 'epochs.json');
  const done = existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : [];
  while (done.length < 10) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    done.push(process.pid);
    writeFileSync(`${kept}.partial`, JSON.stringify(done));
    renameSync(`${kept}.partial`, kept);
    console.log(`progress ${done.length / 10} epoch ${done.length} of 10`);
  }
  leave('signature.json');
  writeFileSync(join(option('out'), 'model.onnx'), JSON.stringify(done));
} else if (mode === 'lost') {
  process.kill(process.pid, 'SIGKILL');
} else if (mode === 'for-ever') {
  process.on('SIGTERM', () => {}); // does not listen
  // A child of its own, as trainers have; both must go.
  const helper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  console.log(JSON.stringify({ progress: { done: process.pid, total: helper.pid } }));
  setInterval(() => {}, 1000);
}
