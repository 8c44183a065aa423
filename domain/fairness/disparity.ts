import { chiSquareTwoSample } from '../statistics/contingency.ts';
import { StatisticsError } from '../statistics/error.ts';
import { benjaminiHochberg } from '../statistics/multiple.ts';
import { miettinenNurminenInterval, newcombeInterval, type Interval } from '../statistics/proportion.ts';
import type { GroupRate, RateName } from './rate.ts';

/** Two groups' rates, the difference (first less second) with its interval, and its significance. */
export interface PairDifference extends Interval {
  readonly first: string;
  readonly second: string;
  /** Chi-square test of equal rates. */
  readonly pValue: number;
  /** Benjamini-Hochberg over the pairs of this rate. */
  readonly adjustedPValue: number;
}

/** How unequal a rate is between groups. `null` where fewer than two groups can be measured. */
export interface Disparity {
  readonly rate: RateName;
  /** Largest less smallest rate over measurable groups, as fairlearn's difference. */
  readonly difference: number | null;
  /** Smallest through largest rate, as fairlearn's ratio; null too when every rate is 0. */
  readonly ratio: number | null;
  readonly lowestGroup: string | null;
  readonly highestGroup: string | null;
  /**
   * Where the true difference lies: from the largest lower to the largest upper bound over all pairs, at Bonferroni's level, so
   * that choosing the worst pair afterwards costs nothing. Gate on these.
   */
  readonly lower: number | null;
  readonly upper: number | null;
  readonly confidence: number;
  readonly pairs: readonly PairDifference[];
  /** Groups left out, and why. */
  readonly notMeasurable: readonly { readonly group: string; readonly reason: string }[];
}

export type PairMethod = 'newcombe' | 'miettinen-nurminen';

/** More groups make tens of thousands of pairs, of which none can be read. */
const MOST_GROUPS = 200;

export function disparityOf(
  rate: RateName,
  rates: readonly (readonly [group: string, rate: GroupRate])[],
  confidence: number,
  method: PairMethod,
): Disparity {
  const measured: [string, Extract<GroupRate, { measurable: true }>][] = [];
  const notMeasurable: { group: string; reason: string }[] = [];
  for (const [group, one] of rates) {
    if (one.measurable) measured.push([group, one]);
    else notMeasurable.push({ group, reason: one.reason });
  }
  if (measured.length > MOST_GROUPS) {
    throw new StatisticsError(
      'OUT_OF_RANGE',
      'groups',
      `${measured.length} groups can be measured, at most ${MOST_GROUPS} compared. Make the groups coarser.`,
    );
  }
  if (measured.length < 2) {
    const none = {
      difference: null,
      ratio: null,
      lowestGroup: null,
      highestGroup: null,
      lower: null,
      upper: null,
    };
    return { rate, ...none, confidence, pairs: [], notMeasurable };
  }
  const intervalOf = method === 'newcombe' ? newcombeInterval : miettinenNurminenInterval;
  const pairCount = (measured.length * (measured.length - 1)) / 2;
  const jointConfidence = 1 - (1 - confidence) / pairCount;
  const pairs: Omit<PairDifference, 'adjustedPValue'>[] = [];
  let lower = 0;
  let upper = 0;
  for (let i = 0; i < measured.length; i++) {
    for (let j = i + 1; j < measured.length; j++) {
      const [first, a] = measured[i]!;
      const [second, b] = measured[j]!;
      const interval = intervalOf(a.hits, a.of, b.hits, b.of, confidence);
      const joint = pairCount === 1 ? interval : intervalOf(a.hits, a.of, b.hits, b.of, jointConfidence);
      lower = Math.max(lower, joint.lower, -joint.upper);
      upper = Math.max(upper, joint.upper, -joint.lower);
      const pValue = chiSquareTwoSample([a.hits, a.of - a.hits], [b.hits, b.of - b.hits]).pValue;
      pairs.push({ first, second, ...interval, pValue });
    }
  }
  const adjusted = benjaminiHochberg(pairs.map(({ pValue }) => pValue));
  const byRate = [...measured].sort(([, a], [, b]) => a.estimate - b.estimate);
  const [lowestGroup, lowest] = byRate[0]!;
  const [highestGroup, highest] = byRate[byRate.length - 1]!;
  return {
    rate,
    difference: highest.estimate - lowest.estimate,
    ratio: highest.estimate === 0 ? null : lowest.estimate / highest.estimate,
    lowestGroup,
    highestGroup,
    lower,
    upper,
    confidence,
    pairs: pairs.map((pair, i) => ({ ...pair, adjustedPValue: adjusted[i]! })),
    notMeasurable,
  };
}
