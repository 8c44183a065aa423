import { admit, pendingRoles } from '../approvals/quorum.ts';
import type { GateStep } from '../../contracts/plan.ts';
import { enterStep, stop } from './advance.ts';
import type { ReleaseCommandOf } from './commands.ts';
import { followedBy, refusal } from './facts.ts';
import type { ReleaseEvent } from './events.ts';
import { disputed, overdue } from './review.ts';
import { gateRules, isReviewGate, planOf } from './state.ts';
import type { OpenGate, ReleaseState } from './state.ts';

/** Shown digests may be shortened by people; fewer characters than this would not bind a decision to one file. */
const SHORTEST_DIGEST = 12;

export function openGate(
  { step, gate, evidence, at }: ReleaseCommandOf<'OpenGate'>,
  state: ReleaseState,
): ReleaseEvent[] {
  const { phase } = state;
  if (phase.name !== 'preparing-gate' || phase.step !== step || phase.gate !== gate) return [];
  const timeout = rules(state, step).timeoutSeconds * 1000;
  const dueAt = new Date(Date.parse(at) + timeout).toISOString();
  return [{ type: 'GateOpened', data: { step, gate, evidence, dueAt }, at }];
}

/** The page that people would decide on could not be written. */
export function failGate(
  { step, gate, failure, at }: ReleaseCommandOf<'FailGate'>,
  state: ReleaseState,
): ReleaseEvent[] {
  const { phase } = state;
  if (phase.name !== 'preparing-gate' || phase.step !== step || phase.gate !== gate) return [];
  return [{ type: 'StageErrored', data: { step, canaryStep: phase.canaryStep, failure }, at }];
}

export function expireGate(
  { step, gate, at }: ReleaseCommandOf<'ExpireGate'>,
  state: ReleaseState,
): ReleaseEvent[] {
  const { phase } = state;
  if (phase.name !== 'deciding' || phase.step !== step || phase.gate !== gate) return [];
  if (Date.parse(at) < Date.parse(phase.dueAt)) return [];
  // A version is not taken back because nobody signed: the gate stays open, and shows that it is late.
  if (isReviewGate(planOf(state), step)) return overdue(state, phase.dueAt, at);
  const comment = `nobody completed the decision by ${phase.dueAt}`;
  // Approval by silence is only for gates that the plan opened: missing evidence is never waved through by a clock.
  return rules(state, step).onTimeout === 'approve' && phase.why === 'planned'
    ? approved(state, phase, 'deadline', at)
    : rejected(state, phase, 'deadline', comment, at);
}

export function decideGate(command: ReleaseCommandOf<'Decide'>, state: ReleaseState): ReleaseEvent[] {
  const { gate, approver, decision, attestation, evidence, at } = command;
  const refuse = (reason: string) => [refusal(decision, approver, reason, at)];
  const { phase } = state;
  if (phase.name !== 'deciding') return refuse(`no gate is open: the release is ${phase.name}`);
  if (gate !== phase.gate) return refuse(`gate ${gate} is not open; the open gate is ${phase.gate}`);
  const shown = evidence.replace(/^sha256:/, '').toLowerCase();
  if (shown.length < SHORTEST_DIGEST || !phase.evidence.sha256.startsWith(shown)) {
    return refuse(
      `the evidence ${evidence || '(none)'} is not what gate ${gate} shows; read the brief and send its digest ${phase.evidence.sha256.slice(0, SHORTEST_DIGEST)}`,
    );
  }
  const comment = command.comment?.trim() ?? '';
  if (decision === 'reject' && comment === '') return refuse('a rejection needs a comment that says why');

  const plan = planOf(state);
  const admission = admit(plan, rules(state, phase.step), phase.votes, command);
  if (!admission.admitted) return refuse(admission.reason);

  const vote = { person: approver, role: admission.role, decision, attestation };
  const recorded: ReleaseEvent = {
    type: 'DecisionRecorded',
    data: { ...vote, gate, evidence: phase.evidence.sha256, comment },
    at,
  };
  if (decision === 'reject')
    return followedBy(state, [recorded], (after) => rejected(after, phase, approver, comment, at));

  const missing = pendingRoles(plan, rules(state, phase.step), [...phase.votes, vote]);
  return missing.length > 0
    ? [recorded]
    : followedBy(state, [recorded], (after) => approved(after, phase, approver, at));
}

function approved(
  state: ReleaseState,
  { step, gate, canaryStep }: OpenGate,
  by: string,
  at: string,
): ReleaseEvent[] {
  return followedBy(state, [{ type: 'GateApproved', data: { step, gate, by }, at }], (after) =>
    canaryStep === null ? enterStep(after, step + 1, 0, at) : enterStep(after, step, canaryStep + 1, at),
  );
}

function rejected(
  state: ReleaseState,
  { step, gate }: OpenGate,
  by: string,
  comment: string,
  at: string,
): ReleaseEvent[] {
  const reason = `gate ${gate} was rejected by ${by}: ${comment}`;
  if (isReviewGate(planOf(state), step)) return disputed(state, { step, gate, by, comment }, at);
  return followedBy(state, [{ type: 'GateRejected', data: { step, gate, by, comment }, at }], (after) =>
    stop(after, { cause: 'gate', by, reason, outcome: 'rejected' }, at),
  );
}

function rules(state: ReleaseState, step: number): GateStep {
  const gate = gateRules(planOf(state), step);
  if (!gate) throw new Error(`the plan has no gate that decides at step ${step}`);
  return gate;
}
