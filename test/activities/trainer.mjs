// A training command that is quick and does as told: `node trainer.mjs MODE --data FILE --out DIR --seed N`.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
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
} else if (mode === 'lost') {
  process.kill(process.pid, 'SIGKILL');
} else if (mode === 'for-ever') {
  process.on('SIGTERM', () => {}); // does not listen
  // A child of its own, as trainers have; both must go.
  const helper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  console.log(JSON.stringify({ progress: { done: process.pid, total: helper.pid } }));
  setInterval(() => {}, 1000);
}
