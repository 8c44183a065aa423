// Proves the loop from drift to the next release on real servers: one critical event starts one retraining, its
// redelivery starts none, what comes meanwhile is coalesced, the next version's release starts with its whole lineage and
// replaces the drifted one; and a training that fails leaves the model ready for the next event.
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActivityContext } from '../../activities/index.ts';
import { trainingActivities } from '../../activities/training/index.ts';
import { sha256 } from '../../adapters/ledger/index.ts';
import type { TrainingActivities } from '../../contracts/activities.ts';
import type { DriftBatch } from '../../contracts/messages.ts';
import type { Plan } from '../../contracts/plan.ts';
import { verifyChain } from '../../domain/ledger/index.ts';
import type { ModelState } from '../../domain/model/index.ts';
import type { RetrainingResult } from '../../workflows/retraining.ts';
import { driftBatch, driftEvent, retraining } from '../support/drift.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine } from '../support/engine.ts';
import { taskFailures } from '../support/histories.ts';
import { report, stage } from '../support/plans.ts';
import { pollUntil } from '../support/poll.ts';
import { unique } from '../support/unique.ts';
import { SIGNATURE } from '../gateway/support.ts';

let engine: Engine;
let trainingMayEnd: Promise<void>;
let letTrainingEnd: () => void;

/** Quick stand-ins for data and training; the next version is registered by the real activity. */
function quickTraining(context: ActivityContext): TrainingActivities {
  const put = (name: string, text: string) =>
    context.evidence.put(text, { name, mediaType: 'application/octet-stream' });
  return {
    materialiseData: async ({ windowEnd }) => ({
      data: await put('training-data.parquet', `rows up to ${windowEnd}`),
      from: '2013-04-17T00:00:00.000Z',
      to: windowEnd,
      rows: 1234,
    }),
    trainModel: async ({ retraining: { model } }) => {
      if (model.startsWith('fails'))
        throw ApplicationFailure.create({ type: 'TrainingFailed', message: 'no gradient' });
      await trainingMayEnd;
      const file = join(import.meta.dirname, '../fixtures/tiny-b.onnx');
      return {
        files: {
          model: await context.evidence.putFile(file, { name: 'model.onnx', mediaType: 'application/onnx' }),
          signature: await put('signature.json', JSON.stringify(SIGNATURE)),
          provenance: await put('provenance.json', JSON.stringify({ code: { commit: 'c0ffee' } })),
        },
        seconds: 0.1,
      };
    },
    compareTraining: trainingActivities(context).compareTraining,
    registerVersion: trainingActivities(context).registerVersion,
  };
}

beforeAll(async () => {
  engine = await startEngine({
    stages: { sandbox: () => Promise.resolve(report('pass')) },
    training: quickTraining,
  });
});
afterAll(async () => {
  await engine?.stop();
});

const steps = [stage('sandbox'), stage('production')];
const stateOf = (model: string) => (): Promise<ModelState> =>
  engine.client.workflow.getHandle(`model/${model}`).query<ModelState>('state');
const send = (model: string, batch: DriftBatch): Promise<void> =>
  engine.client.workflow.getHandle(`model/${model}`).signal('driftBatch', batch);

async function live(model: string): ReturnType<Engine['start']> {
  const release = await engine.start({ model, version: '1', steps, retraining });
  await release.until('live', ({ situation }) => situation === 'live');
  await pollUntil('the promotion', stateOf(model), ({ served }) => served.includes('1'));
  return release;
}

/** Ids of the retrainings that the model's history asked for. */
async function retrainings(model: string): Promise<string[]> {
  const { events } = await engine.client.workflow.getHandle(`model/${model}`).fetchHistory();
  return (events ?? []).flatMap(({ startChildWorkflowExecutionInitiatedEventAttributes: child }) =>
    child ? [child.workflowId ?? ''] : [],
  );
}

async function sound(stream: string): Promise<readonly { type: string; data: unknown }[]> {
  const entries = await engine.ledger.read(stream);
  expect(verifyChain(entries, sha256)).toMatchObject({ valid: true });
  return entries;
}

