import { askPeople, enterStep, stop } from './advance.ts';
import type { ReleaseCommandOf } from './commands.ts';
import { followedBy } from './facts.ts';
import type { ReleaseEvent } from './events.ts';
import { reviewed } from './review.ts';
import { stageAt, type ReleaseState } from './state.ts';

export function finishStage(command: ReleaseCommandOf<'FinishStage'>, state: ReleaseState): ReleaseEvent[] {
  const { step, attempt, report, at } = command;
  if (!isRunning(state, step, attempt)) return [];
  // `error` is "could not be measured", which says nothing about the model: it waits for a person, like a lost activity.
  if (report.verdict === 'error') {
    return [
      {
        type: 'StageErrored',
        data: { step, canaryStep: null, failure: { type: 'NotMeasured', message: report.summary } },
        at,
      },
    ];
  }
  const finished: ReleaseEvent = { type: 'StageFinished', data: { step, attempt, report }, at };
  if (stageAt(state, step).review) return reviewed(state, finished, at);
  return followedBy(state, [finished], (after) => {
    if (report.verdict === 'pass') return enterStep(after, step + 1, 0, at);
    if (report.verdict === 'inconclusive') return [askPeople(after, step, null, at)];
    return stop(
      after,
      {
        cause: 'stage',
        by: report.stage,
        reason: `${report.stage} failed: ${report.summary}`,
        outcome: 'rejected',
      },
      at,
    );
  });
}

export function failStage(command: ReleaseCommandOf<'FailStage'>, state: ReleaseState): ReleaseEvent[] {
  const { step, attempt, failure, at } = command;
  return isRunning(state, step, attempt)
    ? [{ type: 'StageErrored', data: { step, canaryStep: null, failure }, at }]
    : [];
}

/** A result counts only for the attempt that is running: an older one may still arrive. */
function isRunning({ phase }: ReleaseState, step: number, attempt: number): boolean {
  return phase.name === 'running-stage' && phase.step === step && phase.attempt === attempt;
}
