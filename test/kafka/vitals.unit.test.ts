// Proves how a consumer that waits is told from one that is stuck: red within 10 s of silence, rebuilt only when nothing
// else helps, never while it may lawfully be waiting for its group.
import { expect, test } from 'vitest';
import { diagnose } from '../../adapters/kafka/vitals.ts';
import type { Vitals } from '../../adapters/kafka/vitals.ts';

const well: Vitals = { joined: true, silentMs: 500, inHandMs: 0, stalledMs: 0, refusedMs: 0 };

test.each<[string, Partial<Vitals>, { ok: boolean; rebuild: boolean }]>([
  ['a busy consumer', { inHandMs: 20_000 }, { ok: true, rebuild: false }],
  ['silence within ten seconds', { silentMs: 9_900 }, { ok: false, rebuild: false }],
  ['long silence', { silentMs: 31_000 }, { ok: false, rebuild: true }],
  ['a long join', { joined: false, silentMs: 31_000 }, { ok: false, rebuild: false }],
  ['an endless join', { joined: false, silentMs: 100_000 }, { ok: false, rebuild: true }],
  ['not yet joined', { joined: false }, { ok: false, rebuild: false }],
  ['fetching, but records stay unread', { stalledMs: 31_000 }, { ok: false, rebuild: true }],
  ['a short stall', { stalledMs: 5_000 }, { ok: true, rebuild: false }],
  ['a stall within ten seconds', { stalledMs: 9_900 }, { ok: false, rebuild: false }],
  ['a stall beside a slow slice', { stalledMs: 31_000, inHandMs: 31_000 }, { ok: false, rebuild: false }],
  ['a generation error that a join will mend', { refusedMs: 3_000 }, { ok: true, rebuild: false }],
  ['generation errors within ten seconds', { refusedMs: 9_900 }, { ok: false, rebuild: false }],
  ['endless generation errors', { refusedMs: 21_000 }, { ok: false, rebuild: true }],
  ['the same beside a slow slice', { refusedMs: 21_000, inHandMs: 5_000 }, { ok: false, rebuild: false }],
  ['a slice that never ends', { inHandMs: 61_000 }, { ok: false, rebuild: false }],
])('%s', (_what, change, expected) => {
  const diagnosis = diagnose({ ...well, ...change });
  expect(diagnosis).toMatchObject(expected);
  expect(diagnosis.detail).not.toBe('');
});
