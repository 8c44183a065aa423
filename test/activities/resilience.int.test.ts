/**
 * Proves that the stage `resilience` passes a model that bears every fault, with real numbers of each, on a real socket and a real
 * Kafka; and that it stops one that fails on an unknown category, and serving that crashes, leaks, answers 5xx or never recovers.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resilience, type StageProgress } from '../../activities/stages/index.ts';
import type { ActivityContext } from '../../activities/context.ts';
import type { EventLog } from '../../adapters/kafka/index.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { JsonObject } from '../../contracts/json.ts';
import type { Report } from '../../contracts/report.ts';
import { startBroker, type TestBroker } from '../kafka/broker.ts';
import { checkOf, fullReport, isAlive, planOf, runStage, startStage } from './support.ts';
import { makeTinyWorld, type TinyWorld } from './tiny-world.ts';

let broker: TestBroker;
let log: EventLog;
let world: TinyWorld;
let tinyA: EvidenceRef;

/** Patience enough for a busy machine, in few calls. */
const QUICK = { calls: 16, concurrency: 8, timeoutMs: 700, deadlineMs: 5000, maxSpread: 0.2 };
const NETWORK = [
  'delay',
  'jitter',
  'drop',
  'reset',
  'slow-body',
  'wrong-body',
  'server-error',
  'truncated-body',
];
const OTHERS = ['missing-features', 'unknown-values', 'malformed', 'oversized', 'burst', 'backlog'];
/** Every fault but these left out. */
const only = (...names: string[]): JsonObject =>
  Object.fromEntries(
    [...NETWORK, ...OTHERS].filter((name) => !names.includes(name)).map((name) => [name, false]),
  );

const planWith = (parameters: JsonObject, artifact = tinyA) =>
  planOf('resilience', {
    files: world.files,
    artifact,
    data: { golden: world.files.golden },
    parameters: { ...QUICK, memory: { requests: 600, maxLeak: 60 }, ...parameters },
  });
const run = (
  parameters: JsonObject,
  more: { context?: ActivityContext; artifact?: EvidenceRef } = {},
): Promise<Report> =>
  runStage(world, resilience(more.context ?? world.context), planWith(parameters, more.artifact));

beforeAll(async () => {
  broker = await startBroker();
  log = await broker.connect();
  world = await makeTinyWorld(log);
  tinyA = await world.model('tiny-a');
});
afterAll(async () => {
  for (const { pid } of world.servings) expect(isAlive(pid)).toBe(false);
  await world.remove();
  await log.close();
  await broker.destroy();
});

