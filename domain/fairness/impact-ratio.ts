import type { FairnessReport } from './fairness.ts';

/** Which of the two answers is the good one for whom it is about: a loan that is granted, a risk that is not seen. */
export type Favourable = 'positive' | 'negative';

/**
 * Adverse impact ratio: the smallest share of a group that gets the favourable answer, through the largest. 29 CFR 1607.4(D), the
 * four-fifths rule, takes less than 0.8 as evidence of adverse impact. Null with fewer than two groups that can be measured, or
 * when no group gets the favourable answer at all.
 */
export function adverseImpactRatio(
  { groups }: Pick<FairnessReport, 'groups'>,
  favourable: Favourable,
): number | null {
  const shares = groups.flatMap(({ rates: { selectionRate } }) => {
    if (!selectionRate.measurable) return [];
    return [favourable === 'positive' ? selectionRate.estimate : 1 - selectionRate.estimate];
  });
  const highest = Math.max(...shares);
  return shares.length < 2 || !(highest > 0) ? null : Math.min(...shares) / highest;
}
