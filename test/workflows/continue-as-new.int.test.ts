// Proves that a release and a model go on in a new run when their history has grown long, at a quiet moment and never
// while a gate is open, and that nothing is lost on the way: state, queries, the ledger's chain, and the watermarks that
// make redelivered drift harmless. The server of this file suggests to move on after a few events.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../adapters/ledger/index.ts';
import { verifyChain } from '../../domain/ledger/index.ts';
import type { ModelState } from '../../domain/model/index.ts';
import { driftBatch, driftEvent } from '../support/drift.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine } from '../support/engine.ts';
import { taskFailures } from '../support/histories.ts';
import { MOVE_ON_AFTER, moveOnEarly } from '../support/move-on.ts';
import { gate, report, stage } from '../support/plans.ts';
import { pollUntil } from '../support/poll.ts';
import { unique } from '../support/unique.ts';

let engine: Engine;

beforeAll(async () => {
  engine = await startEngine({
    stages: { sandbox: () => Promise.resolve(report('pass')) },
    dynamicConfig: moveOnEarly,
  });
});
afterAll(async () => {
  await engine?.stop();
});

const runOf = async (id: string): Promise<string> =>
  (await engine.client.workflow.getHandle(id).describe()).runId;

async function sound(stream: string): Promise<string[]> {
  const entries = await engine.ledger.read(stream);
  expect(verifyChain(entries, sha256)).toMatchObject({ valid: true });
  return entries.map(({ type }) => type);
}

describe('a release', () => {
  test('stays where it is while a gate is open, and moves on when it is live', async () => {
    const model = unique('moves-on');
    const steps = [stage('sandbox'), gate('validation', { owner: 1 }), stage('production')];
    const release = await engine.start({ model, version: '1', steps });
    const { workflowId } = release.handle;
    const first = await runOf(workflowId);
    const open = await release.until('the gate', ({ situation }) => situation === 'deciding');

    const wrong = 25;
    for (let sent = 0; sent < wrong; sent += 1) await release.handle.signal('approve', { no: sent });
    const grown = await pollUntil(
      'a history that is long enough',
      async () => (await release.handle.fetchHistory()).events ?? [],
      (events) => events.some((event) => event.workflowTaskStartedEventAttributes?.suggestContinueAsNew),
    );
    expect(grown.length).toBeGreaterThanOrEqual(MOVE_ON_AFTER);
    // It was told again with every message since, and an approver's page still names the run that is open.
    await release.handle.signal('approve', { gate: 'validation', approver: 'sam', evidence: 'f'.repeat(64) });
    await release.until('an answer', ({ lastRefused }) => /ffff/.test(lastRefused?.reason ?? ''));
    expect(await runOf(workflowId)).toBe(first);

    const evidence = open.gate?.evidence.sha256;
    await release.handle.signal('approve', { gate: 'validation', approver: 'olga', evidence });
    const live = await release.until('live', ({ situation }) => situation === 'live');
    const second = await pollUntil(
      'the next run',
      () => runOf(workflowId),
      (run) => run !== first,
    );

    // The first run's last answer and the second's, from two different histories.
    expect(await release.view()).toEqual({ ...live, ledger: (await release.view()).ledger });
    expect(await release.handle.query('progress')).toMatchObject({ done: 3, total: 3 });
    expect((await release.view()).ledger.entries).toBeGreaterThanOrEqual(live.ledger.entries);
    const { raw } = await release.handle.describe();
    expect(raw.workflowExecutionInfo?.historyLength?.toNumber()).toBeLessThan(MOVE_ON_AFTER);

    await release.handle.signal('rollback', { by: 'sam', reason: 'customers complain' });
    const client = engine.client.workflow;
    expect(await client.getHandle(workflowId).result()).toMatchObject({ outcome: 'rolled-back' });
    expect(await runOf(workflowId)).toBe(second);
    const types = await sound(`release/${model}/1`);
    expect(types.filter((type) => type === 'MessageRefused')).toHaveLength(wrong + 1);
    expect(types.filter((type) => type === 'VersionPromoted')).toHaveLength(1);
    expect(types.filter((type) => type !== 'DossierWritten').slice(-3)).toEqual([
      'ReleaseRolledBack',
      'ReleaseEnded',
      'ModelInformed',
    ]);
    expect(types.filter((type) => type === 'DossierWritten')).toHaveLength(2);
    for (const run of [first, second])
      expect(await taskFailures(client.getHandle(workflowId, run))).toEqual([]);
  });
});

describe('a model', () => {
  test('knows after many runs what it has already received', async () => {
    const model = unique('remembers');
    const workflowId = `model/${model}`;
    const send = async (batch: unknown): Promise<void> => {
      await engine.client.workflow.signalWithStart('modelWorkflow', {
        workflowId,
        taskQueue: 'seatrial-release',
        args: [{ model }],
        signal: 'driftBatch',
        signalArgs: [batch],
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
    };
    const state = (): Promise<ModelState> =>
      engine.client.workflow.getHandle(workflowId).query<ModelState>('state');
    const batches = Array.from({ length: 30 }, (_, n) =>
      driftBatch(driftEvent(2 * n), driftEvent(2 * n + 1)),
    );

    await send(batches[0]);
    const runs = new Set([await runOf(workflowId)]);
    for (const [n, batch] of batches.entries()) {
      if (n > 0) await send(batch);
      // Quiet again: everything received is in the ledger too.
      await pollUntil(
        `batch ${n}`,
        () => engine.ledger.read(workflowId),
        (entries) => entries.length === n + 1,
      );
      runs.add(await runOf(workflowId));
    }
    expect(runs.size).toBeGreaterThan(2);
    const before = await state();
    expect(before.received.rejected).toBe(60);
    expect(before.watermarks).toEqual({ 'test-cluster/seatrial.drift/0': 59 });

    // Redelivered, by the same offsets; and once more by a monitor that repeats itself, at a new offset.
    for (const batch of [batches[0], batches[29]]) await send(batch);
    await send(driftBatch(driftEvent(60, { id: 'drift-7' })));
    const after = await pollUntil('the duplicates', state, ({ received }) => received.duplicate === 1);
    expect(after.received).toEqual({ started: 0, coalesced: 0, suppressed: 0, duplicate: 1, rejected: 60 });
    expect(after.redelivered).toBe(4);
    expect(after.watermarks).toEqual({ 'test-cluster/seatrial.drift/0': 60 });
    expect(after.recentIds).toEqual(before.recentIds);
    await pollUntil(
      'the ledger',
      () => engine.ledger.read(workflowId),
      (entries) => entries.length === after.entries,
    );
    expect(await sound(workflowId)).toHaveLength(33);
    for (const run of runs)
      expect(await taskFailures(engine.client.workflow.getHandle(workflowId, run))).toEqual([]);
  });
});
