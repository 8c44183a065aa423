/**
 * Proves that a review reads what production really did: with a real gateway, a real Kafka and a real ledger, a version that answers as
 * predicted comes out so, one whose world has turned over does not, in the same metrics and units, and too little traffic says how
 * much would do. And that the soak counts a version's own labelled predictions, again after a lost worker, and stops when cancelled.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivityContext } from '../../activities/context.ts';
import { soakActivities } from '../../activities/soak.ts';
import { review } from '../../activities/stages/index.ts';
import type { EventLog } from '../../adapters/kafka/index.ts';
import { openLedger, type Ledger } from '../../adapters/ledger/index.ts';
import type { Promotion } from '../../contracts/activities.ts';
import { encodeEvent } from '../../contracts/cloudevents.ts';
import { headers } from '../../contracts/gateway.ts';
import { modelWorkflowId, releaseWorkflowId } from '../../contracts/ids.ts';
import type { JsonObject } from '../../contracts/json.ts';
import { eventTypes } from '../../contracts/live-events.ts';
import type { Plan, SoakSpec } from '../../contracts/plan.ts';
import type { Metrics, Report } from '../../contracts/report.ts';
import { topics, topicSettings } from '../../contracts/topics.ts';
import { classificationMetrics, classificationSums } from '../../domain/quality/index.ts';
import { createRandom } from '../../domain/statistics/index.ts';
import { startGateway, type Gateway } from '../../services/gateway/server.ts';
import { call, inferBody, only, setTraffic, tinyScore } from '../gateway/support.ts';
import { startBroker, type TestBroker } from '../kafka/broker.ts';
import { pglite } from '../ledger/databases.ts';
import { gate, plan as planWith, reviewSteps, stage } from '../support/plans.ts';
import { checkOf, fullReport, inActivity, mockEnvironment, runStage } from './support.ts';
import { makeTinyWorld, type TinyWorld } from './tiny-world.ts';

const WEEK = 7 * 86_400_000;
const MARCH = Math.ceil(Date.parse('2013-03-01T00:00:00Z') / WEEK) * WEEK;
const CALLS = 500;
const REVIEW = 2;

let made = 0;
let broker: TestBroker;
let database: Awaited<ReturnType<typeof pglite>>;
let ledger: Ledger;
let log: EventLog;
let world: TinyWorld;
let gateway: Gateway;
let context: ActivityContext;

beforeAll(async () => {
  [broker, database] = await Promise.all([startBroker(), pglite()]);
  log = await broker.connect();
  await log.ensureTopics(topicSettings);
  ledger = await openLedger(database.url);
  await ledger.migrate();
  world = await makeTinyWorld(log);
  gateway = await startGateway({
    port: 0,
    evidenceDir: join(world.dir, 'evidence'),
    dataDir: join(world.dir, 'gateway'),
    log: () => broker.connect(),
  });
  context = { ...world.context, ledger, gatewayUrl: gateway.url };
});
afterAll(async () => {
  await gateway.close();
  await world.remove();
  await ledger.close();
  await log.close();
  await database.remove();
  await broker.destroy();
});

interface Caller {
  readonly carrier: string;
  readonly distance: number;
  readonly label: 0 | 1;
}

/** Callers whose truth follows the model's own scores, or the opposite of them. */
function callersOf(count: number, { turned = false, seed = 1 } = {}): Caller[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, n) => {
    const carrier = n % 3 === 0 ? 'AA' : 'UA';
    const distance = -3000 + 6000 * random.next();
    const late = random.next() < tinyScore('tiny-a', carrier, distance);
    return { carrier, distance, label: late === turned ? 0 : 1 };
  });
}

