import type { DriftSummary } from '../../contracts/messages.ts';
import type { RetrainingPolicy, SignalRule } from '../../contracts/plan.ts';
import type { Severity } from '../../contracts/live-events.ts';
import { decisionId, untaken } from './decision-id.ts';
import type { DriftOutcome, ModelEvent, RetrainingDecision } from './events.ts';
import { evolve } from './evolve.ts';
import { clearIncident, openIncident, raiseIncident } from './incidents.ts';
import { limitOf } from './limits.ts';
import { driftedAmong, isArmed, memoryOf, withCleared, withDrift, withFired } from './signals.ts';
import type { SignalMemory } from './signals.ts';
import { championOf } from './state.ts';
import type { ModelState } from './state.ts';

const rank: Record<Severity, number> = { info: 0, warning: 1, critical: 2 };

export type Judged = Pick<DriftOutcome, 'bucket' | 'reason'>;
type Ruling = Judged & { readonly facts?: readonly ModelEvent[] };

/** Judges the events of a batch one after the other, each on what those before it led to. */
export class PolicyJudge {
  private state: ModelState;
  private readonly at: string;
  private readonly decided: ModelEvent[] = [];

  constructor(state: ModelState, at: string) {
    this.state = state;
    this.at = at;
  }

  judge(event: DriftSummary): Judged {
    const { facts = [], ...judged } = judge(event, this.state, this.at);
    this.state = facts.reduce(evolve, this.state);
    this.decided.push(...facts);
    return judged;
  }

  /** What was decided, in order; what is remembered is one fact, for however many windows a batch has. */
  facts(): ModelEvent[] {
    const others = this.decided.filter(({ type }) => type !== 'SignalsNoted');
    const notes = this.decided.flatMap((fact) => (fact.type === 'SignalsNoted' ? [fact.data.signals] : []));
    const signals = notes.reduce((all, one) => ({ ...all, ...one }), {});
    return notes.length === 0
      ? others
      : [{ type: 'SignalsNoted', data: { signals }, at: this.at }, ...others];
  }
}

/** The retraining policy. The order of the rules is the order in which a person would ask; docs/drift-loop.md repeats it. */
export function judge(event: DriftSummary, state: ModelState, at: string): Ruling {
  const { kind, version, verdict } = event;
  const champion = championOf(state);
  const policy = state.retraining?.spec.policy;
  const rule = policy && ruleOf(policy, kind);
  const serves = version === champion;

  if (!serves) return rejected(`version ${version} does not serve; ${champion ?? 'no version'} does`);
  if (verdict === 'no_drift') return { ...suppressed('no drift'), facts: cleared(event, state, at) };
  const broken = rule?.action === 'incident';
  // Input that cannot be judged counts as broken; silence of users, or too small groups, do not.
  if (verdict === 'unresolved' && !(broken && kind === 'quality'))
    return rejected('unresolved: a person has to look');
  if (!policy || !rule) return suppressed('the release has no retraining settings');
  if (rule.action === 'ignore') return suppressed(`the policy leads from ${kind} to nothing`);
  const severity = event.severity ?? 'info';
  const least = rule.minSeverity ?? policy.minSeverity;
  if (verdict === 'drift' && rank[severity] < rank[least])
    return suppressed(`severity ${severity} is below ${least}`);

  const memory = withDrift(memoryOf(state, kind), event);
  // A plan of before is judged without memory, as it was then.
  const facts = policy.signals ? noted(state, kind, memory, at) : [];
  return withFirst(
    facts,
    broken ? incident(event, state, rule, memory, at) : ask(event, state, policy, rule, memory, at),
  );
}

/** What no retraining can mend: people are told once, and again only after it was cleared. */
function incident(
  event: DriftSummary,
  state: ModelState,
  rule: SignalRule,
  memory: SignalMemory,
  at: string,
): Ruling {
  const open = openIncident(state, event.kind);
  if (open) return suppressed(`incident ${open.incident} is open`);
  const short = persistence(event, rule, memory);
  if (short !== null) return suppressed(short);
  const raised = raiseIncident(event, state, at);
  return { ...suppressed(`incident ${raised.data.incident}: no retraining mends it`), facts: [raised] };
}

function ask(
  event: DriftSummary,
  state: ModelState,
  policy: RetrainingPolicy,
  rule: SignalRule,
  memory: SignalMemory,
  at: string,
): Ruling {
  const { kind } = event;
  const open = openIncident(state, 'quality');
  if (open)
    return suppressed(`incident ${open.incident} is open: a retraining would learn from broken input`);
  if (state.held) return coalesced(`retraining ${state.held.decision} awaits a person`);
  const id = decisionId(event, policy);
  const decided =
    id !== undefined &&
    (state.decisions.some(({ decision }) => decision === id) || (state.rejected ?? []).includes(id));
  const waits = policy.runStrategy === 'sequential' || policy.runStrategy === 'last-only';
  if (state.running && (decided || !waits))
    return coalesced(`retraining ${state.running.decision} is under way`);
  if (decided) return suppressed(`retraining ${id} was decided on this evidence before`);
  const short = persistence(event, rule, memory);
  if (short !== null) return suppressed(short);
  if (state.running) return queue(event, state, policy, at);
  if (!isArmed(memory, event, policy.rearmWindows)) {
    return suppressed(
      `not armed: ${kind} led to a decision and was neither cleared since nor quiet for ${policy.rearmWindows} windows`,
    );
  }
  const ruling = within(decisionFor(event, state, policy), event.headline, policy, state, at);
  const fired = ruling.bucket === 'started' || ruling.facts !== undefined;
  const remember = fired && policy.signals !== undefined;
  return remember ? withFirst(noted(state, kind, withFired(memory, event), at), ruling) : ruling;
}

