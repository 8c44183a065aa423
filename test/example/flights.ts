import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as ort from 'onnxruntime-node';
import { FEATURES } from '../../examples/flight-delays/features.ts';
import { prepareFlights, type PreparedData } from '../../examples/flight-delays/data.ts';
import type { Flight } from '../../examples/flight-delays/rows.ts';

const root = resolve(import.meta.dirname, '../..');
export const trainScript = join(root, 'examples/flight-delays/python/train.py');

/** The example's Python, which the bootstrap makes. */
export const python = (): string => {
  const path = join(root, '.cache/python/bin/python');
  if (!existsSync(path)) {
    throw new Error(
      `${path} is missing; start the tests with \`npm test\`, which makes the example's Python environment`,
    );
  }
  return path;
};

/** The prepared flights, shared by the tests and kept between runs. */
export const flights = (): Promise<PreparedData> =>
  prepareFlights({ python: python(), outDir: join(root, '.cache/test-flights') });

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs train.py to its end; `onLine` sees each line of standard output as it comes, and may stop the process. */
export const runTraining = (
  args: readonly string[],
  onLine?: (line: string, stop: () => void) => void,
): Promise<Ran> =>
  new Promise((done, fail) => {
    const child = spawn(python(), [trainScript, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    let pending = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      const lines = (pending + chunk).split('\n');
      pending = lines.pop() ?? '';
      for (const line of lines) onLine?.(line, () => child.kill('SIGTERM'));
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.on('error', fail);
    child.on('close', (code, signal) => done({ code, signal, stdout, stderr }));
  });

/** Probabilities of both classes for each row, by onnxruntime: null becomes NaN for a number and '' for a category. */
export const predict = async (
  model: string,
  rows: readonly Pick<Flight, 'features'>[],
): Promise<{ label: number; probabilities: [number, number] }[]> => {
  const session = await ort.InferenceSession.create(model);
  try {
    const shape = [rows.length, 1];
    const feeds: Record<string, ort.Tensor> = {};
    for (const { name, kind } of FEATURES) {
      const values = rows.map((row) => row.features[name] ?? null);
      feeds[name] =
        kind === 'category'
          ? new ort.Tensor(
              'string',
              values.map((value) => String(value ?? '')),
              shape,
            )
          : new ort.Tensor(
              'float32',
              Float32Array.from(values, (value) => (value === null ? NaN : Number(value))),
              shape,
            );
    }
    const { label, probabilities } = await session.run(feeds);
    const labels = label?.data as BigInt64Array;
    const flat = probabilities?.data as Float32Array;
    return rows.map((_, row) => ({
      label: Number(labels[row]),
      probabilities: [flat[2 * row] ?? NaN, flat[2 * row + 1] ?? NaN],
    }));
  } finally {
    await session.release();
  }
};