/** What a sandbox says of a holdout from the world that the model knows. */
function predicted(): Metrics {
  const rows = callersOf(2000, { seed: 99 });
  const scores = rows.map(({ carrier, distance }) => tinyScore('tiny-a', carrier, distance));
  const { rocAuc, logLoss, brier } = classificationMetrics(
    classificationSums(
      rows.map(({ label }) => label),
      scores,
      0.5,
    ),
  );
  const metric = (found: typeof logLoss, unit: string) => ({
    value: found.estimate,
    lower: found.lower,
    upper: found.upper,
    unit,
    samples: rows.length,
  });
  return {
    auc: metric(rocAuc!, '1'),
    'log-loss': metric(logLoss, 'nats'),
    brier: metric(brier, '1'),
    'calibration-error': { value: 0.02, lower: 0.01, upper: 0.03, unit: '1', samples: rows.length },
    'latency-p50': { value: 1000, unit: 'ms', samples: 100 },
    'latency-p99': { value: 2500, unit: 'ms', samples: 100 },
  };
}

const reportOf = (name: string, metrics: Metrics): Report => ({
  stage: name,
  verdict: 'pass',
  summary: '',
  checks: [],
  metrics,
  envelope: {
    requests: 100,
    latencyMs: { p50: 1000, p95: 2000, p99: 2500, p999: 2500 },
    throughputPerSecond: 100,
    errorRate: 0,
    cpuSeconds: 50,
  },
  evidence: [{ name: `${name}.json`, sha256: '1'.repeat(64), bytes: 2 ** 20, mediaType: 'application/json' }],
  seconds: 1,
});

/** A version in front of all callers, with a ledger that says what was predicted of it. */
async function promoted(
  name: string,
  parameters: JsonObject = {},
  soak: Partial<SoakSpec> = {},
): Promise<{ plan: Plan; promotion: Promotion }> {
  // A test that is tried again begins with books of its own.
  const model = `${name}-${++made}`;
  const [reviewing] = reviewSteps;
  if (reviewing?.kind !== 'stage' || !reviewing.review) throw new Error('the first of them is the review');
  const spec = { ...reviewing.review, soak: { ...reviewing.review.soak, ...soak } };
  const plan = planWith({
    model,
    version: 'v1',
    artifact: await world.model('tiny-a'),
    signature: world.files.signature,
    steps: [
      gate('release', { business: 1 }),
      stage('production'),
      { ...reviewing, parameters, review: spec },
      gate('review', { business: 1 }),
    ],
    watch: {
      windowHours: 168,
      minRows: 50,
      psi: 0.2,
      logLossIncrease: 0.1,
      aucDecrease: 0.1,
      persistence: 1,
    },
  });
  const body = {
    artifact: plan.artifact,
    signature: plan.signature,
    fallback: { score: 0.25 },
    threshold: 0.5,
  };
  const loaded = await call(`${gateway.url}/admin/models/${model}/versions/v1`, 'PUT', body);
  expect(loaded.status).toBe(200);
  await setTraffic(gateway.url, only('v1'), { model });
  const at = new Date().toISOString();
  const from: Record<string, Record<string, number>> = {};
  for (const topic of [topics.predictions, topics.labels]) {
    const offsets = await log.offsets(topic);
    from[topic] = Object.fromEntries(offsets.map(({ partition, high }) => [partition, high]));
  }
  const brief = { name: 'brief.md', sha256: '2'.repeat(64), bytes: 2 ** 20, mediaType: 'text/markdown' };
  const hoursAgo = (hours: number): string => new Date(Date.parse(at) - hours * 3_600_000).toISOString();
  const rehearsed = {
    'detection-delay-windows': { value: 1, unit: 'windows', samples: 50 },
    'detection-delay-windows-p90': { value: 2, unit: 'windows', samples: 50 },
    'false-alarm-interval-windows': { value: 3, unit: 'windows', samples: 50 },
  };
  const finished = (report: Report) => ({
    type: 'StageFinished',
    data: JSON.parse(JSON.stringify({ step: 0, attempt: 1, report })) as JsonObject,
    at,
  });
  await ledger.append({
    stream: releaseWorkflowId(model, 'v1'),
    after: 0,
    events: [
      finished(reportOf('sandbox', predicted())),
      finished(reportOf('drift-rehearsal', rehearsed)),
      { type: 'GateOpened', data: { gate: 'release', evidence: brief }, at: hoursAgo(3) },
      { type: 'GateApproved', data: { gate: 'release' }, at: hoursAgo(1) },
      { type: 'VersionPromoted', data: {}, at },
    ],
  });
  return { plan, promotion: { at, from } };
}