/** Starts what no limit stands against; what is beyond the 30 days' budget is held for a person where the policy says so. */
function within(
  decision: RetrainingDecision,
  reason: string,
  policy: RetrainingPolicy,
  state: ModelState,
  at: string,
): Ruling {
  const limit = limitOf(decision.windowEnd, policy, state);
  if (limit === null)
    return { bucket: 'started', reason, facts: [{ type: 'RetrainingDecided', data: decision, at }] };
  if (limit.rule !== 'budget' || policy.beyondBudget !== 'hold') return suppressed(limit.reason);
  const held: ModelEvent = { type: 'RetrainingHeld', data: { ...decision, why: limit.reason }, at };
  return { ...suppressed(`${limit.reason}: ${decision.decision} is held`), facts: [held] };
}

/** One may wait for the end of the one that runs. */
function queue(event: DriftSummary, state: ModelState, policy: RetrainingPolicy, at: string): Ruling {
  const running = `retraining ${state.running?.decision ?? ''} is under way`;
  const waiting = state.queued ?? null;
  const newer = waiting !== null && Date.parse(event.windowEnd) > Date.parse(waiting.windowEnd);
  if (waiting !== null && !(policy.runStrategy === 'last-only' && newer))
    return coalesced(`${running}, and ${waiting.decision} waits for its end`);
  const data = decisionFor(event, state, policy);
  const replaced = waiting?.decision ?? null;
  return {
    ...coalesced(`${running}; ${data.decision} waits for its end`),
    facts: [{ type: 'RetrainingQueued', data: { ...data, replaced }, at }],
  };
}

/** What follows when the one that ran has ended: the one that waited is asked for again, under the rules as they are then. */
export function afterFinish(state: ModelState, at: string): ModelEvent[] {
  const { queued, retraining } = state;
  if (!queued || state.running || state.held) return [];
  const decision = queued;
  const policy = retraining?.spec.policy;
  const drop = (reason: string): ModelEvent[] => [
    { type: 'RetrainingDropped', data: { decision: decision.decision, reason }, at },
  ];
  if (!policy || decision.version !== championOf(state))
    return drop(`version ${decision.version} does not serve`);
  const open = openIncident(state, 'quality');
  if (open) return drop(`incident ${open.incident} is open`);
  const { bucket, reason, facts } = within(decision, decision.reason, policy, state, at);
  return bucket === 'started' || facts ? [...(facts ?? [])] : drop(reason);
}

function persistence(event: DriftSummary, rule: SignalRule, memory: SignalMemory): string | null {
  if (!rule.persistence) return null;
  const { windows, of } = rule.persistence;
  const seen = driftedAmong(memory, event, of);
  return seen >= windows ? null : `persistence: drift in ${seen} of ${of} windows, ${windows} needed`;
}

/** A plan of before has no rules for kinds: each asks for a retraining. */
function ruleOf(policy: RetrainingPolicy, kind: DriftSummary['kind']): SignalRule {
  if (!policy.signals) return { action: 'retrain' };
  return policy.signals[kind] ?? { action: 'ignore' };
}

/** A cleared event re-arms its kind and closes its incident. */
function cleared(event: DriftSummary, state: ModelState, at: string): ModelEvent[] {
  const before = memoryOf(state, event.kind);
  const after = withCleared(before, event);
  return [
    ...(after === before ? [] : noted(state, event.kind, after, at)),
    ...clearIncident(event, state, at),
  ];
}

function noted(
  state: ModelState,
  kind: DriftSummary['kind'],
  memory: SignalMemory,
  at: string,
): ModelEvent[] {
  if (memoryOf(state, kind) === memory) return [];
  return [{ type: 'SignalsNoted', data: { signals: { [kind]: memory } }, at }];
}

function decisionFor(event: DriftSummary, state: ModelState, policy: RetrainingPolicy): RetrainingDecision {
  const { version, windowEnd, headline, id } = event;
  const decision =
    decisionId(event, policy) ?? untaken(`${version}.${windowEnd.slice(0, 10)}`, state.decisions);
  return { decision, version, reason: headline, driftEvents: [id], windowEnd };
}

/** Well-formed, and yet nothing that could ever lead to a decision here. */
const rejected = (reason: string): Judged => ({ bucket: 'rejected', reason });
const suppressed = (reason: string): Judged => ({ bucket: 'suppressed', reason });
const coalesced = (reason: string): Judged => ({ bucket: 'coalesced', reason });

function withFirst(first: readonly ModelEvent[], ruling: Ruling): Ruling {
  return first.length === 0 ? ruling : { ...ruling, facts: [...first, ...(ruling.facts ?? [])] };
}
