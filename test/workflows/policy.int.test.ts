// Proves on real servers that broken input becomes one incident on its Kafka topic and no retraining; that a retraining
// beyond the budget awaits a person, whose page says what to send; that a refusal, a rejection and an approval by update,
// CLI's library and signal each do what they say; and that the ledger has all of it.
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeEvent } from '../../contracts/cloudevents.ts';
import { eventTypes } from '../../contracts/live-events.ts';
import type { DriftBatch } from '../../contracts/messages.ts';
import type { RetrainingPolicy } from '../../contracts/plan.ts';
import { incidentRaised } from '../../contracts/schemas/live-events.ts';
import { topics } from '../../contracts/topics.ts';
import { decideRetraining, retrainings } from '../../client/retrain.ts';
import type { ModelState } from '../../domain/model/index.ts';
import { driftBatch, driftEvent, retraining } from '../support/drift.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine } from '../support/engine.ts';
import { taskFailures } from '../support/histories.ts';
import { report, stage } from '../support/plans.ts';
import { pollUntil } from '../support/poll.ts';
import { unique } from '../support/unique.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine({
    stages: { sandbox: () => Promise.resolve(report('pass')) },
    training: () => ({
      materialiseData: () =>
        Promise.reject(ApplicationFailure.create({ type: 'TrainingFailed', message: 'no data today' })),
      trainModel: () => Promise.reject(new Error('never reached')),
      compareTraining: () => Promise.reject(new Error('never reached')),
      registerVersion: () => Promise.reject(new Error('never reached')),
    }),
  });
});
afterAll(async () => {
  await engine?.stop();
});

const policy: RetrainingPolicy = {
  minSeverity: 'critical',
  coolDownHours: 24,
  budgetPer30Days: 1,
  beyondBudget: 'hold',
  approvers: ['olga'],
  version: '3fa2c1d0',
  signals: { performance: { action: 'retrain' }, quality: { action: 'incident', minSeverity: 'warning' } },
};

const stateOf = (model: string) => (): Promise<ModelState> =>
  engine.client.workflow.getHandle(`model/${model}`).query<ModelState>('state');
const send = (model: string, batch: DriftBatch): Promise<void> =>
  engine.client.workflow.getHandle(`model/${model}`).signal('driftBatch', batch);
const window = (start: string, end: string) => ({
  windowStart: `${start}T00:00:00.000Z`,
  windowEnd: `${end}T00:00:00.000Z`,
});

async function incidents(model: string): Promise<unknown[]> {
  const found: unknown[] = [];
  await engine.log.readRange({ topic: topics.incidents, from: { 0: 0 } }, (records) => {
    for (const record of records) {
      const decoded = decodeEvent(record);
      if (!decoded.ok) throw new Error(decoded.reason);
      expect(decoded.event.type).toBe(eventTypes.incidentRaised);
      const data = incidentRaised.parse(decoded.event.data);
      if (data.model === model) found.push({ id: decoded.event.id, ...data });
    }
  });
  return found;
}

test('a broken sensor, a budget that is used up, and the people who decide', async () => {
  const model = unique('policy');
  const release = await engine.start({
    model,
    version: '1',
    steps: [stage('production')],
    retraining: { ...retraining, policy },
  });
  await release.until('live', ({ situation }) => situation === 'live');
  await pollUntil('the promotion', stateOf(model), ({ served }) => served.includes('1'));

  const broken = {
    kind: 'quality',
    severity: 'warning',
    headline: 'missing share of wind 0.98 > 0.1',
  } as const;
  await send(model, driftBatch(driftEvent(0, broken), driftEvent(1, broken), driftEvent(2)));
  await pollUntil(
    'the incident',
    stateOf(model),
    ({ incidents: open = [], outbox }) => open.length === 1 && outbox.length === 0,
  );
  const told = (await incidents(model)) as { id: string; headline: string }[];
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ headline: broken.headline, kind: 'quality' });
  expect(told[0]?.id).toMatch(new RegExp(`^model/${model}/incidents/1\\.quality\\.`));
  expect((await stateOf(model)()).decisions).toEqual([]);

  const week = window('2013-06-16', '2013-06-23');
  await send(model, driftBatch(driftEvent(3, { ...broken, ...week, verdict: 'no_drift', severity: null })));
  await send(model, driftBatch(driftEvent(4, week)));
  await pollUntil(
    'the first retraining',
    stateOf(model),
    (state) => state.decisions.length === 1 && !state.running,
  );
  await send(model, driftBatch(driftEvent(5, window('2013-06-23', '2013-06-30'))));
  const { held } = await pollUntil('a person is asked', stateOf(model), (state) => Boolean(state.held));
  expect(held).toMatchObject({ decision: '1.2013-06-30T00-00Z.168h.3fa2c1d0' });
  const details = await pollUntil(
    'its page',
    () => pageOf(model),
    (text) => text.includes('awaits a person'),
  );
  expect(details).toContain(`"decision": "${held?.decision}"`);

  const word = { decision: held?.decision ?? '', reason: 'a storm' };
  await expect(
    decideRetraining(engine.client, model, { action: 'approve', by: 'sam', ...word }),
  ).rejects.toMatchObject({ code: 'REFUSED', message: 'sam may not decide on retrainings; olga may' });
  expect(await decideRetraining(engine.client, model, { action: 'reject', by: 'olga', ...word })).toMatch(
    /was dropped/,
  );
  const started = await decideRetraining(engine.client, model, {
    action: 'start',
    by: 'olga',
    reason: 'new airline',
  });
  expect(started).toMatch(/1\.2013-06-30T00-00Z\.0h\.3fa2c1d0\.by-hand has begun/);
  await pollUntil('its end', stateOf(model), (state) => state.decisions.length === 2 && !state.running);

  await send(model, driftBatch(driftEvent(6, window('2013-07-07', '2013-07-14'))));
  const next = await pollUntil('a person is asked again', stateOf(model), (state) => Boolean(state.held));
  const signal = { decision: next.held?.decision, by: 'olga', reason: 'the summer is real' };
  await engine.client.workflow.getHandle(`model/${model}`).signal('approveRetraining', signal);
  await pollUntil('the third', stateOf(model), (state) => state.decisions.length === 3 && !state.running);

  const view = await retrainings(engine.client, model);
  expect(view).toMatchObject({ champion: '1', running: null, held: null, incidents: [] });
  expect(view.notes.map(({ what }) => what)).toEqual([
    ...['incident', 'incident-cleared', 'decided', 'finished', 'held', 'dropped'],
    ...['decided', 'finished', 'held', 'decided', 'finished'],
  ]);
  const types = (
    await pollUntil(
      'the ledger',
      () => engine.ledger.read(`model/${model}`),
      (entries) => entries.filter(({ type }) => type === 'RetrainingFinished').length === 3,
    )
  ).map(({ type }) => type);
  expect(types.filter((type) => type === 'IncidentRaised' || type === 'IncidentCleared')).toHaveLength(2);
  expect(types).toContain('MessageRefused');
  expect(await taskFailures(engine.client.workflow.getHandle(`model/${model}`))).toEqual([]);
});

async function pageOf(model: string): Promise<string> {
  const handle = engine.client.workflow.getHandle(`model/${model}`);
  const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}
