/** Ledgers of releases that end in every way, made by the release's own rules and chained as a ledger chains them. */
import { createHash } from 'node:crypto';
import type { DomainEvent, LedgerEntry } from '../../contracts/ledger.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Report } from '../../contracts/report.ts';
import { chain, GENESIS } from '../../domain/ledger/index.ts';
import type { Books } from '../../domain/lineage/index.ts';
import { decide, evolve, initialState } from '../../domain/release/index.ts';
import type { ReleaseCommand, ReleaseEvent } from '../../domain/release/index.ts';
import { evidence, plan, report } from '../support/plans.ts';

export const RELEASE = 'release/flight-delays/1';
export const brief = evidence('brief.md', 'e');
const vote = { attestation: 'claimed' as const, evidence: brief.sha256 };
type Command = ReleaseCommand extends infer One
  ? One extends { at: string }
    ? Omit<One, 'at'>
    : never
  : never;

export const start = (more: Partial<Plan> = {}): Command => ({
  type: 'Start',
  plan: plan(more),
  planRef: evidence('plan.json', 'd'),
});
export const sandbox = (made: Report = report('pass')): Command => ({
  type: 'FinishStage',
  step: 0,
  attempt: 1,
  report: made,
});
export const opened = (step: number, gate: string): Command => ({
  type: 'OpenGate',
  step,
  gate,
  evidence: brief,
});
export const says = (
  decision: 'approve' | 'reject',
  gate: string,
  approver: string,
  comment = 'read it',
): Command => ({ type: 'Decide', ...vote, decision, gate, approver, comment });
export const moved = (number: number, counted: Record<string, number> = { '1': 40, '0': 360 }): Command => ({
  type: 'ConfirmShift',
  changeId: `flight-delays/1#${number}`,
  counted,
  seconds: 0.5,
  position: {},
});
export const observed = (number: number, made: Report): Command => ({
  type: 'FinishObservation',
  changeId: `flight-delays/1#${number}`,
  report: made,
});

export const validated = [
  start(),
  sandbox(),
  opened(1, 'validation'),
  says('approve', 'validation', 'max'),
  says('approve', 'validation', 'olga'),
];
export const inCanary: Command[] = [
  ...validated,
  { type: 'GrantSlot', fence: 7, champion: '0', previous: null },
  moved(1),
];
export const live: Command[] = [
  ...inCanary,
  observed(1, report('pass', 'canary')),
  moved(2),
  observed(2, report('pass', 'canary')),
  opened(3, 'release'),
  says('approve', 'release', 'bea'),
  moved(3, { '1': 400 }),
];

/** A minute passes between two commands. */
export function booksOf(commands: readonly Command[]): Books {
  let state = initialState();
  const events: ReleaseEvent[] = [];
  for (const [minute, command] of commands.entries()) {
    const at = new Date(Date.UTC(2013, 2, 1, 0, minute)).toISOString();
    const decided = decide({ ...command, at } as ReleaseCommand, state);
    events.push(...decided);
    state = decided.reduce(evolve, state);
  }
  return new Map([[RELEASE, ledgerOf(events)]]);
}

function ledgerOf(events: readonly ReleaseEvent[]): LedgerEntry[] {
  const hash = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
  return [...chain(RELEASE, events as unknown as readonly DomainEvent[], GENESIS, hash)];
}
