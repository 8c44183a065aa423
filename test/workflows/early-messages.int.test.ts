// Proves that a message which a release receives before its very first task (its worker was away, or it was started by
// a signal) is answered like any other: it neither wedges the release nor puts the ledger out of step.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256 } from '../../adapters/ledger/index.ts';
import { verifyChain } from '../../domain/ledger/index.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine } from '../support/engine.ts';
import { taskFailures } from '../support/histories.ts';
import { gate, report, stage } from '../support/plans.ts';
import { unique } from '../support/unique.ts';

let engine: Engine;

beforeAll(async () => {
  engine = await startEngine({ stages: { sandbox: () => Promise.resolve(report('pass')) } });
});
afterAll(async () => {
  await engine?.stop();
});

test.each(['approve', 'abort', 'slotGranted', 'slotRevoked', 'superseded'])(
  '`%s` before the first task',
  async (signal) => {
    const release = await engine.start(
      { version: unique(signal.toLowerCase()), steps: [stage('sandbox'), gate('validation', { owner: 1 })] },
      { signal, signalArgs: [{ by: 'sam', reason: 'too early', gate: 'validation', fence: 1 }] },
    );
    const first = (await release.handle.fetchHistory()).events?.slice(0, 3) ?? [];
    expect(first.some((event) => event.workflowExecutionSignaledEventAttributes)).toBe(true);

    if (signal !== 'abort') {
      const view = await release.until('the gate', ({ situation }) => situation === 'deciding');
      const evidence = view.gate?.evidence.sha256;
      await release.handle.signal('approve', { gate: 'validation', approver: 'olga', evidence });
    }
    const { outcome } = await release.handle.result();
    expect(outcome).toBe(signal === 'abort' ? 'aborted' : 'completed');
    expect(await taskFailures(release.handle)).toEqual([]);
    const entries = await engine.ledger.read(`release/${release.plan.model}/${release.plan.version}`);
    expect(verifyChain(entries, sha256)).toMatchObject({ valid: true });
    expect(entries[0]?.type).toBe('ReleaseRequested');
  },
);
