// Proves on real servers, while ingest is killed and the broker dies, that every record of the drift topic ends in exactly one
// bucket or in the dead letters, the bucket that a reference written apart has it in, that no retraining is missing or one too
// many, and that `seatrial drift` and the workers' metrics say the same. A small sister of `npm run bench -- drift-loop/conserve`.
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { conserve } from '../../bench/drift-loop/conserve/measure.ts';
import { modelName } from '../../bench/drift-loop/traffic.ts';
import type { DriftAccount } from '../../domain/model/index.ts';
import { runCli } from '../client/run-cli.ts';

test('nothing is lost and nothing counted twice', async () => {
  let shown: DriftAccount | undefined;
  const books = await conserve({
    events: 600,
    models: 5,
    seed: 11,
    disturbances: [
      { name: 'kill-ingest', at: 0.3 },
      { name: 'kill-broker', at: 0.6 },
    ],
    look: async ({ temporalAddress }) => {
      const env = { TEMPORAL_ADDRESS: temporalAddress };
      const { stdout } = await runCli(['drift', modelName(0), '-o', 'json'], tmpdir(), env);
      shown = JSON.parse(stdout) as DriftAccount;
    },
  });
  expect(books).toMatchObject({
    lost: 0,
    doubled: 0,
    misplaced: 0,
    retrainingsUnexpected: 0,
    retrainingsMissing: 0,
    accounted: books.produced,
  });
  expect(books.produced).toBeGreaterThanOrEqual(600);
  expect(Math.min(...Object.values(books.buckets), books.deadLettered, books.finished)).toBeGreaterThan(0);
  expect(books.signals).toBeLessThan(books.produced / 2);
  expect(books.workerCounter).toEqual(books.buckets);

  const sum = Object.values(shown?.buckets ?? {}).reduce((all, count) => all + count, 0);
  expect(shown).toMatchObject({ model: 'model-00', champion: '1', received: sum });
  expect(sum).toBeGreaterThan(0);
  expect(shown?.outcomes.length).toBeGreaterThan(0);
  expect(Object.keys(shown?.watermarks ?? {})).toHaveLength(1);
});
