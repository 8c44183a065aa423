// Proves a release's life on a real Temporal, Kafka, database and gateway: stages, gates, every wrong message that a
// person can send without wedging it, traffic that is counted, operators' words, and a ledger that verifies.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApplicationFailure } from '@temporalio/common';
import type { ShardActivity, StageActivity, StageInput } from '../../contracts/activities.ts';
import { decodeEvent } from '../../contracts/cloudevents.ts';
import type { Step, WatchSpec } from '../../contracts/plan.ts';
import { watchSet } from '../../contracts/schemas/live-events.ts';
import { topics } from '../../contracts/topics.ts';
import type { WatchSet } from '../../contracts/watch.ts';
import { sha256 } from '../../adapters/ledger/index.ts';
import { verifyChain } from '../../domain/ledger/index.ts';
import { sendCommand } from '../../client/decide.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine, Release } from '../support/engine.ts';
import { taskFailures } from '../support/histories.ts';
import { canary, evidence, gate, report, stage } from '../support/plans.ts';
import { pollUntil } from '../support/poll.ts';
import { unique } from '../support/unique.ts';

let engine: Engine;
let failNext = 0;
const sandbox: StageActivity = (input) => {
  given.set(input.version, input);
  if (failNext > 0) {
    failNext -= 1;
    return Promise.resolve(report('error'));
  }
  const verdict = input.version.startsWith('bad')
    ? 'fail'
    : input.version.startsWith('thin')
      ? 'inconclusive'
      : 'pass';
  const profile = evidence('reference-profile.json', input.version === '1' ? '1' : '2');
  return Promise.resolve({ ...report(verdict), evidence: [profile] });
};

/** What the stage was given, by version, and which shares were done. */
const given = new Map<string, StageInput>();
const shares: string[] = [];
const share: ShardActivity = ({ version, shard: { index, of } }) => {
  shares.push(`${version} ${index}/${of}`);
  if (version.startsWith('broken') && index === 1) {
    return Promise.reject(ApplicationFailure.nonRetryable('no such file', 'ArtifactMissing'));
  }
  return Promise.resolve(evidence(`part-${index}.json`, String(index)));
};

beforeAll(async () => {
  engine = await startEngine({ stages: { sandbox }, shards: { 'sandbox-shard': share } });
});
afterAll(async () => {
  await engine?.stop();
});

const short = [stage('sandbox'), gate('validation', { 'model-risk': 1, owner: 1 })];

async function atGate(version: string, steps = short): Promise<{ release: Release; evidence: string }> {
  const release = await engine.start({ version, steps });
  const view = await release.until('the gate', ({ situation }) => situation === 'deciding');
  return { release, evidence: view.gate?.evidence.sha256 ?? '' };
}

async function ledgerOf(release: Release): Promise<string[]> {
  const stream = `release/${release.plan.model}/${release.plan.version}`;
  const entries = await engine.ledger.read(stream);
  expect(verifyChain(entries, sha256)).toMatchObject({ valid: true });
  return entries.map(({ type }) => type);
}

/** What the monitor is told about a model, as a monitor that starts now would read it. */
async function watched(model: string): Promise<WatchSet | null> {
  let last: WatchSet | null = null;
  await engine.log.readRange({ topic: topics.watch, from: { 0: 0 } }, (records) => {
    for (const record of records.filter(({ key }) => key?.toString() === model)) {
      const decoded = record.value === null ? null : decodeEvent(record);
      last = decoded?.ok ? watchSet.parse(decoded.event.data) : null;
    }
  });
  return last;
}

describe('a stage whose rows are split', () => {
  const split = (): Step[] => [stage('sandbox', { shards: 4 }), gate('validation', { owner: 1 })];

  test('is many activities, and then one that has what they made, in order', async () => {
    const version = unique('split');
    await atGate(version, split());
    const mine = shares.filter((one) => one.startsWith(`${version} `));
    expect(mine.sort()).toEqual([0, 1, 2, 3].map((index) => `${version} ${index}/4`));
    expect(given.get(version)?.shards?.map(({ name }) => name)).toEqual(
      [0, 1, 2, 3].map((index) => `part-${index}.json`),
    );
  });

  test('is held for a person when a share cannot be done, and the stage itself is not begun', async () => {
    const version = unique('broken');
    const release = await engine.start({ version, steps: split() });
    const view = await release.until('held', ({ situation }) => situation === 'held');
    expect(view.headline).toMatch(/could not be measured \(no such file\)/);
    expect(given.has(version)).toBe(false);
  });
});

