/**
 * Proves that a sample of a file is spread evenly over the rows that count, in their order, whatever the file's size; and that times
 * are read as UTC wherever the worker runs.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { sampleRows } from '../../activities/stages/sample-rows.ts';
import type { Signature } from '../../contracts/plan.ts';
import { withDuck } from '../../examples/flight-delays/duck.ts';

const ROWS = 1000;
const signature: Signature = {
  inputs: [{ name: 'n', datatype: 'FP32', kind: 'numeric' }],
  output: { name: 'probabilities', positiveIndex: 1 },
};
let dir: string;
let path: string;
beforeAll(async () => {
  // Before DuckDB is first used: it looks once.
  vi.stubEnv('TZ', 'America/New_York');
  dir = await mkdtemp(join(tmpdir(), 'seatrial-table-'));
  path = join(dir, 'rows.parquet');
  const select = `SELECT n::FLOAT AS n, CASE WHEN n % 5 > 0 THEN n % 2 END AS late,
    TIMESTAMP '2013-01-01 00:00:00' + to_hours(n) AS local, TIMESTAMPTZ '2013-01-01T00:00:00Z' + to_hours(n) AS zoned
    FROM range(${ROWS}) AS made(n)`;
  await withDuck((duck) => duck.run(`COPY (${select}) TO '${path}' (FORMAT parquet)`));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true, force: true });
});

const sample = (most: number, labelColumn?: string) =>
  sampleRows(
    { path, what: 'the file' },
    { signature, most, ...(labelColumn === undefined ? {} : { labelColumn }) },
  );

it('takes exactly as many as asked, evenly, of the rows that have a label', async () => {
  const labelled = Array.from({ length: ROWS }, (_, n) => n).filter((n) => n % 5 > 0);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: ROWS }), async (most) => {
      const found = (await sample(most, 'late')).map(({ features }) => features['n'] as number);
      expect(found).toHaveLength(Math.min(most, labelled.length));
      // Row i belongs to the sample where i + 1 of all, scaled to the sample, passes a whole number.
      const spread = labelled.filter(
        (_, i) =>
          labelled.length <= most ||
          Math.floor(((i + 1) * most) / labelled.length) > Math.floor((i * most) / labelled.length),
      );
      expect(found).toEqual(spread);
    }),
    { numRuns: 15 },
  );
  expect(await sample(ROWS)).toHaveLength(ROWS);
});

it('reads times with and without a zone as the same instant, in any time zone', async () => {
  const wanted = { signature, most: 3, times: ['local', 'zoned', 'n'] };
  for (const { times } of await sampleRows({ path, what: 'the file' }, wanted)) {
    expect(times[0]).toBe(times[1]);
    expect(Number(times[0]) % 3_600_000).toBe(0);
    expect(times[2]).toBeNull();
  }
});
