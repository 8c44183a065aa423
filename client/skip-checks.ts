import type { ReleaseFile, ReleaseFileStep } from '../contracts/schemas/release-file.ts';
import { skipProblem } from '../domain/release/index.ts';
import { nearestName } from './nearest-name.ts';
import type { Problem, YamlPath } from './problem.ts';

/** What nobody looks at when a stage is left out. */
const WEAKENED: Readonly<Record<string, string>> = {
  intake: 'nobody looks whether the artifact is what was trained, and whether it loads and answers at all',
  sandbox:
    'quality on clean data is not measured, and no reference profile is written that live traffic could be watched against',
  synthetic: 'nobody knows how quality bends when the data changes',
  resilience: 'nobody knows what callers see when something fails around the model',
  'drift-rehearsal': 'nobody knows whether the monitor would notice a change before quality has gone',
  governance: 'lineage, fairness and privacy are not looked at',
  'incident-drill': 'alerts and runbooks are not tried, and the rollback is not measured',
  shadow: 'users are the first to meet requests on which it disagrees with the champion',
  canary: 'every caller meets the version at once, and no guard takes it back',
  review: 'nobody compares what was predicted with what production shows',
  'pre-production': 'peak traffic, the loss of a region and the way back are not rehearsed',
};

/** A skip that would not count when its turn comes is an error; one that counts is told with what it costs. */
export function checkSkip(
  step: ReleaseFileStep,
  path: YamlPath,
  plan: Pick<ReleaseFile['spec'], 'people' | 'requester'>,
): Problem[] {
  if (!('stage' in step) || step.skip === undefined) return [];
  const at = [...path, 'skip'];
  const { approvedBy } = step.skip;
  if (step.stage === 'production')
    return [
      problem(
        'error',
        at,
        'the stage production cannot be skipped',
        'leave the step out: then nothing goes live',
      ),
    ];
  const wrong = skipProblem(plan, step.skip);
  if (wrong !== null) {
    const others = [...new Set(Object.values(plan.people).flat())].filter((one) => one !== plan.requester);
    const mend =
      others.length === 0 ? 'add people to spec.people' : `have it signed by one of ${others.join(', ')}`;
    const found = problem('error', [...at, 'approvedBy'], wrong, mend);
    return [
      approvedBy === plan.requester ? found : { ...found, didYouMean: nearestName(approvedBy, others) },
    ];
  }
  const cost = WEAKENED[step.stage] ?? 'what it would have found stays unknown';
  const what = `the stage ${step.name ?? step.stage} is skipped, signed for by ${approvedBy}: ${cost}`;
  return [problem('warning', at, what, 'take `skip` out to have it done', true)];
}

function problem(
  severity: Problem['severity'],
  path: YamlPath,
  what: string,
  mend: string,
  atKey = false,
): Problem {
  return { severity, path, what, mend, atKey };
}
