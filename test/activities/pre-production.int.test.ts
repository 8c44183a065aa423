/**
 * Proves that the stage `pre-production` plays real recorded arrivals against two real gateways, loses one, restarts both, walks the
 * toggle and the way back, and looks for what the monitoring plan names; and that it stops a set-up for each thing that does not hold.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { preProduction } from '../../activities/stages/index.ts';
import type { ActivityContext } from '../../activities/context.ts';
import type { EventLog } from '../../adapters/kafka/index.ts';
import { encodeEvent } from '../../contracts/cloudevents.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { JsonObject } from '../../contracts/json.ts';
import { eventTypes, type PredictionLogged } from '../../contracts/live-events.ts';
import type { Report } from '../../contracts/report.ts';
import { topicSettings, topics } from '../../contracts/topics.ts';
import { monthlyFiles } from '../../examples/flight-delays/materialise.ts';
import { monthStart, readFlights } from '../../examples/flight-delays/rows.ts';
import { flights } from '../example/flights.ts';
import { startBroker, until, type TestBroker } from '../kafka/broker.ts';
import { checkOf, isAlive, planOf, required, runStage, startStage, trainExample } from './support.ts';
import { makeTinyWorld, type TinyWorld } from './tiny-world.ts';

let broker: TestBroker;
let log: EventLog;
let world: TinyWorld;
let tinyA: EvidenceRef;
let runbook: EvidenceRef;

/** Patience enough for a busy machine. */
const QUICK = {
  timeoutMs: 3000,
  peak: { leastPerSecond: 30, seconds: 1.5, windowSeconds: 3600 },
  maxLost: 0.05,
  budgets: { network: 5000, gateway: 5000, model: 5000 },
  lookEveryMs: 100,
  slowMs: 1200,
  spikeMs: 2000,
  monitoring: { alerts: ['replica-down'] },
  alertLog: false,
};

const record = (data: PredictionLogged) =>
  encodeEvent({
    id: data.predictionId,
    source: `/gateway/models/${data.model}`,
    type: eventTypes.prediction,
    time: data.time,
    subject: `models/${data.model}/versions/${data.version}`,
    partitionkey: data.predictionId,
    data,
  });

beforeAll(async () => {
  broker = await startBroker();
  log = await broker.connect();
  await log.ensureTopics(topicSettings);
  world = await makeTinyWorld(log);
  tinyA = await world.model('tiny-a');
  const text = await readFile(
    join(import.meta.dirname, '../../examples/flight-delays/runbooks/bad-version.md'),
    'utf8',
  );
  runbook = await world.evidence.put(text, { name: 'bad-version.md', mediaType: 'text/markdown' });
});
afterAll(async () => {
  for (const { pid } of world.servings) expect(isAlive(pid)).toBe(false);
  await world.remove();
  await log.close();
  await broker.destroy();
});

const tinyPlan = (parameters: JsonObject, more: { runbook?: EvidenceRef; rollbackSeconds?: number } = {}) =>
  // A name of its own: nobody has called this model yet.
  ({
    ...planOf('pre-production', {
      files: world.files,
      artifact: tinyA,
      rollbackSeconds: more.rollbackSeconds ?? 60,
      data: { golden: world.files.golden, 'runbook-bad-version': more.runbook ?? runbook },
      parameters: { ...QUICK, ...parameters },
    }),
    model: 'tiny',
  });
const run = (
  parameters: JsonObject,
  more: { context?: ActivityContext; runbook?: EvidenceRef; rollbackSeconds?: number } = {},
): Promise<Report> =>
  runStage(world, preProduction(more.context ?? world.context), tinyPlan(parameters, more));

