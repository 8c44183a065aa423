/**
 * Proves on the real example that the guard lets an honest retraining through, and names what is wrong with a model trained
 * on shuffled labels (worse on the trusted rows) and with data whose rows were copied, whose labels were bought, or which the
 * model's own decisions made; and that no serving process is left.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { trainingActivities } from '../../activities/training/index.ts';
import type { GuardResult } from '../../contracts/activities.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { RetrainingGuard } from '../../contracts/plan.ts';
import type { GuardMeasurements } from '../../domain/retraining/index.ts';
import { withDuck } from '../../examples/flight-delays/duck.ts';
import { retraining } from '../support/drift.ts';
import {
  exampleData,
  inActivity,
  isAlive,
  makeWorld,
  mockEnvironment,
  planOf,
  put,
  required,
  trainExample,
  type World,
} from './support.ts';

const guard: RetrainingGuard = {
  outcome: 'held',
  maxLabelRateChange: 0.2,
  maxDuplicateShare: 0.2,
  maxOwnDecisionShare: 0.2,
  maxTrustedLogLossIncrease: 0.02,
  labelColumn: 'late',
};

let world: World;
let clean: Record<string, EvidenceRef>;
let shuffled: Record<string, EvidenceRef>;
let planRef: EvidenceRef;
let untrusted: EvidenceRef;

beforeAll(async () => {
  world = await makeWorld();
  clean = await trainExample(world, 'clean');
  shuffled = await trainExample(world, 'shuffled', '--shuffle-labels');
  const plan = planOf('sandbox', {
    files: clean,
    data: { ...exampleData(clean), trusted: required(clean, 'validation') },
  });
  const json = { name: 'plan.json', mediaType: 'application/json' };
  planRef = await world.evidence.put(JSON.stringify(plan), json);
  const { trusted: _, ...data } = plan.data;
  untrusted = await world.evidence.put(JSON.stringify({ ...plan, data }), json);
});
afterAll(() => world.remove());

interface Compared extends GuardResult {
  readonly measured: GuardMeasurements;
}

async function compare(
  files: Record<string, EvidenceRef>,
  data?: EvidenceRef,
  more: Partial<RetrainingGuard> = {},
): Promise<Compared> {
  const { compareTraining } = trainingActivities(world.context);
  const result = await inActivity(mockEnvironment(), compareTraining, {
    retraining: {
      model: 'flight-delays',
      decision: 'd',
      version: '1',
      reason: 'r',
      driftEvents: [],
      windowEnd: '2013-02-01T00:00:00.000Z',
      // Where only data is looked at, no model is served.
      planRef: data === undefined ? planRef : untrusted,
      retraining: { ...retraining, guard: { ...guard, ...more } },
    },
    data: {
      data: data ?? required(clean, 'reference'),
      from: '2013-01-01T00:00:00.000Z',
      to: '2013-02-01T00:00:00.000Z',
      rows: 1,
    },
    trained: { files, seconds: 1 },
  });
  const { measured } = await world.evidence.getJson<{ measured: GuardMeasurements }>(result.report);
  return { ...result, measured };
}

/** The champion's own rows, changed by a query over `rows`. */
async function changed(name: string, sql: string): Promise<EvidenceRef> {
  const from = await world.evidence.path(required(clean, 'reference'));
  const out = join(world.dir, `${name}.parquet`);
  await withDuck(async (duck) => {
    await duck.run(`CREATE VIEW rows AS SELECT * FROM read_parquet('${from}')`);
    await duck.run(`COPY (${sql}) TO '${out}' (FORMAT parquet)`);
  });
  return put(world, out);
}

it('lets the same data and model through, and measures all that there is', async () => {
  const { breaches, measured } = await compare(clean);
  expect(breaches).toEqual([]);
  expect(measured.psi?.value).toBeLessThan(0.01);
  expect(measured.ownDecisions).toBeNull();
  expect(measured.trusted?.challenger).toBe(measured.trusted?.champion);
  expect(measured.trusted?.rows).toBeGreaterThan(1000);
});

it('finds the model that was trained on shuffled labels, by the rows that it could not touch', async () => {
  const { breaches } = await compare(shuffled);
  expect(breaches).toEqual([
    expect.stringMatching(/^on \d+ trusted rows log-loss .* became .*: rise .* > 0.02$/),
  ]);
});

it('finds copied rows, bought labels, and labels that the model made itself', async () => {
  const copied = await changed(
    'copied',
    'SELECT * FROM rows UNION ALL SELECT * FROM rows UNION ALL SELECT * FROM rows',
  );
  expect((await compare(clean, copied)).breaches).toEqual([
    expect.stringMatching(/^share of copied rows 0\.6/),
  ]);
  const bought = await changed(
    'bought',
    'SELECT * REPLACE (CASE WHEN late IS NULL THEN NULL ELSE 1 END AS late) FROM rows',
  );
  expect((await compare(clean, bought)).breaches).toContainEqual(
    expect.stringMatching(/^label rate .* became 1: change/),
  );
  const own = await changed('own', 'SELECT *, true AS crew_called FROM rows');
  expect((await compare(clean, own, { ownDecisionColumn: 'crew_called' })).breaches).toEqual([
    'share of labels that the model’s own decisions made 1 > 0.2',
  ]);
});

it('says which column is not there, and leaves no serving process', async () => {
  await expect(compare(clean, undefined, { ownDecisionColumn: 'crew_called' })).rejects.toMatchObject({
    type: 'DataUnreadable',
    message: expect.stringMatching(/lacks the column\(s\) crew_called/) as string,
  });
  expect(world.servings.length).toBeGreaterThan(0);
  for (const { pid } of world.servings) expect(isAlive(pid)).toBe(false);
});
