// Proves that a stage may be anybody's: the example's own worker in Python prices a model that was really trained on real flights, in a
// real release; its progress is seen, its cancellation heard, its mistakes told apart. What is no report, from a real Python worker too,
// holds the release with a sentence that says what is wrong, and neither passes nor wedges it. A stage that nobody does says so.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noop } from '../../activities/stages/noop.ts';
import { sha256 } from '../../adapters/ledger/index.ts';
import { examine } from '../../client/doctor.ts';
import type { ClientSettings } from '../../client/settings.ts';
import type { Plan, StageStep } from '../../contracts/plan.ts';
import { verifyChain } from '../../domain/ledger/index.ts';
import { installedProgram } from '../../stack/installed.ts';
import { startProcess } from '../../stack/process.ts';
import type { RunningProcess } from '../../stack/process.ts';
import { flights, runTraining } from '../example/flights.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine, Release } from '../support/engine.ts';
import { taskFailures } from '../support/histories.ts';
import { gate, stage } from '../support/plans.ts';
import { pollUntil } from '../support/poll.ts';
import { unique } from '../support/unique.ts';

let engine: Engine;
let root: string;
let files: Pick<Plan, 'artifact' | 'signature' | 'data'>;
const workers: RunningProcess[] = [];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'seatrial-custom-'));
  engine = await startEngine({ stages: { noop } });
  files = await trained();
  const env = {
    TEMPORAL_ADDRESS: engine.stack.temporalAddress,
    EVIDENCE_DIR: engine.stack.evidenceDir,
    TASK_QUEUE: 'crew',
  };
  workers.push(await python('crew', 'examples/python-stage/worker.py', [], env));
  const odd = [engine.stack.temporalAddress, 'odd', root];
  workers.push(await python('odd', 'test/custom-stage/odd_stages.py', odd, {}));
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await engine?.stop();
  rmSync(root, { recursive: true, force: true });
});

/** January's later half is the holdout: enough days for an interval. */
async function trained(): Promise<typeof files> {
  const out = join(root, 'v1');
  const { dir } = await flights();
  const data = join(dir, 'flights-2013-01.parquet');
  const options = ['--iterations', '20', '--holdout', '0.5', '--seed', '1'];
  const ran = await runTraining(['--data', data, '--out', out, ...options]);
  if (ran.code !== 0) throw new Error(ran.stderr);
  const put = (name: string) =>
    engine.evidence.putFile(join(out, name), { name, mediaType: 'application/octet-stream' });
  return {
    artifact: await put('model.onnx'),
    signature: await put('signature.json'),
    data: { validation: await put('validation.parquet') },
  };
}

function python(
  name: string,
  file: string,
  args: string[],
  env: Record<string, string>,
): Promise<RunningProcess> {
  return startProcess({
    name,
    command: installedProgram('stagePython').path,
    args: [fileURLToPath(new URL(`../../${file}`, import.meta.url)), ...args],
    env,
    log: join(root, `${name}.log`),
    ready: () => polls(name),
  });
}

async function polls(taskQueue: string): Promise<boolean> {
  const { workflowService } = engine.client;
  const asked = { namespace: 'default', taskQueue: { name: taskQueue }, taskQueueType: 2 };
  return ((await workflowService.describeTaskQueue(asked)).pollers ?? []).length > 0;
}

const crew = (more: Partial<StageStep> = {}): StageStep =>
  stage('crew-cost', {
    taskQueue: 'crew',
    parameters: { missed: 300, needless: 100, ranges: { distance: [0, 5000] } },
    ...more,
  });

const sail = (steps: Plan['steps']): Promise<Release> =>
  engine.start({
    ...files,
    version: unique('v'),
    serving: { fallback: { score: 0.2 }, threshold: 0.25 },
    steps,
  });

const settled = (release: Release) =>
  release.until(
    'held or beyond',
    ({ situation }) => !['unstarted', 'ready', 'running-stage', 'preparing-gate'].includes(situation),
  );

