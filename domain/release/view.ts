import type { GateView, ReleaseView, ReviewView, StepView } from '../../contracts/release-view.ts';
import { pendingRoles } from '../approvals/quorum.ts';
import { playbookView } from '../playbook/index.ts';
import { pendingReview, reviewDueAt } from './review.ts';
import { currentStep, gateRules, isReviewGate, planOf, promotedAt, stepAt } from './state.ts';
import type { ReleaseState, StepState } from './state.ts';

/** What a release shows of itself: to the query `state`, the CLI, and the Temporal Web UI's details. */
export function viewOf(state: ReleaseState): ReleaseView {
  const plan = planOf(state);
  const { phase } = state;
  const index = currentStep(state);
  return {
    model: plan.model,
    version: plan.version,
    summary: plan.summary,
    risk: plan.risk,
    requester: plan.requester,
    planSha256: state.planRef?.sha256 ?? '',
    ...(plan.playbook ? { playbook: playbookView(plan.playbook) } : {}),
    situation: phase.name,
    paused: state.paused !== null,
    step: index === null ? null : (stepAt(state, index)?.name ?? null),
    headline: headline(state),
    steps: state.steps.map((_, at) => stepView(state, at)),
    gate: gateView(state),
    review: reviewView(state),
    actions: state.review?.actions ?? [],
    traffic: state.traffic.current && {
      arms: state.traffic.current.arms,
      changes: state.traffic.changes,
      fence: state.traffic.fence,
    },
    rollback: state.rollback && { reason: state.rollback.reason, seconds: state.rollback.seconds },
    outcome: phase.name === 'ended' ? phase.outcome : null,
    outcomeReason:
      phase.name === 'ended' ? [phase.reason, state.review?.missed ?? ''].filter(Boolean).join('; ') : null,
    lastRefused: state.lastRefused,
    ledger: { stream: `release/${plan.model}/${plan.version}`, entries: state.entries },
  };
}

function stepView(state: ReleaseState, index: number): StepView {
  const step = planOf(state).steps[index];
  const folded = state.steps[index];
  const report = folded?.report ?? null;
  const gateVerdict =
    folded?.approved === null || folded?.approved === undefined ? null : folded.approved ? 'pass' : 'fail';
  return {
    name: step?.name ?? '',
    kind: step?.kind ?? 'stage',
    status: folded?.status ?? 'waiting',
    attempts: folded?.attempts ?? 0,
    verdict: step?.kind === 'gate' ? gateVerdict : (report?.verdict ?? null),
    ...(folded?.skipped ? { skipped: folded.skipped } : {}),
    summary:
      step?.kind === 'gate' ? voteSummary(state, index) : (skipSummary(folded) ?? report?.summary ?? null),
    checks: report?.checks ?? [],
    metrics: report?.metrics ?? {},
    envelope: report?.envelope ?? null,
    evidence: report?.evidence ?? [],
    seconds: secondsBetween(folded?.startedAt, folded?.finishedAt),
  };
}

function skipSummary(step: StepState | undefined): string | null {
  return step?.skipped ? `skipped, signed for by ${step.skipped.approvedBy}: ${step.skipped.reason}` : null;
}

function voteSummary(state: ReleaseState, index: number): string | null {
  const votes = state.steps[index]?.votes ?? [];
  if (votes.length === 0) return null;
  return votes
    .map(
      ({ person, role, decision }) =>
        `${decision === 'approve' ? 'approved' : 'rejected'} by ${person} (${role})`,
    )
    .join(', ');
}

function gateView(state: ReleaseState): GateView | null {
  const { phase } = state;
  if (phase.name !== 'deciding') return null;
  const plan = planOf(state);
  const rules = gateRules(plan, phase.step);
  return {
    name: phase.gate,
    reason: phase.why,
    pending: rules ? pendingRoles(plan, rules, phase.votes) : [],
    votes: phase.votes.map(({ person, role, decision }) => ({ person, role, decision })),
    evidence: phase.evidence,
    dueAt: phase.dueAt,
  };
}

