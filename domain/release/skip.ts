import { enterStep } from './advance.ts';
import type { ReleaseCommandOf } from './commands.ts';
import type { ReleaseEvent } from './events.ts';
import { followedBy, refusal } from './facts.ts';
import { skipProblem } from './skip-rules.ts';
import { gateRules, planOf, stepAt, touchesTraffic, type ReleaseState } from './state.ts';

/** Leaves out a stage that is held: with a reason, and on the word of a second person. It stays visible in all that follows. */
export function skip(command: ReleaseCommandOf<'Skip'>, state: ReleaseState): ReleaseEvent[] {
  const { stage: name, by, reason, at } = command;
  const refuse = (why: string) => [refusal('skip', by, why, at)];
  const { phase } = state;
  if (phase.name !== 'held') return refuse(`no stage is held: the release is ${phase.name}`);
  const step = stepAt(state, phase.step);
  if (step?.kind !== 'stage') return refuse('a gate cannot be skipped: people decide there');
  if (step.name !== name) return refuse(`the stage ${name} is not held; ${step.name} is`);
  if (touchesTraffic(step.stage))
    return refuse(`the stage ${name} has begun to move traffic; send retry, rollback or abort`);
  const plan = planOf(state);
  if (state.steps[phase.step]?.report && gateRules(plan, phase.step))
    return refuse(`the stage ${name} was measured, and its people decide on what it found: send retry`);
  const wrong = skipProblem(plan, { reason, approvedBy: by });
  if (wrong !== null) return refuse(wrong);
  const skipped: ReleaseEvent = {
    type: 'StageSkipped',
    data: { step: phase.step, stage: step.stage, reason, approvedBy: by, origin: 'person' },
    at,
  };
  return followedBy(state, [skipped], (after) => enterStep(after, phase.step + 1, 0, at));
}