describe('the example', () => {
  test('prices the calls of a real model on real flights, and leaves a document of it', async () => {
    const checks = [
      {
        name: 'regret',
        metric: 'threshold-regret',
        max: 20,
        severity: 'blocking' as const,
        minSamples: 5_000,
      },
    ];
    const release = await sail([crew({ checks }), gate('validation', { owner: 1 })]);
    const { steps, situation } = await settled(release);
    const [step] = steps;
    expect({ situation, verdict: step?.verdict, checks: step?.checks }).toMatchObject({
      situation: 'deciding',
      verdict: 'pass',
      checks: [
        { name: 'saving', verdict: 'pass' },
        { name: 'data-contract', verdict: 'pass' },
        { name: 'regret', verdict: 'pass' },
      ],
    });
    const saving = step?.metrics['saving-per-flight'];
    expect(saving?.lower).toBeGreaterThan(0);
    expect(saving?.upper).toBeGreaterThan(saving?.value ?? NaN);
    expect(saving).toMatchObject({ unit: 'EUR' });
    const [ref] = step?.evidence ?? [];
    expect(ref).toMatchObject({ name: 'crew-cost-report.json', mediaType: 'application/json' });
    const whole = await engine.evidence.getJson<{ verdict: string; details: { curve: unknown[] } }>(ref!);
    expect(whole).toMatchObject({
      verdict: 'pass',
      stage: 'crew-cost',
      metrics: { 'saving-per-flight': saving },
    });
    expect(whole.details.curve).toHaveLength(51);
    expect(verifyChain(await engine.ledger.read(release.handle.workflowId), sha256)).toMatchObject({
      valid: true,
    });
  });

  test('is rejected by a check of the release file that it knows nothing of', async () => {
    const checks = [{ name: 'regret', metric: 'threshold-regret', max: -1, severity: 'blocking' as const }];
    const release = await sail([crew({ checks }), gate('validation', { owner: 1 })]);
    expect(await settled(release)).toMatchObject({
      outcome: 'rejected',
      outcomeReason: expect.stringMatching(
        /regret: threshold-regret is .* EUR on .* samples, above the most allowed -1 EUR/,
      ) as string,
    });
  });

  test.each([
    [{ missed: 300 }, /needless of the stage crew-cost is missing/],
    [{ missed: 300, needless: 100, reamples: 5 }, /reamples .* is unknown; it is one of .*resamples/],
    [{ missed: 'much', needless: 100 }, /missed is 'much'; write a number/],
    [{ missed: 1, needless: 1, data: 'holdout' }, /no data called holdout/],
    [{ missed: 1, needless: 1, label: 'delayed' }, /no column delayed/],
  ])('is held at once for the parameters %j', async (parameters, why) => {
    const release = await sail([crew({ parameters })]);
    const { situation, headline } = await settled(release);
    expect(situation).toBe('held');
    expect(headline).toMatch(why);
    expect(await attempts(release)).toBe(1);
  });

  test('tells how far it is', async () => {
    // More samples than the machine draws between two looks.
    const parameters = { missed: 300, needless: 100, resamples: 30_000_000 };
    const release = await sail([crew({ parameters })]);
    const seen = await pollUntil(
      'progress',
      () => heartbeat(release),
      (beat) => beat !== null && beat.done > 0,
    );
    expect(seen).toMatchObject({ total: 300, phase: 'price', metrics: {}, finished: {} });
    await release.until('the end', ({ situation }) => situation === 'ended');
  });
});