function reviewView(state: ReleaseState): ReviewView | null {
  const plan = planOf(state);
  const gates = plan.steps.flatMap((_, index) => (isReviewGate(plan, index) ? [state.steps[index]] : []));
  if (gates.length === 0) return null;
  const { overdueSince = null, missed = null } = state.review ?? {};
  return { status: reviewStatus(state, gates), dueAt: reviewDueAt(state), overdueSince, missed };
}

function reviewStatus(state: ReleaseState, gates: readonly (StepState | undefined)[]): ReviewView['status'] {
  const { promoted, phase, review } = state;
  if (review?.missed) return 'missed';
  if (gates.some((gate) => gate?.approved === false)) return 'disputed';
  if (gates.every((gate) => gate?.approved === true)) return 'signed';
  if (!promoted) return 'waiting';
  if (review?.overdueSince) return 'overdue';
  return phase.name === 'deciding' && isReviewGate(planOf(state), phase.step) ? 'open' : 'soaking';
}

function headline(state: ReleaseState): string {
  const { phase, paused } = state;
  const name = (step: number) => stepAt(state, step)?.name ?? 'the end of the plan';
  const text = ((): string => {
    switch (phase.name) {
      case 'unstarted':
        return 'not started';
      case 'ready':
        return `ready for ${name(phase.step)}`;
      case 'running-stage':
        if (isReview(state, phase.step)) return `${name(phase.step)}: soaking, then comparing`;
        return `running ${name(phase.step)}, attempt ${phase.attempt}${whereOf(state, phase.step)}`;
      case 'held':
        return `${name(phase.step)} could not be measured (${phase.failure.message}): send retry, skip or abort`;
      case 'preparing-gate':
        return `preparing the brief of gate ${phase.gate}`;
      case 'deciding':
        if (state.review?.overdueSince && isReviewGate(planOf(state), phase.step))
          return `gate ${phase.gate} still waits for people`;
        return `gate ${phase.gate} waits for people until ${phase.dueAt}`;
      case 'awaiting-slot':
        return `waits for the model's traffic slot to ${phase.purpose === 'release' ? 'begin' : 'roll back'}`;
      case 'shifting':
        return `shifting traffic for ${name(phase.step)}`;
      case 'observing':
        return `canary step ${phase.canaryStep + 1} serves real callers and is being observed`;
      case 'live':
        return `live since ${phase.since}`;
      case 'rolling-back':
        return `rolling back: ${phase.reason}`;
      case 'ended':
        return [`${phase.outcome}: ${phase.reason}`, state.review?.missed ?? ''].filter(Boolean).join('; ');
    }
  })();
  const said = `${serving(state)}${text}`;
  return paused ? `paused by ${paused.by} (${paused.reason}); ${said}` : said;
}

function isReview(state: ReleaseState, index: number): boolean {
  const step = stepAt(state, index);
  return step?.kind === 'stage' && step.review !== undefined;
}

/** What is said first of a version that serves while its review goes on. */
function serving(state: ReleaseState): string {
  if (!pendingReview(state) || ['live', 'rolling-back', 'ended'].includes(state.phase.name)) return '';
  const overdue = state.review?.overdueSince;
  return `live since ${promotedAt(state) ?? ''}; ${overdue ? `review overdue since ${overdue}; ` : ''}`;
}

/** Of a stage that somebody else's workers do, so that people know whom to ask. */
function whereOf(state: ReleaseState, index: number): string {
  const step = stepAt(state, index);
  if (step?.kind !== 'stage' || step.taskQueue === undefined) return '';
  const limit = step.startWithinSeconds;
  const held = limit === undefined ? '' : `, held if no worker takes it within ${limit} s`;
  return ` (task queue ${step.taskQueue}${held})`;
}

function secondsBetween(from: string | null | undefined, to: string | null | undefined): number | null {
  return from && to ? (Date.parse(to) - Date.parse(from)) / 1000 : null;
}
