import type { Plan, SkipSpec, StageStep } from '../../contracts/plan.ts';
import type { ReleaseEvent } from './events.ts';
import { planOf, type ReleaseState } from './state.ts';

/** What is wrong with a word that leaves out a stage; null when it counts. The requester cannot sign for themselves. */
export function skipProblem(
  plan: Pick<Plan, 'people' | 'requester' | 'playbook'>,
  { reason, approvedBy }: SkipSpec,
): string | null {
  if (plan.playbook?.skips === 'refused')
    return `the playbook ${plan.playbook.name} lets no stage be left out`;
  if (reason.trim() === '') return 'a skipped stage needs a reason';
  if (approvedBy === plan.requester)
    return `${approvedBy} asked for the release, and a second person must sign for a skipped stage`;
  if (!Object.values(plan.people).some((holders) => holders.includes(approvedBy)))
    return `${approvedBy} holds no role of this plan, and so cannot sign for a skipped stage`;
  return null;
}

/** A stage that the plan itself leaves out: the fact, or why its signature does not count. */
export function skipByPlan(
  state: ReleaseState,
  stage: StageStep,
  step: number,
  at: string,
): ReleaseEvent | undefined {
  if (stage.skip === undefined) return undefined;
  const production =
    stage.stage === 'production' ? 'the stage production cannot be skipped: leave it out' : null;
  const wrong = production ?? skipProblem(planOf(state), stage.skip);
  if (wrong !== null)
    return {
      type: 'StageErrored',
      data: { step, canaryStep: null, failure: { type: 'PlanInvalid', message: wrong } },
      at,
    };
  return { type: 'StageSkipped', data: { step, stage: stage.stage, ...stage.skip, origin: 'plan' }, at };
}