describe('an answer that is no report', () => {
  test.each([
    ['nothing', /it is empty/],
    ['list', /it is a list/],
    ['text', /it is a string/],
    ['bytes', /it is|is missing/],
    ['nan', /it is no JSON .*NaN and Infinity are not JSON/],
    ['null-metric', /`metrics\.auc\.value` is null, and not a finite number/],
    ['bare-metric', /`metrics\.auc` is a number; write \{ "value"/],
    ['no-verdict', /`verdict` is missing; it is pass, fail, inconclusive or error/],
    ['ok', /`verdict` is "ok"/],
    ['contradiction', /verdict is pass, and its blocking check rule says fail/],
    ['wrong-digest', /`evidence\[0\]\.sha256` is "ABC"/],
    ['huge', /it has 15\d+ characters, and 100000 are allowed/],
    ['raises', /the table has no column late; y+…/],
    ['unknown', /not registered on this worker/],
  ])('%s: the release is held, says why, and can still be ended', async (odd, why) => {
    const release = await sail([stage('odd', { stage: odd, taskQueue: 'odd' }), stage('production')]);
    const view = await settled(release);
    expect(view.situation).toBe('held');
    expect(view.headline).toMatch(why);
    expect(view.steps[0]).toMatchObject({ verdict: null });
    expect(await taskFailures(release.handle)).toEqual([]);
    await release.handle.signal('abort', { by: 'rita', reason: 'seen' });
    await release.until('the end', ({ outcome }) => outcome === 'aborted');
  });

  test('a report without the checks of the release file is judged by them all the same', async () => {
    const checks = [{ name: 'auc', metric: 'auc', min: 0.6, severity: 'blocking' as const }];
    const release = await sail([stage('odd', { stage: 'unjudged', taskQueue: 'odd', checks })]);
    expect(await settled(release)).toMatchObject({
      outcome: 'rejected',
      outcomeReason: expect.stringContaining('auc is 0.5') as string,
    });
  });
});

test('a stage hears that it is cancelled', async () => {
  const release = await sail([stage('odd', { stage: 'slow', taskQueue: 'odd' })]);
  await pollUntil(
    'the stage',
    () => heartbeat(release),
    (beat) => beat !== null,
  );
  await release.handle.signal('abort', { by: 'rita', reason: 'a better idea' });
  await release.until('the end', ({ outcome }) => outcome === 'aborted');
  await pollUntil('the cancellation', async () => existsSync(join(root, 'cancelled')), Boolean);
});

test('a stage that nobody takes is held, with the name of the queue, and goes on when somebody comes', async () => {
  const queue = 'nobody';
  const release = await sail([
    crew({ taskQueue: queue, startWithinSeconds: 4 }),
    gate('validation', { owner: 1 }),
  ]);
  const waiting = await pollUntil(
    'the doctor',
    () => examine(settings()),
    (findings) => findings.some(({ what, ok }) => what === 'stages' && !ok),
  );
  expect(waiting.find(({ what }) => what === 'stages')).toMatchObject({
    ok: false,
    detail: expect.stringContaining(
      `nobody polls ${queue}, and crew-cost of ${release.handle.workflowId.replace('release/', '')} waits`,
    ) as string,
  });
  const { headline } = await settled(release);
  expect(headline).toContain(
    'no worker took it from the task queue nobody within 4 s; start a worker that polls this queue and knows the activity crew-cost',
  );
  workers.push(
    await python(queue, 'examples/python-stage/worker.py', [], {
      TEMPORAL_ADDRESS: engine.stack.temporalAddress,
      EVIDENCE_DIR: engine.stack.evidenceDir,
      TASK_QUEUE: queue,
    }),
  );
  await release.handle.signal('retry', { by: 'rita', reason: 'the worker is there' });
  expect(await release.until('the gate', ({ situation }) => situation === 'deciding')).toMatchObject({
    steps: [{ verdict: 'pass' }, {}],
  });
});

const settings = (): ClientSettings => ({
  temporalAddress: engine.stack.temporalAddress,
  temporalUi: undefined,
  kafkaBrokers: undefined,
  databaseUrl: undefined,
  evidenceDir: undefined,
  gatewayUrl: undefined,
  stackFile: undefined,
});

interface Beat {
  readonly phase: string;
  readonly done: number;
}

async function heartbeat({ handle }: Release): Promise<Beat | null> {
  const { raw } = await handle.describe();
  const payload = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0];
  return payload ? defaultPayloadConverter.fromPayload<Beat>(payload) : null;
}

async function attempts({ handle }: Release): Promise<number> {
  const { events } = await handle.fetchHistory();
  return Math.max(...(events ?? []).map((event) => event.activityTaskStartedEventAttributes?.attempt ?? 0));
}