describe('gates', () => {
  test('people approve by signals, and the ledger tells the story', async () => {
    const { release, evidence } = await atGate(unique('gate'));
    await release.handle.signal('approve', {
      gate: 'validation',
      approver: 'max',
      evidence,
      comment: 'read it',
    });
    await release.handle.signal('approve', {
      gate: 'validation',
      approver: 'olga',
      evidence: evidence.slice(0, 12),
    });
    const result = await release.handle.result();
    expect(result.outcome).toBe('completed');
    expect(await ledgerOf(release)).toEqual([
      'ReleaseRequested',
      'StageStarted',
      'StageFinished',
      'GateReached',
      'GateOpened',
      'DecisionRecorded',
      'DecisionRecorded',
      'GateApproved',
      'ReleaseEnded',
      'DossierWritten',
    ]);
    expect(await taskFailures(release.handle)).toEqual([]);
  });

  test('no message that a person can get wrong wedges the release', async () => {
    const { release, evidence } = await atGate(unique('gate'));
    const wrong: unknown[][] = [
      [],
      [null],
      ['yes'],
      [42],
      [[]],
      [{}],
      [{ gate: 'validation' }],
      [{ gate: 1, approver: {}, evidence: [] }],
      [{ gate: 'validation', approver: 'eve', evidence }],
      [{ gate: 'validation', approver: 'rita', evidence }],
      [{ gate: 'validation', approver: 'max', evidence: 'f'.repeat(64) }],
    ];
    for (const args of wrong) await release.handle.signal('approve', ...args);
    for (const name of [
      'reject',
      'pause',
      'resume',
      'abort',
      'retry',
      'rollback',
      'skip',
      'slotGranted',
      'slotRevoked',
      'superseded',
    ]) {
      await release.handle.signal(name);
      await release.handle.signal(name, 'nonsense');
    }
    // What the Web UI sends when `json/protobuf` is chosen, and bytes that are no JSON.
    for (const encoding of ['json/protobuf', 'json/plain', 'binary/unknown']) {
      await engine.client.workflowService.signalWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: release.handle.workflowId },
        signalName: 'approve',
        input: {
          payloads: [{ metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from('{not json') }],
        },
      });
    }
    const view = await release.until('the last refusal', ({ lastRefused }) =>
      /decoded/.test(lastRefused?.reason ?? ''),
    );
    expect(view.situation).toBe('deciding');
    await release.handle.signal('approve', { gate: 'validation', approver: 'max', evidence });
    await release.handle.signal('approve', { gate: 'validation', approver: 'olga', evidence });
    expect((await release.handle.result()).outcome).toBe('completed');
    expect(await taskFailures(release.handle)).toEqual([]);
    const refused = (await ledgerOf(release)).filter((type) => type === 'MessageRefused');
    expect(refused.length).toBe(wrong.length + 20 + 3);
  });

  test('the update answers at once, a malformed one is refused before it is recorded', async () => {
    const { release, evidence } = await atGate(unique('gate'));
    const decide = (message: unknown) =>
      release.handle.executeUpdate<{ accepted: boolean; reason: string }, [unknown]>('submitDecision', {
        args: [message],
      });
    expect(
      await decide({ decision: 'approve', gate: 'validation', approver: 'rita', evidence }),
    ).toMatchObject({ accepted: false, reason: expect.stringMatching(/asked for this release/) as string });
    expect(
      await decide({ decision: 'approve', gate: 'validation', approver: 'max', evidence }),
    ).toMatchObject({ accepted: true });
    await expect(decide({ decision: 'maybe' })).rejects.toMatchObject({
      cause: { type: 'MalformedDecision' },
    });
    expect(
      await decide({ decision: 'reject', gate: 'validation', approver: 'olga', evidence, comment: 'no' }),
    ).toMatchObject({ accepted: true });
    expect((await release.handle.result()).outcome).toBe('rejected');
    expect(await taskFailures(release.handle)).toEqual([]);
  });

  test('the list finds a release by the role that it waits for', async () => {
    const { release } = await atGate(unique('gate'));
    const query = `ReleasePendingApprovals IN ('model-risk') AND ExecutionStatus='Running'`;
    await expect
      .poll(
        async () => {
          const ids: string[] = [];
          for await (const { workflowId } of engine.client.workflow.list({ query })) ids.push(workflowId);
          return ids;
        },
        { timeout: 20_000 },
      )
      .toContain(release.handle.workflowId);
    await release.handle.signal('abort', { by: 'sam', reason: 'test is over' });
    expect((await release.handle.result()).outcome).toBe('aborted');
  });

  test('the deadline rejects', async () => {
    const steps = [stage('sandbox'), gate('validation', { owner: 1 }, { timeoutSeconds: 1 })];
    const release = await engine.start({ version: unique('late'), steps });
    expect(await release.handle.result()).toMatchObject({
      outcome: 'rejected',
      outcomeReason: expect.stringMatching(/deadline/) as string,
    });
  });
});