describe('a model that bears every fault', () => {
  let report: Report;
  let heartbeats: readonly StageProgress[];
  beforeAll(async () => {
    const started = await startStage(
      world,
      resilience(world.context),
      planWith({ recoverySeconds: 20, faults: { backlog: { stallSeconds: 0.5, drainSeconds: 60 } } }),
    );
    report = await started.report;
    heartbeats = started.heartbeats as StageProgress[];
  });

  it('passes, with a check and metrics of each fault', () => {
    expect(report.checks.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(report.verdict).toBe('pass');
    for (const fault of [...NETWORK, ...OTHERS]) {
      expect(checkOf(report, fault).verdict).toBe('pass');
      expect(report.metrics[`${fault}-availability`]?.value).toBe(1);
      expect(report.metrics[`${fault}-recovery-seconds`]?.unit).toBe('s');
      expect(report.metrics[`${fault}-latency-p99`]?.value).toBeGreaterThan(0);
    }
    for (const { value } of Object.values(report.metrics)) expect(Number.isFinite(value)).toBe(true);
    expect(report.envelope?.requests).toBe(64);
    expect(report.metrics['availability']?.value).toBe(1);
  });

  it('really had the faults: what was hit was answered by the declared score, and late answers came late', () => {
    const share = (fault: string): number => report.metrics[`${fault}-fallback-share`]?.value ?? 0;
    for (const fault of ['drop', 'reset', 'slow-body', 'wrong-body', 'server-error', 'truncated-body'])
      expect(share(fault)).toBeGreaterThan(0);
    expect(report.metrics['delay-latency-p99']?.value).toBeGreaterThan(50);
    expect(report.metrics['drop-latency-p99']?.value).toBeGreaterThan(650);
  });

  it('refuses each bad request, and drains the backlog', () => {
    expect(report.metrics['malformed-refused-share']).toMatchObject({ value: 1, unit: '1' });
    expect(report.metrics['oversized-refused-share']).toMatchObject({ value: 1, unit: '1' });
    const { value: peak = 0, samples = 0 } = report.metrics['backlog-peak'] ?? {};
    expect(peak).toBe(samples); // the consumer took nothing while it stood still
    expect(peak).toBeGreaterThanOrEqual(QUICK.calls);
    expect(report.metrics['backlog-drain-seconds']?.value).toBeGreaterThan(0);
  });

  it('goes on where an earlier attempt stopped', async () => {
    const later = heartbeats.find(({ phase }) => phase === 'memory');
    const again = await startStage(
      world,
      resilience(world.context),
      planWith({ recoverySeconds: 20, faults: { backlog: { stallSeconds: 0.5, drainSeconds: 60 } } }),
      later,
    );
    const second = await again.report;
    expect(second.metrics['drop-latency-p99']).toEqual(report.metrics['drop-latency-p99']);
    expect(second.verdict).toBe('pass');
  });

  it('ends its processes when cancelled', async () => {
    const started = await startStage(world, resilience(world.context), planWith({ faults: only('drop') }));
    while (world.servings.every(({ pid }) => !isAlive(pid)))
      await new Promise((done) => setTimeout(done, 20));
    started.environment.cancel();
    await expect(started.report).rejects.toThrow(/cancel/i);
    for (const { pid } of world.servings) expect(isAlive(pid)).toBe(false);
  });
});

describe('what must not sail', () => {
  it('a model that fails on a category it never saw', async () => {
    const report = await run(
      { faults: only('unknown-values') },
      { artifact: await world.model('tiny-brittle') },
    );
    expect(report.verdict).toBe('fail');
    expect(checkOf(report, 'unknown-values').reason).toMatch(/the model did not answer 16 of the 16/);
  });

  it('serving that ends at a malformed request; what comes after is not tried', async () => {
    const context = world.flawed('crash');
    const report = await run({ faults: only('malformed', 'burst'), recoverySeconds: 1 }, { context });
    expect(checkOf(report, 'malformed').reason).toMatch(/the serving process ended/);
    expect(checkOf(report, 'burst').verdict).toBe('error');
    expect(report.verdict).toBe('fail');
  });

  it('serving that leaks', async () => {
    const report = await run(
      { faults: only(), memory: { requests: 900, maxLeak: 40 } },
      { context: world.flawed('leak') },
    );
    expect(checkOf(report, 'memory').verdict).toBe('fail');
    expect(report.metrics['leak']?.value).toBeGreaterThan(40);
  });

  it('serving that does not come back after a burst', async () => {
    const report = await run(
      { faults: { ...only('burst'), burst: { calls: 200 } }, recoverySeconds: 2 },
      { context: world.flawed('wedge') },
    );
    expect(checkOf(report, 'burst').reason).toMatch(/had not come back 2 s after/);
    expect(report.metrics['recovery-seconds']?.value).toBe(2);
  });

  it('serving that answers 500 to what is too large', async () => {
    const report = await run({ faults: only('oversized') }, { context: world.flawed('errors') });
    expect(checkOf(report, 'oversized-refused').reason).toMatch(/a body above 4 MiB: 500/);
  });

  it('callers without a declared answer, when a quarter of the answers never come', async () => {
    const report = await run({ faults: only('drop'), callerFallback: false });
    expect(checkOf(report, 'drop').reason).toMatch(/had a usable answer in time, and 99 % are asked/);
    const full = await fullReport(world, report);
    expect(full.details['leftOut']).toHaveLength(13);
  });
});