/** Real calls, spread over `days` of event time, and the labels that come for them. */
async function serve(model: string, callers: readonly Caller[], days: number): Promise<string[]> {
  const ids = callers.map((_, n) => `${model}-${Math.random().toString(36).slice(2)}-${n}`);
  const times = callers.map((_, n) =>
    new Date(MARCH + (n * days * 86_400_000) / callers.length).toISOString(),
  );
  for (let n = 0; n < callers.length; n += 25) {
    await Promise.all(
      callers.slice(n, n + 25).map(({ carrier, distance }, i) =>
        call(
          `${gateway.url}/v2/models/${model}/infer`,
          'POST',
          inferBody([[carrier, distance]], ids[n + i]),
          {
            [headers.time]: times[n + i]!,
          },
        ),
      ),
    );
  }
  const event = (kind: string, type: string, n: number, data: object) =>
    encodeEvent({
      id: `${ids[n]}/${kind}`,
      source: '/test',
      type,
      time: times[n]!,
      subject: `models/${model}`,
      partitionkey: ids[n]!,
      data: { model, predictionId: ids[n], ...data },
    });
  await log.publish(
    topics.labels,
    callers.map(({ label }, n) => event('label', eventTypes.label, n, { label, observedAt: times[n] })),
  );
  return ids;
}

async function complain(model: string, ids: readonly string[], share: number): Promise<void> {
  await log.publish(
    topics.feedback,
    ids.map((id, n) =>
      encodeEvent({
        id: `${id}/feedback`,
        source: '/test',
        type: eventTypes.feedback,
        time: new Date(MARCH).toISOString(),
        partitionkey: id,
        data: {
          model,
          predictionId: id,
          rating: n < share * ids.length ? 1 : 5,
          givenAt: new Date(MARCH).toISOString(),
        },
      }),
    ),
  );
}

const reviewed = ({ plan, promotion }: Awaited<ReturnType<typeof promoted>>): Promise<Report> =>
  runStage({ ...world, context }, review(context), plan, { step: REVIEW, promotion });

