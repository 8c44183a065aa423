// Proves that a worker may die at any moment, by kill -9 and with all that it had in hand: in the middle of the sandbox
// stage, of a canary step and of a promotion. The release goes on and ends as an undisturbed one does, its ledger is
// valid, and each traffic change was applied once. The worker is a real process; callers go on calling all the time.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../adapters/ledger/index.ts';
import type { ObservationProgress } from '../../contracts/activities.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { TrafficStatus } from '../../contracts/gateway.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { StageProgress } from '../../activities/stages/index.ts';
import { verifyChain } from '../../domain/ledger/index.ts';
import { defaultPayloadConverter } from '@temporalio/common';
import { startEngine } from '../support/engine.ts';
import type { Engine, Release } from '../support/engine.ts';
import { sandboxData, startTraffic } from '../support/flights.ts';
import { taskFailures } from '../support/histories.ts';
import { stage } from '../support/plans.ts';
import { pollUntil } from '../support/poll.ts';
import { unique } from '../support/unique.ts';

const PATIENCE_SECONDS = 180;

let engine: Engine;
let data: Record<string, EvidenceRef>;

beforeAll(async () => {
  engine = await startEngine({ stages: null, services: ['worker'] });
  data = await sandboxData(engine.evidence, engine.stack.dataDir);
});
afterAll(async () => {
  await engine?.stop();
});

const steps: Plan['steps'] = [
  stage('sandbox', { parameters: { loadRequests: 20_000, loadConcurrency: 2 } }),
  stage('canary', {
    parameters: { minBins: 30 },
    canary: {
      steps: [
        { weight: 30, minSamples: 50 },
        { weight: 50, minSamples: 200 },
      ],
      guards: [{ metric: 'log-loss', margin: 1 }],
      maxSecondsPerStep: 600,
      alpha: 0.05,
      labelDelaySeconds: 60,
    },
  }),
  stage('production'),
];

/** What the activity with this name said last, or null while none runs. */
async function heartbeatOf<T>({ handle }: Release, name: string): Promise<T | null> {
  const { raw } = await handle.describe();
  const pending = raw.pendingActivities?.find(({ activityType }) => activityType?.name === name);
  const payload = pending?.heartbeatDetails?.payloads?.[0];
  return payload ? defaultPayloadConverter.fromPayload<T>(payload) : null;
}

/** kill -9, and a new process in its place. */
async function killWorker(): Promise<void> {
  const worker = engine.services.get('worker');
  worker.kill('SIGKILL');
  expect(await worker.exited).toMatchObject({ signal: 'SIGKILL' });
  await engine.services.restart('worker');
}

/** A release from its file to live, with real callers all the while; `meanwhile` may disturb it. */
async function sail(model: string, meanwhile: (release: Release) => Promise<void>) {
  const release = await engine.start({ model, version: '1', steps, data });
  await meanwhile(release);
  const live = await release.until('live', ({ situation }) => situation === 'live', PATIENCE_SECONDS);
  return { release, live };
}

async function withTraffic<T>(model: string, run: () => Promise<T>): Promise<T> {
  const traffic = startTraffic(engine.services.gatewayUrl, engine.log, model);
  try {
    return await run();
  } finally {
    await traffic.stop();
  }
}

/** The ledger's facts without what differs from run to run; it must be whole. */
async function story(model: string): Promise<string[]> {
  const entries = await pollUntil(
    'the whole ledger',
    () => engine.ledger.read(`release/${model}/1`),
    (all) => all.some(({ type }) => type === 'ModelInformed'),
  );
  expect(verifyChain(entries, sha256)).toMatchObject({ valid: true });
  return entries.map(({ type, data: fact }) => {
    const { report, shift } = fact as { report?: { verdict: string }; shift?: { arms: unknown } };
    return [type, report?.verdict ?? '', shift ? JSON.stringify(shift.arms) : ''].filter(Boolean).join(' ');
  });
}

async function trafficOf(model: string): Promise<TrafficStatus> {
  const response = await fetch(`${engine.services.gatewayUrl}/admin/models/${model}/traffic`);
  return (await response.json()) as TrafficStatus;
}

/** Highest attempt of each activity, by name. */
async function attempts({ handle }: Release): Promise<Record<string, number>> {
  const { events = [] } = await handle.fetchHistory();
  const names = new Map<string, string>();
  const highest: Record<string, number> = {};
  for (const event of events ?? []) {
    const { activityTaskScheduledEventAttributes: scheduled, activityTaskStartedEventAttributes: started } =
      event;
    if (scheduled) names.set(String(event.eventId), scheduled.activityType?.name ?? '');
    if (started) {
      const name = names.get(String(started.scheduledEventId)) ?? '';
      highest[name] = Math.max(highest[name] ?? 0, started.attempt ?? 0);
    }
  }
  return highest;
}

describe('kill -9 of the worker', () => {
  test('in the middle of a stage, of a canary step and of a promotion changes nothing but the time it takes', async () => {
    const [undisturbed, model] = [unique('calm'), unique('disturbed')];
    const calm = await withTraffic(undisturbed, () => sail(undisturbed, () => Promise.resolve()));
    expect(calm.live.steps.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass']);

    const { release, live } = await withTraffic(model, () =>
      sail(model, async (underWay) => {
        const trial = await pollUntil(
          'the sandbox to be half done',
          () => heartbeatOf<StageProgress>(underWay, 'sandbox'),
          (progress) => progress?.finished['repeatability'] !== undefined,
          PATIENCE_SECONDS,
        );
        expect(trial?.done).toBeLessThan(trial?.total ?? 0);
        await killWorker();

        await pollUntil(
          'the second canary step to have seen something',
          () => heartbeatOf<ObservationProgress>(underWay, 'observeCanary'),
          (progress) => progress?.needed === 200 && progress.bins > 0,
          PATIENCE_SECONDS,
        );
        await killWorker();

        await underWay.until(
          'the promotion to begin',
          ({ situation, step }) => situation === 'shifting' && step === 'production',
          PATIENCE_SECONDS,
        );
        await killWorker();
      }),
    );

    expect(live.steps.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass']);
    expect(await attempts(release)).toMatchObject({ sandbox: 2, observeCanary: 2 });
    const told = await story(model);
    expect(told).toEqual(await story(undisturbed));
    for (const name of [undisturbed, model]) {
      const changes = (await story(name)).filter((fact) => fact.startsWith('TrafficShiftStarted'));
      expect(changes).toHaveLength(3);
      expect(await trafficOf(name)).toMatchObject({
        arms: [{ version: '1', weight: 100 }],
        changesApplied: changes.length,
      });
    }
    expect(await taskFailures(release.handle)).toEqual([]);
  }, 900_000);
});
