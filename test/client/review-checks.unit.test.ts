// Proves that lint tells of a review that has nothing to look at, that nobody would sign, or whose findings nobody would own, and that
// a release file needs only to name it.
import { expect, test } from 'vitest';
import { checkReview } from '../../client/review-checks.ts';
import { reviewOf } from '../../client/review-spec.ts';
import { stepOf } from '../../client/plan-steps.ts';
import { releaseFile, type ReleaseFileStep } from '../../contracts/schemas/release-file.ts';
import { reviewParameters } from '../../contracts/schemas/review.ts';

const people = { owner: ['olga'], business: ['bea'] };
const production = { stage: 'production' };
const signed = { gate: 'review', requires: { owner: 1 } };

function parsed(steps: readonly object[]): readonly ReleaseFileStep[] {
  const file = releaseFile.parse({
    apiVersion: 'seatrial/v1',
    kind: 'Release',
    metadata: { model: 'm', version: 'v1' },
    spec: {
      requester: 'rita',
      people,
      artifact: { path: 'model.onnx' },
      serving: { fallback: { score: 0.2 } },
      steps,
    },
  });
  return file.spec.steps;
}

const saidOf = (...given: readonly object[]): string[] => {
  const steps = parsed(given);
  return steps.flatMap((_, index) => checkReview(steps, index, [], people)).map(({ what }) => what);
};

test('a review that follows production and is signed needs nothing more', () => {
  expect(saidOf(production, { stage: 'review' }, signed)).toEqual([]);
  expect(stepOf(parsed([production, { stage: 'review' }, signed])[1]!)).toMatchObject({
    review: {
      soak: { seconds: 604_800, labelled: 1000, eventSeconds: 0, atMostSeconds: 2_592_000 },
      actions: { owner: 'owner', dueSeconds: 1_209_600 },
    },
  });
  expect(reviewOf().soak.labelled).toBe(1000);
  expect(reviewParameters.parse({}).quality.auc).toBe(0.05);
});

test.each<[string, readonly object[], RegExp]>([
  ['before production', [{ stage: 'review' }, production, signed], /nothing serves yet/],
  ['without a gate', [production, { stage: 'review' }], /nobody signs/],
  ['before another stage', [production, { stage: 'review' }, { stage: 'governance' }, signed], /comes after/],
  [
    'whose owner is nobody',
    [production, { stage: 'review', review: { actions: { owner: 'ceo' } } }, signed],
    /nobody holds the role ceo/,
  ],
  [
    'whose soak cannot end',
    [production, { stage: 'review', review: { soak: { time: '9d', atMost: '8d' } } }, signed],
    /lasts 777600 s and may last 691200 s/,
  ],
  [
    'that silence would sign',
    [production, { stage: 'review' }, { ...signed, onTimeout: 'approve' }],
    /silence signs nothing/,
  ],
  ['whose fields are at another stage', [{ stage: 'intake', review: {} }, production], /is no review/],
])('one %s is an error', (_, steps, said) => {
  expect(saidOf(...steps)).toEqual(expect.arrayContaining([expect.stringMatching(said)]));
});
