import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareFlights, preparedPaths } from '../data.ts';
import { materialiseWindow } from '../materialise.ts';
import { monthStart } from '../rows.ts';
import { preparedDir } from '../window.ts';

const example = join(import.meta.dirname, '..');
const folder = join(example, '../../.cache/flight-delays');
/** As release.yaml has it: its sandbox trains the model again and expects the same answers. */
const SEED = '20130601';

/** Prepares the flights and trains the first model on January and February, unless the very same was done before. */
export async function firstModel(python: string): Promise<{ files: string[]; trained: boolean }> {
  const prepared = await prepareFlights({ python, outDir: preparedDir });
  const data = await materialiseWindow({
    preparedDir,
    from: monthStart(1),
    to: monthStart(3),
    out: join(folder, 'january-february.parquet'),
  });
  const out = join(folder, 'v1');
  const script = join(example, 'python/train.py');
  const trained = !(await isTrained(out, data.sha256, script));
  if (trained) {
    await mkdir(out, { recursive: true });
    await run(python, [script, '--data', data.file, '--out', out, '--seed', SEED]);
  }
  return { files: preparedPaths(prepared), trained };
}

/** The training command writes `training.json` last, with the digests of what went in. */
async function isTrained(out: string, dataSha256: string, script: string): Promise<boolean> {
  const file = join(out, 'training.json');
  if (!existsSync(file)) return false;
  const record = JSON.parse(await readFile(file, 'utf8')) as {
    data?: { sha256?: string };
    code?: Record<string, string>;
  };
  const code = createHash('sha256')
    .update(await readFile(script))
    .digest('hex');
  return record.data?.sha256 === dataSha256 && record.code?.['train.py'] === code;
}

function run(command: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${args[0] ?? command} ended with code ${code}`)),
    );
  });
}
