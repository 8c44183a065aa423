// Proves how a deployment meets releases that are under way: with worker versioning a release stays on the build that it
// began with, also while a newer one is current and its gate is open; it moves to the newer one when it continues as new,
// at the next quiet moment; and a release that begins after the deployment begins on the newer build.
import type { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '../../adapters/log.ts';
import { sha256 } from '../../adapters/ledger/index.ts';
import { verifyChain } from '../../domain/ledger/index.ts';
import { workflowBundle } from '../../worker/bundle.ts';
import { makeCurrent } from '../../worker/versioning.ts';
import { createWorkers } from '../../worker/workers.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine, Release } from '../support/engine.ts';
import { taskFailures } from '../support/histories.ts';
import { gate, stage } from '../support/plans.ts';
import { pollUntil } from '../support/poll.ts';
import { unique } from '../support/unique.ts';

const NAMESPACE = 'default';
/** VERSIONING_BEHAVIOR_PINNED of the API. */
const PINNED = 1;

let engine: Engine;
const builds: Build[] = [];

interface Build {
  stop(): Promise<void>;
}

/** Workers of one build, as `worker/main.ts` starts them with WORKER_VERSIONING=on. Both builds have the same code. */
async function deploy(buildId: string): Promise<Build> {
  const workers: Worker[] = await createWorkers({
    connection: engine.native,
    namespace: NAMESPACE,
    queues: ['release', 'trials'],
    context: engine.context,
    bundle: await workflowBundle(),
    buildId,
    versioning: true,
  });
  const running = Promise.all(workers.map((worker) => worker.run()));
  let stopped: Promise<void> | undefined;
  const build: Build = {
    stop: () => {
      if (stopped === undefined) {
        for (const worker of workers) worker.shutdown();
        stopped = running.then(() => undefined);
      }
      return stopped;
    },
  };
  builds.push(build);
  await makeCurrent(engine.client, NAMESPACE, buildId, createLogger('test'), AbortSignal.timeout(60_000));
  return build;
}

interface Where {
  readonly runId: string;
  readonly buildId: string | undefined;
  readonly pinned: boolean;
}

async function whereIs({ handle }: Pick<Release, 'handle'>): Promise<Where> {
  const { runId, raw } = await handle.describe();
  const versioning = raw.workflowExecutionInfo?.versioningInfo;
  return {
    runId,
    buildId: versioning?.deploymentVersion?.buildId ?? undefined,
    pinned: Number(versioning?.behavior) === PINNED,
  };
}

beforeAll(async () => {
  engine = await startEngine({ stages: null });
});
afterAll(async () => {
  await Promise.all(builds.map((build) => build.stop()));
  await engine?.stop();
});

describe('a new build becomes current', () => {
  test('under a release that stays while people decide, then moves on, and is rolled back by the new build alone', async () => {
    const [model, first, second] = [unique('deployed'), unique('build'), unique('build')];
    const one = await deploy(first);
    const steps = [stage('noop'), gate('validation', { owner: 1 }), stage('production')];
    const release = await engine.start({ model, version: '1', steps });
    const open = await release.until('the gate', ({ situation }) => situation === 'deciding');
    const began = await whereIs(release);
    expect(began).toMatchObject({ buildId: first, pinned: true });

    await deploy(second);
    // Messages wake it, so that it sees the newer build; the gate is open, so it does not go.
    await release.handle.signal('approve');
    await release.until('the refusal', ({ lastRefused }) => /empty/.test(lastRefused?.reason ?? ''));
    expect(await whereIs(release)).toEqual(began);

    const later = await engine.start({ model: unique('later'), version: '1', steps: [stage('noop')] });
    await later.handle.result();
    expect(await whereIs(later)).toMatchObject({ buildId: second, pinned: true });

    const evidence = open.gate?.evidence.sha256;
    await release.handle.signal('approve', { gate: 'validation', approver: 'olga', evidence });
    const moved = await pollUntil(
      'the next run',
      () => whereIs(release),
      ({ runId }) => runId !== began.runId,
    );
    expect(moved.runId).not.toBe(began.runId);
    const now = await pollUntil(
      'its first task',
      () => whereIs(release),
      ({ buildId }) => buildId === second,
    );
    expect(now.pinned).toBe(true);
    await release.until('live', ({ situation }) => situation === 'live');

    await one.stop();
    await release.handle.signal('rollback', { by: 'sam', reason: 'customers complain' });
    const handle = engine.client.workflow.getHandle(release.handle.workflowId);
    expect(await handle.result()).toMatchObject({ outcome: 'rolled-back' });
    const entries = await engine.ledger.read(`release/${model}/1`);
    expect(verifyChain(entries, sha256)).toMatchObject({ valid: true });
    expect(await taskFailures(handle)).toEqual([]);
    const before = engine.client.workflow.getHandle(release.handle.workflowId, began.runId);
    expect(await taskFailures(before)).toEqual([]);
  });
});
