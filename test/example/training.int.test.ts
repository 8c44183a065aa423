/**
 * Proves that the training command is one that a release can trust: ONNX answers as scikit-learn does, one seed gives one
 * model, progress is said while it works, a stop leaves nothing half done, and bad data is refused in one clear line.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withDuck } from '../../examples/flight-delays/duck.ts';
import { FEATURES } from '../../examples/flight-delays/features.ts';
import { materialiseWindow } from '../../examples/flight-delays/materialise.ts';
import { monthStart, readFlights } from '../../examples/flight-delays/rows.ts';
import type { Signature } from '../../contracts/plan.ts';
import { flights, predict, runTraining, type Ran } from './flights.ts';

interface Golden {
  rows: {
    flightId: string;
    features: Record<string, string | number | null>;
    label: number;
    probabilities: [number, number];
  }[];
}

let scratch: string;
let window: string;
let first: Ran;
const seen: string[] = [];

const read = async <T>(...path: string[]): Promise<T> =>
  JSON.parse(await readFile(join(scratch, ...path), 'utf8')) as T;
const train = (out: string, ...more: string[]): Promise<Ran> =>
  runTraining(['--data', window, '--out', join(scratch, out), '--seed', '7', '--iterations', '25', ...more]);

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'seatrial-training-'));
  const { dir } = await flights();
  const span = { preparedDir: dir, from: monthStart(1), to: monthStart(2) };
  window = (await materialiseWindow({ ...span, out: join(scratch, 'window.parquet') })).file;
  first = await runTraining(
    ['--data', window, '--out', join(scratch, 'first'), '--seed', '7', '--iterations', '25'],
    (line) => seen.push(line),
  );
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('a training', () => {
  it('ends well and leaves its files, no partial one', async () => {
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    const files = [
      'golden.json',
      'model.onnx',
      'reference.parquet',
      'signature.json',
      'training.json',
      'validation.parquet',
    ];
    expect((await readdir(join(scratch, 'first'))).sort()).toEqual(files);
  });

  it('says its progress in steps, with finite metrics, and then the result', () => {
    const lines = seen.map(
      (line) => JSON.parse(line) as { progress?: { done: number; total: number; metrics: object } },
    );
    const progress = lines.flatMap((line) => (line.progress === undefined ? [] : [line.progress]));
    expect(progress.map(({ done, total }) => [done, total])).toEqual([
      [10, 25],
      [20, 25],
      [25, 25],
    ]);
    for (const { metrics } of progress) expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
    expect(lines.at(-1)).toHaveProperty('result.model');
  });

  it('declares the features that the TypeScript side sends', async () => {
    const signature = await read<Signature>('first', 'signature.json');
    expect(signature).toEqual({
      inputs: FEATURES.map(({ name, kind }) => ({
        name,
        datatype: kind === 'category' ? 'BYTES' : 'FP32',
        kind,
      })),
      output: { name: 'probabilities', positiveIndex: 1 },
    });
  });

  it('exports a graph that answers as scikit-learn does, on golden rows with nulls', async () => {
    const { rows } = await read<Golden>('first', 'golden.json');
    expect(rows.length).toBe(256);
    expect(rows.some((row) => row.features['wind_gust'] === null)).toBe(true);
    const answers = await predict(join(scratch, 'first', 'model.onnx'), rows);
    for (const [at, row] of rows.entries()) {
      expect(Math.abs((answers[at]?.probabilities[1] ?? NaN) - row.probabilities[1])).toBeLessThan(1e-6);
      expect(answers[at]?.label).toBe(row.label);
    }
    expect(new Set(rows.map((row) => row.probabilities[1])).size).toBeGreaterThan(100);
  });

  it('takes its golden rows from the holdout, which the model never saw', async () => {
    const { rows } = await read<Golden>('first', 'golden.json');
    type Span = { from: number; to: number; rows: number };
    const { train: shown, holdout } = await read<{ train: Span; holdout: Span }>('first', 'training.json');
    expect(shown.to).toBeLessThan(holdout.from);
    const held = await readFlights({ files: [window], from: holdout.from, to: holdout.to + 1 });
    expect(held.length).toBe(holdout.rows);
    const ids = new Set(held.map((flight) => flight.flightId));
    expect(rows.every((row) => ids.has(row.flightId))).toBe(true);
  });

  it('leaves the holdout as validation and what it learnt from as reference, each labelled row once', async () => {
    type Span = { from: number; to: number; rows: number };
    const { train: shown, holdout } = await read<{ train: Span; holdout: Span }>('first', 'training.json');
    const rowsOf = (file: string) =>
      readFlights({ files: [join(scratch, 'first', file)], from: shown.from, to: holdout.to + 1 });
    const all = await readFlights({ files: [window], from: shown.from, to: holdout.to + 1 });
    const [reference, validation] = [await rowsOf('reference.parquet'), await rowsOf('validation.parquet')];
    expect([reference.length, validation.length]).toEqual([shown.rows, holdout.rows]);
    expect([...reference, ...validation]).toEqual(all);
    expect(validation[0]?.scheduledAt).toBe(holdout.from);
  });

  it('answers to unknown categories, missing values and extremes with a probability', async () => {
    const { rows } = await read<Golden>('first', 'golden.json');
    const plain = rows[0]?.features ?? {};
    const empty = Object.fromEntries(FEATURES.map(({ name }) => [name, null]));
    const odd = [
      { ...plain, dest: 'XXX' },
      { ...plain, dest: null },
      { ...plain, temperature: 1e30, wind_speed: -1e30 },
      empty,
    ];
    const answers = await predict(
      join(scratch, 'first', 'model.onnx'),
      odd.map((features) => ({ features })),
    );
    for (const { probabilities } of answers) {
      expect(probabilities[1]).toBeGreaterThan(0);
      expect(probabilities[1]).toBeLessThan(1);
      expect(probabilities[0] + probabilities[1]).toBeCloseTo(1, 5);
    }
    // A category never seen and a missing one share one code.
    expect(answers[0]?.probabilities[1]).toBe(answers[1]?.probabilities[1]);
  });
});

describe('a second training', () => {
  it('with the same seed gives the same bytes of every file', async () => {
    expect((await train('second')).code).toBe(0);
    for (const file of await readdir(join(scratch, 'first'))) {
      const [one, two] = await Promise.all(
        ['first', 'second'].map((run) => readFile(join(scratch, run, file))),
      );
      expect(two?.equals(one as Buffer), file).toBe(true);
    }
  });

  it('that goes on from the checkpoint of a shorter one gives the same bytes, and does no step twice', async () => {
    const kept = join(scratch, 'checkpoint');
    await train('shorter', '--iterations', '10', '--checkpoint', kept);
    const longer = await train('longer', '--checkpoint', kept);
    expect(longer.code).toBe(0);
    const steps = [...longer.stdout.matchAll(/"done": (\d+), "total"/g)].map(([, done]) => Number(done));
    expect(longer.stdout).toContain('"resumed": {"done": 10');
    expect(steps).toEqual([20, 25]);
    for (const file of ['model.onnx', 'golden.json'])
      expect(await readFile(join(scratch, 'longer', file))).toEqual(
        await readFile(join(scratch, 'first', file)),
      );
    // What was learnt with another seed is not gone on with.
    const other = await runTraining([
      '--data',
      window,
      '--out',
      join(scratch, 'other'),
      '--seed',
      '8',
      '--iterations',
      '10',
      '--checkpoint',
      kept,
    ]);
    expect(other.stdout).not.toContain('resumed');
  });

  it('on shuffled labels knows nothing, though it learnt from as many rows', async () => {
    expect((await train('shuffled', '--shuffle-labels')).code).toBe(0);
    type Training = { train: { rows: number }; holdout: { metrics: { auc: number } } };
    const [honest, spoilt] = [
      await read<Training>('first', 'training.json'),
      await read<Training>('shuffled', 'training.json'),
    ];
    expect(spoilt.train.rows).toBe(honest.train.rows);
    expect(honest.holdout.metrics.auc).toBeGreaterThan(0.6);
    expect(Math.abs(spoilt.holdout.metrics.auc - 0.5)).toBeLessThan(0.06);
  });

  it('ends at once on SIGTERM, while it trains, and leaves no finished training', async () => {
    const ran = await runTraining(
      ['--data', window, '--out', join(scratch, 'stopped'), '--seed', '7', '--iterations', '5000'],
      (_, stop) => stop(),
    );
    expect(ran.signal).toBe('SIGTERM');
    await expect(readFile(join(scratch, 'stopped', 'training.json'))).rejects.toThrow(/ENOENT/);
  });
});

describe('bad input', () => {
  const refused = async (args: readonly string[], message: RegExp): Promise<void> => {
    const ran = await runTraining(args);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).not.toContain('Traceback');
    await expect(readdir(join(scratch, 'bad'))).rejects.toThrow(/ENOENT/);
  };
  const withData = (data: string): string[] => ['--data', data, '--out', join(scratch, 'bad'), '--seed', '1'];

  it('is refused with what, where and how to mend it', async () => {
    await mkdir(join(scratch, 'inputs'));
    const at = (name: string): string => join(scratch, 'inputs', name);
    await writeFile(at('text.parquet'), 'not a table');
    await withDuck(async (duck) => {
      const from = `FROM read_parquet('${window}')`;
      await duck.run(`COPY (SELECT * EXCLUDE (pressure, origin) ${from}) TO '${at('columns.parquet')}'`);
      await duck.run(`COPY (SELECT * ${from} LIMIT 50) TO '${at('few.parquet')}'`);
      await duck.run(`COPY (SELECT * REPLACE (2::TINYINT AS late) ${from}) TO '${at('labels.parquet')}'`);
      await duck.run(`COPY (SELECT * ${from} WHERE late = 0) TO '${at('one.parquet')}'`);
    });
    await refused(withData(at('missing.parquet')), /missing\.parquet: no such file/);
    await refused(withData(at('text.parquet')), /text\.parquet: cannot be read as a table of flights/);
    await refused(withData(at('columns.parquet')), /lacks the column\(s\) origin, pressure/);
    await refused(withData(at('few.parquet')), /50 rows have a label; at least 1000/);
    await refused(withData(at('labels.parquet')), /neither 0, 1 nor null/);
    await refused(withData(at('one.parquet')), /only one class/);
    await refused([...withData(window), '--iterations', '0'], /--iterations 0: must be 1 or more/);
  });
});