describe('on real flights', () => {
  it('a version that is ready passes, at twice the peak of a real month, with every time measured', async () => {
    const files = await trainExample(world, 'ready');
    const rows = await readFlights({
      files: await monthlyFiles((await flights()).dir),
      from: monthStart(2),
      to: monthStart(2) + 3 * 86_400_000,
    });
    const records = rows.map(({ flightId, scheduledAt, features }) =>
      record({
        ...{ model: 'flight-delays', version: 'v0', arm: 'baseline', predictionId: flightId, features },
        ...{ time: new Date(scheduledAt).toISOString(), score: 0.2, status: 'ok', latencyMs: 1 },
      }),
    );
    await log.publish(topics.predictions, records);
    const plan = planOf('pre-production', {
      files,
      data: { golden: required(files, 'golden'), 'runbook-bad-version': runbook },
      rollbackSeconds: 60,
      parameters: {
        ...QUICK,
        alertLog: true,
        alertSeconds: 60,
        monitoring: {},
        checklist: [
          { item: 'the on-call rota is filled', signedBy: 'sam' },
          { item: 'the way back was walked', check: 'rollback' },
        ],
      },
    });
    const report = await runStage(world, preProduction(world.context), { ...plan, model: 'flight-delays' });
    expect(report.checks.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(checkOf(report, 'pattern').reason).toMatch(/the busiest 3600 s of [\d,]+ recorded requests/);
    expect(checkOf(report, 'alerts-emitted').reason).toMatch(/all 3 alerts/);
    expect(checkOf(report, 'checklist').reason).toMatch(/all 2 items/);
    expect(report.metrics['peak-rate']?.value).toBeGreaterThanOrEqual(30);
    expect(report.metrics['peak-multiple']?.value).toBeGreaterThanOrEqual(2);
    for (const name of ['latency-network-p99', 'latency-model-p99', 'restart-seconds', 'rollback-seconds'])
      expect(report.metrics[name]?.value).toBeGreaterThan(0);
  });
});

describe('what must not sail', () => {
  it('a budget broken in one layer, a metric that nobody emits, and a check list that is not signed', async () => {
    const report = await run({
      budgets: { network: 5000, gateway: 5000, model: 0.001 },
      monitoring: { alerts: [], metrics: ['seatrial_gateway_requests_total', 'seatrial_model_revenue'] },
      checklist: [
        { item: 'the budget holds', check: 'latency-model' },
        { item: 'legal has agreed', signedBy: 'rita' },
        { item: 'the runbook was read' },
      ],
    });
    expect(report.verdict).toBe('fail');
    expect(checkOf(report, 'latency-model').verdict).toBe('fail');
    expect(checkOf(report, 'latency-gateway').verdict).toBe('pass');
    expect(checkOf(report, 'metrics-emitted').reason).toBe(
      'not emitted: seatrial_model_revenue at region-1, seatrial_model_revenue at region-2',
    );
    const list = checkOf(report, 'checklist');
    expect(list.verdict).toBe('fail');
    expect(list.reason).toMatch(
      /3 of 3 items .*latency-model says fail.*rita asked for the release.*nobody has signed it/,
    );
    // The tiny model has no recorded traffic: that is said, and is no silent pass.
    expect(checkOf(report, 'pattern')).toMatchObject({ verdict: 'inconclusive' });
  });

  it('a gateway that says yes to the switch and to the rollback, and serves on', async () => {
    const report = await run({}, { context: world.flawed('stubborn'), rollbackSeconds: 2 });
    expect(checkOf(report, 'toggle').reason).toMatch(/the version still answered 60 of 60 calls/);
    expect(checkOf(report, 'rollback').reason).toMatch(/still answered 60 of the last 60 calls 2 s after/);
    expect(checkOf(report, 'rollback-runbook').verdict).toBe('pass');
  });

  it('a rollback whose runbook does nothing, an alert that comes too late, and too much traffic for it', async () => {
    const nothing = await world.evidence.put('# Bad\n\n```sh run\ntrue\n```\n', {
      name: 'runbook.md',
      mediaType: 'text/markdown',
    });
    const report = await run(
      { maxInFlight: 1, alertSeconds: 0.05, lookEveryMs: 3000, peak: { ...QUICK.peak, leastPerSecond: 400 } },
      { runbook: nothing, rollbackSeconds: 2 },
    );
    expect(checkOf(report, 'rollback').verdict).toBe('fail');
    expect(checkOf(report, 'toggle').verdict).toBe('pass');
    expect(checkOf(report, 'alerts-emitted').reason).toMatch(/replica-down was not raised within 0.05 s/);
    expect(checkOf(report, 'peak').reason).toMatch(/too many were under way/);
    expect(checkOf(report, 'peak').verdict).toBe('fail');
  });

  it('a region that is back too late', async () => {
    const report = await run({ restartSeconds: 0.01, monitoring: { alerts: [] } });
    expect(checkOf(report, 'region-loss').verdict).toBe('fail');
    expect(checkOf(report, 'restart').reason).toMatch(/0.01 s are allowed/);
    expect(checkOf(report, 'restart').verdict).toBe('fail');
    expect(checkOf(report, 'peak').verdict).toBe('pass');
  });

  it('ends its processes when cancelled', async () => {
    const before = world.servings.length;
    const started = await startStage(world, preProduction(world.context), tinyPlan({}));
    while (world.servings.length < before + 2) await new Promise((done) => setTimeout(done, 20));
    started.environment.cancel();
    await expect(started.report).rejects.toThrow(/cancel/i);
    await until('its processes are gone', () => world.servings.every(({ pid }) => !isAlive(pid)));
  });
});
