import { enterStep } from './advance.ts';
import type { ReleaseCommandOf } from './commands.ts';
import type { ReleaseEvent } from './events.ts';
import { followedBy } from './facts.ts';
import { isReviewGate, planOf, promotedAt, type ReleaseState } from './state.ts';

/**
 * The review of a version that serves. Whatever it finds, and whether or not anybody signs, the version goes on serving: only a
 * person who sends `rollback` takes it back.
 */
export function reviewed(
  state: ReleaseState,
  finished: Extract<ReleaseEvent, { type: 'StageFinished' }>,
  at: string,
): ReleaseEvent[] {
  const { step, report } = finished.data;
  const spec = specOf(state, step);
  const dueAt = later(at, spec?.actions.dueSeconds ?? 0);
  const unforeseen = report.checks.filter(({ verdict }) => verdict === 'fail');
  const first = (state.review?.actions.length ?? 0) + 1;
  const actions = unforeseen.map(({ name, reason }, index): ReleaseEvent => {
    const what = `${name}: ${reason}`;
    const owner = spec?.actions.owner ?? '';
    return { type: 'ActionOpened', data: { id: `a${first + index}`, what, owner, dueAt, by: 'review' }, at };
  });
  return followedBy(state, [finished, ...actions], (after) => enterStep(after, step + 1, 0, at));
}

/** A person does not accept the review. That takes nobody's answers away; it is something to act on. */
export function disputed(
  state: ReleaseState,
  { step, gate, by, comment }: { step: number; gate: string; by: string; comment: string },
  at: string,
): ReleaseEvent[] {
  const review = planOf(state).steps.findIndex((each) => each.kind === 'stage' && each.review !== undefined);
  const { owner, dueSeconds } = specOf(state, review)?.actions ?? { owner: '', dueSeconds: 0 };
  const id = `a${(state.review?.actions.length ?? 0) + 1}`;
  const what = `${by} did not accept the review: ${comment}`;
  return followedBy(
    state,
    [
      { type: 'GateRejected', data: { step, gate, by, comment }, at },
      { type: 'ActionOpened', data: { id, what, owner, dueAt: later(at, dueSeconds), by }, at },
    ],
    (after) => enterStep(after, step + 1, 0, at),
  );
}

/** Since when nobody has signed in time. Said once. */
export function overdue(state: ReleaseState, dueAt: string, at: string): ReleaseEvent[] {
  return state.review?.overdueSince ? [] : [{ type: 'ReviewOverdue', data: { dueAt }, at }];
}

export function expireReview(
  { dueAt, at }: ReleaseCommandOf<'ExpireReview'>,
  state: ReleaseState,
): ReleaseEvent[] {
  const due = reviewDueAt(state);
  return due === null || due !== dueAt || Date.parse(at) < Date.parse(due) ? [] : overdue(state, due, at);
}

/** What is said of a version that goes before anybody signed its review; nothing when somebody did, or no review was planned. */
export function missed(state: ReleaseState, why: 'superseded' | 'rolled back', at: string): ReleaseEvent[] {
  return pendingReview(state) ? [{ type: 'ReviewMissed', data: { reason: `not reviewed: ${why}` }, at }] : [];
}

/**
 * When the review is due that is under way: all of its steps may take as long as the plan lets them, from the promotion. Null when there
 * is none, when it is late already, and when the version is going.
 */
export function reviewDueAt(state: ReleaseState): string | null {
  const { phase } = state;
  if (!pendingReview(state) || state.review?.overdueSince) return null;
  if (phase.name === 'rolling-back' || phase.name === 'ended') return null;
  if (phase.name === 'deciding' && isReviewGate(planOf(state), phase.step)) return phase.dueAt;
  const since = promotedAt(state);
  const { steps } = planOf(state);
  const seconds = steps.reduce((sum, step, index) => {
    if (step.kind === 'stage')
      return step.review ? sum + step.review.soak.atMostSeconds + step.timeoutSeconds : sum;
    return isReviewGate(planOf(state), index) ? sum + step.timeoutSeconds : sum;
  }, 0);
  return since === null ? null : later(since, seconds);
}

/** The version serves, and a step of its review is not done. */
export function pendingReview(state: ReleaseState): boolean {
  if (!state.promoted) return false;
  const plan = planOf(state);
  return plan.steps.some(
    (step, index) =>
      ((step.kind === 'stage' && step.review !== undefined) || isReviewGate(plan, index)) &&
      !['done', 'skipped'].includes(state.steps[index]?.status ?? 'waiting'),
  );
}

function specOf(state: ReleaseState, step: number) {
  const stage = planOf(state).steps[step];
  return stage?.kind === 'stage' ? stage.review : undefined;
}

function later(at: string, seconds: number): string {
  return new Date(Date.parse(at) + seconds * 1000).toISOString();
}