describe('stages', () => {
  test('a version is released once', async () => {
    const { release } = await atGate(unique('once'));
    await expect(engine.start({ version: release.plan.version, steps: short })).rejects.toMatchObject({
      name: 'WorkflowExecutionAlreadyStartedError',
    });
  });

  test('a failed stage rejects; what could not be measured waits for retry; thin evidence asks people', async () => {
    const bad = await engine.start({ version: unique('bad'), steps: short });
    expect((await bad.handle.result()).outcome).toBe('rejected');

    failNext = 1;
    const held = await engine.start({ version: unique('held'), steps: [stage('sandbox')] });
    await held.until('the hold', ({ situation }) => situation === 'held');
    await held.handle.signal('retry', { by: 'sam', reason: 'the disk is back' });
    expect((await held.handle.result()).steps[0]?.attempts).toBe(2);

    failNext = 1;
    const left = await engine.start({ version: unique('skip'), steps: short });
    await left.until('the hold', ({ situation }) => situation === 'held');
    const skip = (by: string) =>
      sendCommand(engine.client, left.handle.workflowId, 'skip', { stage: 'sandbox', by, reason: 'no disk' });
    await expect(skip('rita')).rejects.toThrow(/refused to skip: rita asked for the release/);
    expect((await skip('max')).steps[0]).toMatchObject({ status: 'skipped', skipped: { approvedBy: 'max' } });
    const { gate: after } = await left.until('the gate', ({ gate: open }) => open !== null);
    const brief = await engine.evidence.get(after?.evidence ?? evidence('none'));
    expect(Buffer.from(brief).toString()).toContain('- sandbox, signed for by max: no disk');
    expect(await ledgerOf(left)).toContain('StageSkipped');
    await left.handle.signal('abort', { by: 'sam', reason: 'test is over' });

    const thin = await engine.start({ version: unique('thin'), steps: short });
    const view = await thin.until('the gate', ({ gate: open }) => open !== null);
    expect(view.gate).toMatchObject({ name: 'sandbox-inconclusive', reason: 'inconclusive' });
    await thin.handle.signal('abort', { by: 'sam', reason: 'test is over' });
    await thin.handle.result();
  });
});

const oneStep = { ...canary, canary: { ...canary.canary!, steps: [{ weight: 30, minSamples: 1000 }] } };
const watch: WatchSpec = {
  windowHours: 168,
  minRows: 300,
  psi: 0.2,
  logLossIncrease: 0.05,
  aucDecrease: 0.08,
  persistence: 1,
};

