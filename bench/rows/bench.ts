/**
 * Memory and time of the stages that read every row: `sandbox` and `synthetic` on all flights of 2013, and on five million rows
 * resampled from them, by the real model behind a real socket. Each run has a process of its own.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { firstModel } from '../../examples/flight-delays/demo/first-model.ts';
import { withDuck } from '../../examples/flight-delays/duck.ts';
import { text } from '../../examples/flight-delays/flights-sql.ts';
import { installedProgram } from '../../stack/installed.ts';
import { machine, type Bench, type Target } from '../bench.ts';
import type { Measured } from './measure.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, '.cache/flight-delays/v1');
const STAGES = ['sandbox', 'synthetic'] as const;
const LIMIT_MIB = 1536;
/** Processor time a row may differ by chance, and by what is done once in a run. */
const MOST_GROWTH = 1.25;

export interface Run extends Measured {
  readonly fileRows: number;
}

export const run: Bench = async ({ quick }) => {
  const { files } = await firstModel(installedProgram('examplePython').path);
  const dir = await mkdtemp(join(tmpdir(), 'seatrial-rows-'));
  const runs: Run[] = [];
  try {
    for (const rows of quick ? [5_000, 20_000] : ['all', 5_000_000]) {
      const file = join(dir, `${rows}.parquet`);
      const fileRows = await writeRows(files, rows, file);
      for (const stage of STAGES) {
        const measured = { fileRows, ...(await measure(stage, file)) };
        runs.push(measured);
        process.stdout.write(`${JSON.stringify({ ...measured, metrics: undefined })}\n`);
      }
      await rm(file);
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  return { machine: machine(), versions: { node: process.version }, raw: runs, targets: targetsOf(runs) };
};

/** The flights themselves, or so many drawn from them with replacement by a hash: the same each time. */
async function writeRows(files: readonly string[], rows: number | string, out: string): Promise<number> {
  const flights = `read_parquet([${files.map(text).join(', ')}])`;
  return withDuck(async (duck) => {
    await duck.run(
      `CREATE TEMP TABLE flights AS SELECT row_number() OVER () - 1 AS place, * FROM ${flights}`,
    );
    const counted = await duck.runAndReadAll('SELECT count(*)::INTEGER FROM flights');
    const all = counted.getRows()[0]?.[0] as number;
    const drawn =
      rows === 'all'
        ? 'SELECT * EXCLUDE (place) FROM flights'
        : `SELECT flights.* EXCLUDE (place) FROM range(${rows}) AS drawn(n) JOIN flights ON place = md5_number_lower(n::VARCHAR) % ${all}`;
    await duck.run(`COPY (${drawn}) TO ${text(out)} (FORMAT parquet)`);
    return rows === 'all' ? all : Number(rows);
  });
}

async function measure(stage: string, file: string): Promise<Measured> {
  const script = fileURLToPath(new URL('measure.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', script, stage, file, folder],
    { cwd: root, maxBuffer: 2 ** 26 },
  );
  const line = stdout
    .trim()
    .split('\n')
    .findLast((one) => one.startsWith('{"stage"'));
  if (line === undefined) throw new Error(`${stage} measured nothing: ${stdout.slice(0, 500)}`);
  return JSON.parse(line) as Measured;
}

export function targetsOf(runs: readonly Run[]): Target[] {
  const memory = runs.map(({ stage, fileRows, peakMiB }) => ({
    name: `${stage}, ${fileRows} rows: peak memory, MiB`,
    value: peakMiB,
    target: `at most ${LIMIT_MIB}`,
    holds: peakMiB <= LIMIT_MIB,
  }));
  const growth = STAGES.flatMap((stage): Target[] => {
    const [few, many] = runs.filter((one) => one.stage === stage);
    if (few === undefined || many === undefined) return [];
    const value = many.cpuSeconds / many.fileRows / (few.cpuSeconds / few.fileRows);
    return [
      {
        name: `${stage}: processor time a row, ${many.fileRows} rows against ${few.fileRows}`,
        value,
        target: `at most ${MOST_GROWTH} times`,
        holds: value <= MOST_GROWTH,
      },
    ];
  });
  return [...memory, ...growth];
}