describe('one critical event', () => {
  test('becomes one retraining, and that one the next release with its lineage', async () => {
    trainingMayEnd = new Promise((resolve) => (letTrainingEnd = resolve));
    const model = unique('drifts');
    const first = await live(model);
    expect((await stateOf(model)()).retraining?.planRef.sha256).toBe((await first.view()).planSha256);

    const batch = driftBatch(
      driftEvent(4, { severity: 'warning', headline: 'psi 0.3 > 0.2' }),
      driftEvent(5),
    );
    await send(model, batch);
    const running = await pollUntil('the decision', stateOf(model), (state) => state.running !== null);
    expect(running.running).toMatchObject({
      decision: '1.2013-06-16',
      version: '1',
      reason: 'log-loss 0.59 > 0.54',
      driftEvents: ['drift-5'],
    });

    await send(model, batch);
    await send(model, driftBatch(driftEvent(6)));
    const meanwhile = await pollUntil(
      'all batches',
      stateOf(model),
      ({ received }) => received.coalesced === 1,
    );
    expect(meanwhile).toMatchObject({
      received: { started: 1, coalesced: 1, suppressed: 1, duplicate: 0, rejected: 0 },
      redelivered: 2,
    });

    letTrainingEnd();
    const [id = ''] = await retrainings(model);
    expect(id).toBe(`retraining/${model}/1.2013-06-16`);
    const result = (await engine.client.workflow.getHandle(id).result()) as RetrainingResult;
    expect(result.outcome).toBe('released');

    const rested = await pollUntil('the next champion', stateOf(model), ({ served }) => served.length === 2);
    const version = rested.served[1] ?? '';
    expect(version).toMatch(/^r-2013-06-16-[0-9a-f]{6}$/);
    expect(result.detail).toContain(version);
    expect((await first.handle.result()).outcome).toBe('superseded');

    const [requested] = await sound(`release/${model}/${version}`);
    const { plan } = requested?.data as { plan: Plan };
    expect(requested?.type).toBe('ReleaseRequested');
    expect(plan).toMatchObject({
      model,
      version,
      requester: 'retraining',
      steps: first.plan.steps,
      retraining,
    });
    expect(plan.artifact.sha256).not.toBe(first.plan.artifact.sha256);
    expect(plan.lineage).toMatchObject({
      decision: '1.2013-06-16',
      driftEvents: ['drift-5'],
      previousVersion: '1',
      previousPlan: (await first.view()).planSha256,
      data: { from: '2013-04-17T00:00:00.000Z', to: '2013-06-16T00:00:00.000Z', rows: 1234 },
      trainer: { command: ['train'], arguments: ['--quick'], seed: 7 },
      code: { commit: 'c0ffee' },
      files: { model: plan.artifact.sha256, signature: plan.signature.sha256 },
    });

    // The drifted version serves no more, and the new one has just been trained.
    await send(model, driftBatch(driftEvent(7), driftEvent(8, { version })));
    const last = await pollUntil(
      'the late events',
      stateOf(model),
      ({ received }) => received.suppressed + received.rejected === 3,
    );
    expect(last.running).toBeNull();
    expect(await retrainings(model)).toEqual([id]);
    const handles = [`model/${model}`, id, `release/${model}/${version}`, `release/${model}/1`];
    for (const one of handles)
      expect(await taskFailures(engine.client.workflow.getHandle(one)), one).toEqual([]);
    const types = (await sound(`model/${model}`)).map(({ type }) => type);
    expect(types.filter((type) => type === 'RetrainingDecided')).toHaveLength(1);
    expect(types.filter((type) => type === 'RetrainingFinished')).toHaveLength(1);

    const facts = await sound(id);
    expect(facts.map(({ type }) => type)).toEqual([
      'RetrainingStarted',
      'DataMaterialised',
      'ModelTrained',
      'VersionRegistered',
      'RetrainingEnded',
    ]);
    expect(facts.at(-1)?.data).toMatchObject({ outcome: 'released', version });
  });
});

describe('a training that fails', () => {
  test('is reported to the model, which may decide again', async () => {
    const model = unique('fails');
    await live(model);
    await send(model, driftBatch(driftEvent(0)));
    await pollUntil('the failure', stateOf(model), (state) => state.decisions.length === 1 && !state.running);
    // The ledger follows the workflow.
    const book = await pollUntil(
      'the ledger to say so',
      () => sound(`model/${model}`),
      (entries) => entries.some(({ type }) => type === 'RetrainingFinished'),
    );
    expect(book.find(({ type }) => type === 'RetrainingFinished')?.data).toMatchObject({
      outcome: 'failed',
      detail: 'TrainingFailed: no gradient',
    });
    const [id = ''] = await retrainings(model);
    await engine.client.workflow.getHandle(id).result();
    expect((await sound(id)).at(-1)).toMatchObject({
      type: 'RetrainingEnded',
      data: { outcome: 'failed', detail: 'TrainingFailed: no gradient', version: null },
    });

    const later = { windowEnd: '2013-07-01T00:00:00.000Z', windowStart: '2013-06-24T00:00:00.000Z' };
    await send(model, driftBatch(driftEvent(1, later)));
    await pollUntil(
      'the second try',
      stateOf(model),
      (state) => state.decisions.length === 2 && !state.running,
    );
    expect(await retrainings(model)).toEqual([
      `retraining/${model}/1.2013-06-16`,
      `retraining/${model}/1.2013-07-01`,
    ]);
    expect((await stateOf(model)()).served).toEqual(['1']);
  });
});