describe('traffic', () => {
  test('the slot goes to one release at a time; aborting a canary takes its callers back, counted and timed', async () => {
    const model = unique('traffic-model');
    const steps = [oneStep, stage('production')];
    const first = await engine.start({ model, version: '1', steps });
    await first.until('the canary', ({ situation }) => situation === 'observing');
    const gateway = async () =>
      (await (await fetch(`${engine.services.gatewayUrl}/admin/models/${model}/traffic`)).json()) as {
        arms: { version: string; weight: number }[];
        changesApplied: number;
      };
    expect((await gateway()).arms).toMatchObject([
      { version: 'fallback', weight: 70 },
      { version: '1', weight: 30 },
    ]);

    const second = await engine.start({ model, version: '2', steps });
    await second.until('the queue', ({ situation }) => situation === 'awaiting-slot');

    await first.handle.signal('abort', { by: 'sam', reason: 'changed our minds' });
    const ended = await first.handle.result();
    expect(ended).toMatchObject({ outcome: 'aborted', rollback: { seconds: expect.any(Number) as number } });
    expect(await ledgerOf(first)).toContain('ReleaseRolledBack');

    await second.until('its turn', ({ situation }) => situation === 'observing');
    expect((await gateway()).arms.map(({ version }) => version)).toEqual(['fallback', '2']);
    await second.handle.signal('rollback', { by: 'sam', reason: 'test is over' });
    expect((await second.handle.result()).outcome).toBe('rolled-back');
    expect((await gateway()).arms).toMatchObject([{ version: 'fallback', weight: 100 }]);
    expect(await taskFailures(first.handle)).toEqual([]);
    expect(await taskFailures(second.handle)).toEqual([]);
  });

  test('promotion, replacement and rollback of a live version', async () => {
    const model = unique('live-model');
    const steps = [stage('sandbox'), stage('production')];
    const one = await engine.start({ model, version: '1', steps, watch });
    await one.until('live', ({ situation }) => situation === 'live');
    const two = await engine.start({ model, version: '2', steps, watch });
    await two.until('live', ({ situation }) => situation === 'live');
    expect((await one.handle.result()).outcome).toBe('superseded');
    await pollUntil(
      'the watch',
      () => watched(model),
      (now) => now?.version === '2',
    );

    await two.handle.signal('rollback', { by: 'sam', reason: 'customers complain' });
    const ended = await two.handle.result();
    expect(ended.outcome).toBe('rolled-back');
    // Who serves again is watched again, against its own profile.
    expect(await watched(model)).toMatchObject({
      version: '1',
      release: `release/${model}/1`,
      profile: evidence('reference-profile.json', '1'),
    });
    const traffic = (await (
      await fetch(`${engine.services.gatewayUrl}/admin/models/${model}/traffic`)
    ).json()) as { arms: unknown };
    expect(traffic.arms).toMatchObject([{ version: '1', weight: 100 }]);
    const state = await engine.client.workflow
      .getHandle(`model/${model}`)
      .query<{ served: string[]; slot: unknown }>('state');
    await expect
      .poll(async () =>
        engine.client.workflow.getHandle(`model/${model}`).query<{ served: string[] }>('state'),
      )
      .toMatchObject({ served: ['1'], slot: null });
    expect(state).toBeDefined();
    const entries = await engine.ledger.read(`model/${model}`);
    expect(verifyChain(entries, sha256)).toMatchObject({ valid: true });
  });
});

describe('while Kafka hangs', () => {
  test('callers are taken back all the same', async () => {
    const model = unique('no-log');
    const release = await engine.start({ model, version: '1', steps: [oneStep, stage('production')] });
    await release.until('the canary', ({ situation }) => situation === 'observing');
    engine.stack.parts.kafka?.kill('SIGSTOP');
    try {
      await release.handle.signal('abort', { by: 'sam', reason: 'Kafka hangs and nobody sees the canary' });
      expect(await release.handle.result()).toMatchObject({
        outcome: 'aborted',
        rollback: { seconds: expect.any(Number) as number },
      });
    } finally {
      engine.stack.parts.kafka?.kill('SIGCONT');
    }
    const after = await ledgerOf(release);
    expect(after.slice(after.indexOf('ReleaseEnded'))).toEqual([
      'ReleaseEnded',
      'ModelInformed',
      'DossierWritten',
    ]);
  });
});
