import { ratioBounds } from '../statistics/proportion.ts';
import type { FairnessReport } from './fairness.ts';

/** Which of the two answers is the good one for whom it is about: a loan that is granted, a risk that is not seen. */
export type Favourable = 'positive' | 'negative';

export interface ImpactRatio {
  readonly ratio: number;
  /** Where the true ratio lies, at most 1. */
  readonly lower: number;
  readonly upper: number;
  readonly lowestGroup: string;
  readonly highestGroup: string;
}

/**
 * Adverse impact ratio: the smallest share of a group that gets the favourable answer, through the largest. 29 CFR 1607.4(D), the
 * four-fifths rule, takes less than 0.8 as evidence of adverse impact. Its bounds are the smallest ones over all pairs of groups, by
 * Miettinen and Nurminen at Bonferroni's level, so that choosing the worst pair afterwards costs nothing. Null with fewer than two
 * groups that can be measured, or when no group gets the favourable answer at all.
 */
export function adverseImpactRatio(
  { groups }: Pick<FairnessReport, 'groups'>,
  favourable: Favourable,
  confidence = 0.95,
): ImpactRatio | null {
  const shares = groups.flatMap(({ group, rates: { selectionRate: rate } }) => {
    if (!rate.measurable) return [];
    const hits = favourable === 'positive' ? rate.hits : rate.of - rate.hits;
    return [{ group, hits, of: rate.of, share: hits / rate.of }];
  });
  const [lowest, ...others] = [...shares].sort((a, b) => a.share - b.share);
  const highest = others.at(-1);
  if (lowest === undefined || highest === undefined || highest.share === 0) return null;
  const joint = 1 - (1 - confidence) / ((shares.length * (shares.length - 1)) / 2);
  let [lower, upper] = [1, 1];
  for (const [index, first] of shares.entries()) {
    for (const second of shares.slice(index + 1)) {
      const bounds = ratioBounds(first.hits, first.of, second.hits, second.of, joint);
      lower = Math.min(lower, bounds.lower, 1 / bounds.upper);
      upper = Math.min(upper, bounds.upper, 1 / bounds.lower);
    }
  }
  const ratio = lowest.share / highest.share;
  return { ratio, lower, upper, lowestGroup: lowest.group, highestGroup: highest.group };
}