describe('a review', () => {
  it('says of a version that answers as predicted that it does, beside what was predicted', async () => {
    const release = await promoted('calm', { feedback: { slices: ['carrier'] } });
    const { model } = release.plan;
    const ids = await serve(model, callersOf(CALLS), 28);
    await complain(model, ids.slice(0, 120), 0.01);
    const report = await reviewed(release);
    const wrong = report.checks.filter(({ verdict }) => verdict === 'fail');
    expect(wrong).toEqual([]);
    for (const metric of ['auc', 'log-loss', 'brier']) {
      expect(checkOf(report, `${metric}-as-predicted`).reason).toContain('predicted by sandbox');
      const [now, before] = [report.metrics[metric], report.metrics[`predicted-${metric}`]];
      expect(now?.unit).toBe(before?.unit);
      expect(now?.samples).toBe(CALLS);
      expect(before?.value).toBe(predicted()[metric]?.value);
    }
    expect(checkOf(report, 'latency-p99-as-predicted').verdict).toBe('pass');
    expect(checkOf(report, 'errors-as-predicted').verdict).toBe('pass');
    expect(checkOf(report, 'feedback-bearable').verdict).toBe('pass');
    expect(checkOf(report, 'false-alarms-as-predicted')).toMatchObject({
      verdict: 'pass',
      reason:
        '0 alarms in 3 windows whose labels show no loss; at most one in 3 was predicted by drift-rehearsal',
    });
    expect(checkOf(report, 'detection-delay-as-predicted').verdict).toBe('inconclusive');
    expect(report.metrics['gate-hours']?.value).toBeCloseTo(2, 6);
    expect(report.metrics['evidence-mib']?.value).toBe(2);
    expect(report.metrics['cpu-seconds-per-thousand']?.value).toBeGreaterThan(0);
    expect(checkOf(report, 'training-seconds-as-predicted').reason).toMatch(/^not measured: /);
  });

  it('finds what is not as predicted, where it is', async () => {
    const release = await promoted('turned', { feedback: { slices: ['carrier'] } });
    const { model } = release.plan;
    const ids = await serve(model, callersOf(CALLS, { turned: true }), 28);
    await complain(model, ids.slice(0, 60), 0.5);
    const { seq } = await ledger.head(modelWorkflowId(model));
    await ledger.append({
      stream: modelWorkflowId(model),
      after: seq,
      events: [
        {
          type: 'IncidentRaised',
          data: { version: 'v1', headline: 'the wind sensor is dead' },
          at: new Date().toISOString(),
        },
      ],
    });
    const report = await reviewed(release);
    expect(report.verdict).toBe('fail');
    const failed = report.checks.filter(({ verdict }) => verdict === 'fail').map(({ name }) => name);
    expect(failed).toEqual([
      'auc-as-predicted',
      'log-loss-as-predicted',
      'brier-as-predicted',
      'calibration-error-as-predicted',
      // In every window the loss is proven, and nobody watched.
      'detection-delay-as-predicted',
      'feedback-bearable',
      'incidents-as-predicted',
    ]);
    expect(checkOf(report, 'incidents-as-predicted').reason).toContain('the wind sensor is dead');
    expect(checkOf(report, 'feedback-bearable').reason).toMatch(/worst is carrier (AA|UA) with/);
    const { details } = await fullReport(world, report);
    expect(details['windows']).toMatchObject([{ broken: true }, { broken: true }, { broken: true }]);
  });

  it('is inconclusive on little traffic, and says how much would do', async () => {
    const release = await promoted('quiet');
    const { model } = release.plan;
    await serve(model, callersOf(40), 2);
    const report = await reviewed(release);
    expect(report.verdict).toBe('inconclusive');
    expect(checkOf(report, 'log-loss-as-predicted').reason).toMatch(
      /is open: (about [\d,]+ labelled predictions would|no number)/,
    );
    expect(checkOf(report, 'latency-p99-as-predicted').reason).toContain('300 requests are needed');
    expect(checkOf(report, 'feedback-bearable').reason).toContain('no user said anything');
  });

  it('waits for a ledger that has not heard of the promotion', async () => {
    const { plan, promotion } = await promoted('early');
    const unknown = { ...plan, version: 'v2' };
    await expect(reviewed({ plan: unknown, promotion })).rejects.toMatchObject({ type: 'LedgerUnavailable' });
  });
});

describe('the soak', () => {
  const soaking = async (plan: Plan, promotion: Promotion) => {
    const planRef = await world.evidence.put(JSON.stringify(plan), {
      name: 'plan.json',
      mediaType: 'application/json',
    });
    const { environment, heartbeats } = mockEnvironment();
    const input = { model: plan.model, version: plan.version, planRef, step: REVIEW, promotion };
    return {
      environment,
      heartbeats,
      result: inActivity({ environment }, soakActivities(context).soakProduction, input),
    };
  };

  it('ends when production has shown enough, and a second attempt counts the same', async () => {
    const { plan, promotion } = await promoted('soaked', {}, { labelled: 60, eventSeconds: 86_400 });
    const { model } = plan;
    const first = await soaking(plan, promotion);
    await serve(model, callersOf(40), 1);
    await serve(model, callersOf(40, { seed: 2 }), 2);
    const soaked = await first.result;
    expect(soaked).toMatchObject({ labelled: 60, enough: true });
    expect(soaked.eventSeconds).toBeGreaterThanOrEqual(86_400);
    expect(first.heartbeats.at(0)).toMatchObject({ enough: false });
    expect(await (await soaking(plan, promotion)).result).toMatchObject({ labelled: 60, enough: true });
  });

  it('ends with what there is when its time is over, and at once when the version goes', async () => {
    const { plan, promotion } = await promoted('lonely', {}, { labelled: 60, atMostSeconds: 1 });
    expect(await (await soaking(plan, promotion)).result).toEqual({
      labelled: 0,
      eventSeconds: 0,
      enough: false,
    });
    const long = await promoted('gone', {}, { labelled: 60, atMostSeconds: 3600 });
    const { environment, result } = await soaking(long.plan, long.promotion);
    environment.cancel();
    await expect(result).rejects.toThrow(/cancel/i);
  });
});
