import type { ReleaseFile, ReleaseFileStep } from '../contracts/schemas/release-file.ts';
import { nearestName } from './nearest-name.ts';
import type { Problem, YamlPath } from './problem.ts';
import { reviewOf } from './review-spec.ts';

/** What one field of a review cannot show: that something serves before it, and that people sign after it. */
export function checkReview(
  steps: readonly ReleaseFileStep[],
  index: number,
  path: YamlPath,
  people: ReleaseFile['spec']['people'],
): Problem[] {
  const step = steps[index];
  if (step === undefined) return [];
  const before = steps.slice(0, index);
  const problem = (at: YamlPath, what: string, mend: string): Problem => ({
    severity: 'error',
    path: at,
    what,
    mend,
    atKey: true,
  });
  if ('gate' in step) {
    return before.some(isReview) && step.onTimeout === 'approve'
      ? [
          problem(
            [...path, 'onTimeout'],
            'a review is signed by people, and silence signs nothing: it would show as overdue all the same',
            'leave it out',
          ),
        ]
      : [];
  }
  if (!isReview(step)) {
    return step.review
      ? [problem([...path, 'review'], `the stage ${step.stage} is no review`, 'move these fields to it')]
      : [];
  }
  const problems: Problem[] = [];
  const { soak, actions } = reviewOf(step.review);
  if (!before.some((one) => 'stage' in one && one.stage === 'production'))
    problems.push(
      problem([...path, 'stage'], 'nothing serves yet that could be reviewed', 'put it after production'),
    );
  if (!steps.slice(index + 1).some((one) => 'gate' in one))
    problems.push(
      problem(
        [...path, 'stage'],
        'nobody signs the review',
        'add a gate after it: { gate: review, requires: { ROLE: 1 } }',
      ),
    );
  const after = steps.slice(index + 1).find((one) => 'stage' in one);
  if (after !== undefined)
    problems.push(
      problem(
        [...path, 'stage'],
        `the stage ${after.stage} comes after the review`,
        'put the review last, with its gate',
      ),
    );
  if (soak.atMostSeconds < soak.seconds)
    problems.push(
      problem(
        [...path, step.review ? 'review' : 'stage'],
        `the soak lasts ${soak.seconds} s and may last ${soak.atMostSeconds} s at most`,
        'raise `soak.atMost`, or lower `soak.time`',
      ),
    );
  if (!Object.hasOwn(people, actions.owner))
    problems.push({
      ...problem(
        [...path, step.review ? 'review' : 'stage'],
        `nobody holds the role ${actions.owner}, which owns what the review finds`,
        `write \`review: { actions: { owner: ROLE } }\`, or add spec.people.${actions.owner}`,
      ),
      didYouMean: nearestName(actions.owner, Object.keys(people)),
    });
  return problems;
}

const isReview = (step: ReleaseFileStep): boolean => 'stage' in step && step.stage === 'review';
