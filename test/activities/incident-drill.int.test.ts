/**
 * Proves that the stage `incident-drill` breaks real gateways and measures what follows: alerts by the watch that production has, in
 * webhook and log; runbooks whose commands run; degraded modes; a rollback that is counted. And that it stops a set-up
 * without a runbook, with one that fails, with an alert too late, and a rollback that does not roll back.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { incidentDrill } from '../../activities/stages/index.ts';
import type { ActivityContext } from '../../activities/context.ts';
import type { EventLog } from '../../adapters/kafka/index.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { JsonObject } from '../../contracts/json.ts';
import type { Report } from '../../contracts/report.ts';
import { startBroker, type TestBroker } from '../kafka/broker.ts';
import { checkOf, isAlive, planOf, runStage, startStage } from './support.ts';
import { makeTinyWorld, type TinyWorld } from './tiny-world.ts';

let broker: TestBroker;
let log: EventLog;
let world: TinyWorld;
let tinyA: EvidenceRef;
let runbooks: Record<string, EvidenceRef>;

const MODES = {
  'latency-spike': { runbook: 'runbook-latency-spike' },
  'data-source-loss': { runbook: 'runbook-data-source-loss', inputs: ['distance'] },
  'replica-loss': { runbook: 'runbook-replica-loss' },
  'bad-version': { runbook: 'runbook-bad-version' },
};
/** Patience enough for a busy machine. */
const SETTINGS = {
  timeoutMs: 800,
  lookEveryMs: 100,
  slowMs: 1200,
  spikeMs: 2000,
  alertSeconds: 60,
  minDegraded: 0.7,
};

const planWith = (
  parameters: JsonObject,
  data: Readonly<Record<string, EvidenceRef>> = runbooks,
  rollbackSeconds = 60,
) =>
  planOf('incident-drill', {
    files: world.files,
    artifact: tinyA,
    rollbackSeconds,
    data: { golden: world.files.golden, ...data },
    parameters: { ...SETTINGS, alertLog: false, ...parameters },
  });
const run = (
  failureModes: JsonObject,
  more: {
    context?: ActivityContext;
    data?: Record<string, EvidenceRef>;
    parameters?: JsonObject;
    rollbackSeconds?: number;
  } = {},
): Promise<Report> =>
  runStage(
    world,
    incidentDrill(more.context ?? world.context),
    planWith({ ...more.parameters, failureModes }, more.data, more.rollbackSeconds),
  );
const written = (text: string): Promise<EvidenceRef> =>
  world.evidence.put(text, { name: 'runbook.md', mediaType: 'text/markdown' });

beforeAll(async () => {
  broker = await startBroker();
  log = await broker.connect();
  world = await makeTinyWorld(log);
  tinyA = await world.model('tiny-a');
  // The example's own, which are held to work by this.
  const folder = join(import.meta.dirname, '../../examples/flight-delays/runbooks');
  const entries = Object.values(MODES).map(async ({ runbook }) => {
    const text = await readFile(join(folder, `${runbook.slice('runbook-'.length)}.md`), 'utf8');
    return [runbook, await written(text)] as const;
  });
  runbooks = Object.fromEntries(await Promise.all(entries));
});
afterAll(async () => {
  for (const { pid } of world.servings) expect(isAlive(pid)).toBe(false);
  await world.remove();
  await log.close();
  await broker.destroy();
});

describe('a set-up that is ready', () => {
  it('passes, with every time measured and every alert in webhook and log', async () => {
    const report = await run(MODES, { parameters: { alertLog: true } });
    expect(report.checks.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    for (const mode of ['latency-spike', 'data-source-loss', 'replica-loss']) {
      for (const what of ['alert', 'degraded', 'runbook'])
        expect(checkOf(report, `${mode}-${what}`).verdict).toBe('pass');
      expect(report.metrics[`${mode}-alert-seconds`]?.value).toBeGreaterThan(0);
    }
    expect(checkOf(report, 'coverage').verdict).toBe('pass');
    expect(checkOf(report, 'alert-log').reason).toMatch(/^[1-9]\d* of [1-9]\d* alerts are in the log too/);
    expect(report.metrics['rollback-seconds']?.value).toBeGreaterThan(0);
    expect(report.metrics['time-to-alert']).toMatchObject({ unit: 's', samples: 3 });
  });

  it('ends its processes when cancelled', async () => {
    const before = world.servings.length;
    const started = await startStage(world, incidentDrill(world.context), planWith({ failureModes: MODES }));
    while (world.servings.length < before + 2) await new Promise((done) => setTimeout(done, 20));
    started.environment.cancel();
    await expect(started.report).rejects.toThrow(/cancel/i);
  });
});

describe('what must not sail', () => {
  it('a failure mode without a runbook, one whose runbook is nowhere, and one whose command fails', async () => {
    const failing = await written('# Lost\n\n```sh run\nnode -e "process.exit(3)"\n```\n');
    const report = await run(
      {
        'data-source-loss': { runbook: 'nowhere', inputs: ['distance'] },
        'replica-loss': { runbook: 'failing' },
      },
      { data: { failing } },
    );
    expect(report.verdict).toBe('fail');
    expect(checkOf(report, 'coverage').reason).toMatch(/named for latency-spike, bad-version$/);
    expect(checkOf(report, 'data-source-loss-runbook').reason).toMatch(/the plan has no file nowhere/);
    expect(checkOf(report, 'replica-loss-runbook').reason).toMatch(/command 1 of .* exit code 3/);
    expect(checkOf(report, 'replica-loss-alert').verdict).toBe('pass');
  });

  it('an alert that comes too late, and a rollback that does not roll back', async () => {
    const tooLate = { alertSeconds: 0.05, lookEveryMs: 3000 };
    const nothing = await written('# Bad\n\n```sh run\ntrue\n```\n');
    const report = await run(
      {
        'data-source-loss': { runbook: 'nothing', inputs: ['distance'] },
        'bad-version': { runbook: 'nothing' },
      },
      { parameters: tooLate, data: { nothing }, rollbackSeconds: 2 },
    );
    expect(checkOf(report, 'data-source-loss-alert').reason).toMatch(/had not come 0.05 s after/);
    expect(report.metrics['time-to-alert']).toBeUndefined();
    expect(checkOf(report, 'rollback').reason).toMatch(/still answered 60 of the last 60 calls 2 s after/);
  });

  it('a gateway that says yes to the rollback and serves on', async () => {
    const report = await run(
      { 'bad-version': MODES['bad-version'] },
      { context: world.flawed('stubborn'), rollbackSeconds: 2 },
    );
    expect(checkOf(report, 'bad-version-runbook').verdict).toBe('pass');
    expect(checkOf(report, 'rollback').verdict).toBe('fail');
  });
});
