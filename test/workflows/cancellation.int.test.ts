// Proves that "Request Cancellation", the Web UI's largest button, is safe for everybody: a release in its canary takes its
// callers back and is aborted, a live one stays, a model stays, and a retraining ends and tells its model so.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TrainingActivities } from '../../contracts/activities.ts';
import type { TrafficStatus } from '../../contracts/gateway.ts';
import { sha256 } from '../../adapters/ledger/index.ts';
import { verifyChain } from '../../domain/ledger/index.ts';
import type { ModelState } from '../../domain/model/index.ts';
import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { runCli } from '../client/run-cli.ts';
import { driftBatch, driftEvent, retraining } from '../support/drift.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine } from '../support/engine.ts';
import { taskFailures } from '../support/histories.ts';
import { canary, report, stage } from '../support/plans.ts';
import { pollUntil } from '../support/poll.ts';
import { unique } from '../support/unique.ts';

let engine: Engine;

/** Training that lasts until it is cancelled. */
const endless: TrainingActivities = {
  async materialiseData() {
    for (;;) {
      Context.current().heartbeat();
      await Context.current().sleep(200);
    }
  },
  trainModel: () => Promise.reject(new Error('never asked for')),
  compareTraining: () => Promise.reject(new Error('never asked for')),
  registerVersion: () => Promise.reject(new Error('never asked for')),
};

beforeAll(async () => {
  engine = await startEngine({
    stages: { sandbox: () => Promise.resolve(report('pass')) },
    training: () => endless,
  });
});
afterAll(async () => {
  await engine?.stop();
});

const stateOf = (model: string) => (): Promise<ModelState> =>
  engine.client.workflow.getHandle(`model/${model}`).query<ModelState>('state');

async function factsOf(stream: string): Promise<readonly { type: string; data: unknown }[]> {
  const entries = await engine.ledger.read(stream);
  expect(verifyChain(entries, sha256)).toMatchObject({ valid: true });
  return entries;
}

async function served(model: string): Promise<TrafficStatus['arms']> {
  const response = await fetch(`${engine.services.gatewayUrl}/admin/models/${model}/traffic`);
  return ((await response.json()) as TrafficStatus).arms;
}

test('a release in its canary takes its callers back first', async () => {
  const model = unique('in-canary');
  const steps = [{ ...canary, canary: { ...canary.canary!, steps: [{ weight: 30, minSamples: 1000 }] } }];
  const release = await engine.start({ model, version: '1', steps });
  await release.until('the canary', ({ situation }) => situation === 'observing');
  await release.handle.cancel();
  expect(await release.handle.result()).toMatchObject({
    outcome: 'aborted',
    outcomeReason: 'aborted by Request Cancellation: cancellation was requested',
  });
  expect(await served(model)).toMatchObject([{ version: 'fallback', weight: 100 }]);
  expect((await factsOf(`release/${model}/1`)).map(({ type }) => type)).toContain('ReleaseRolledBack');
  await pollUntil('the slot', stateOf(model), ({ slot }) => slot === null);
  expect(await taskFailures(release.handle)).toEqual([]);
});

test('a live release and its model stay, and say why', async () => {
  const model = unique('is-live');
  const release = await engine.start({ model, version: '1', steps: [stage('production')] });
  await release.until('live', ({ situation }) => situation === 'live');
  await release.handle.cancel();
  const view = await release.until('the answer', ({ lastRefused }) => lastRefused !== null);
  expect(view).toMatchObject({
    situation: 'live',
    lastRefused: { reason: expect.stringContaining('send rollback instead') as string },
  });

  const ofModel = engine.client.workflow.getHandle(`model/${model}`);
  await ofModel.cancel();
  await pollUntil(
    'the answer',
    () => factsOf(`model/${model}`),
    (facts) => facts.some(({ type }) => type === 'MessageRefused'),
  );
  await release.handle.signal('rollback', { by: 'sam', reason: 'both must still work' });
  expect((await release.handle.result()).outcome).toBe('rolled-back');
  await pollUntil('the rollback', stateOf(model), (state) => state.served.length === 0 && !state.slot);
  for (const handle of [release.handle, ofModel]) expect(await taskFailures(handle)).toEqual([]);
});

/** Undefined for a workflow that does not exist; any other error goes on. */
function unlessNotFound(error: unknown): undefined {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}

/** A live version whose retraining is under way. */
async function inTraining(model: string) {
  const steps = [stage('production')];
  const release = await engine.start({ model, version: '1', steps, retraining });
  await release.until('live', ({ situation }) => situation === 'live');
  await pollUntil('the promotion', stateOf(model), (state) => state.retraining !== null);
  await engine.client.workflow.getHandle(`model/${model}`).signal('driftBatch', driftBatch(driftEvent(0)));
  const { running } = await pollUntil('the decision', stateOf(model), (state) => state.running !== null);
  const training = engine.client.workflow.getHandle(`retraining/${model}/${running?.decision}`);
  await pollUntil(
    'the training',
    // Decided on is not started yet.
    async () => (await training.describe().catch(unlessNotFound))?.raw.pendingActivities ?? [],
    (pending) => pending.length > 0,
  );
  return training;
}

test('a retraining ends, and its model hears of it', async () => {
  const model = unique('trains');
  const training = await inTraining(model);
  await training.cancel();
  expect(await training.result()).toEqual({ outcome: 'failed', detail: 'it was cancelled' });
  await pollUntil('the news', stateOf(model), (state) => state.running === null);
  expect(await taskFailures(training)).toEqual([]);
});

test('a person ends a retraining with a reason, which its model and its ledger keep', async () => {
  const model = unique('ended');
  const training = await inTraining(model);
  const cancel = (...more: string[]) =>
    runCli(
      ['retrain', model, 'cancel', '--as', 'olga', '--reason', 'wrong data', ...more],
      engine.stack.dataDir,
      {
        TEMPORAL_ADDRESS: engine.stack.temporalAddress,
      },
    );
  await expect(training.executeUpdate('cancelTraining', { args: [{ by: 'olga' }] })).rejects.toThrow();
  expect(await cancel()).toMatchObject({ code: 0, stdout: `cancel ${model}: the training is being ended\n` });
  const detail = 'it was cancelled by olga: wrong data';
  expect(await training.result()).toEqual({ outcome: 'failed', detail });
  await pollUntil('the news', stateOf(model), (state) => state.running === null);
  expect((await engine.ledger.read(training.workflowId)).at(-1)?.data).toMatchObject({
    outcome: 'failed',
    detail,
  });
  expect(await cancel()).toMatchObject({
    code: 10,
    stderr: `error: No retraining of ${model} is under way.\n`,
  });
  expect(await taskFailures(training)).toEqual([]);
});
