import { chiSquareTwoSample } from '../statistics/contingency.ts';
import { StatisticsError } from '../statistics/error.ts';
import { benjaminiHochberg } from '../statistics/multiple.ts';
import { miettinenNurminenInterval, newcombeInterval, type Interval } from '../statistics/proportion.ts';
import type { GroupRate, RateName } from './rate.ts';

/** Two groups' rates, the difference (first less second) with its interval, and its significance. */
export interface PairDifference extends Interval {
  readonly first: string;
  readonly second: string;
  /** Of equal values: a chi-square test for rates, Welch's for means. */
  readonly pValue: number;
  /** Benjamini-Hochberg over the pairs of this measure. */
  readonly adjustedPValue: number;
}

/** How unequal a measure is between groups. `null` where fewer than two groups can be measured. */
export interface Gap {
  /** Largest less smallest value over measurable groups, as fairlearn's difference. */
  readonly difference: number | null;
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

/** A gap between rates. */
export interface Disparity extends Gap {
  readonly rate: RateName;
  /** Smallest through largest rate, as fairlearn's ratio; null too when every rate is 0. */
  readonly ratio: number | null;
}

export type PairMethod = 'newcombe' | 'miettinen-nurminen';

/** More groups make tens of thousands of pairs, of which none can be read. */
const MOST_GROUPS = 200;

/** A group's value, or why there is none. */
export type Measured = { readonly estimate: number } & { readonly measurable: true };
export type Unmeasured = { readonly measurable: false; readonly reason: string };

/** How two groups of a measure are held against each other. */
export interface Comparison<M> {
  interval(a: M, b: M, confidence: number): Interval;
  pValue(a: M, b: M): number;
}

/** Every pair of groups that can be measured, and the bounds of the widest gap. */
export function gapBetween<M extends Measured>(
  values: readonly (readonly [group: string, value: M | Unmeasured])[],
  confidence: number,
  compare: Comparison<M>,
): Gap {
  const measured: [string, M][] = [];
  const notMeasurable: { group: string; reason: string }[] = [];
  for (const [group, one] of values) {
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
    const none = { difference: null, lowestGroup: null, highestGroup: null, lower: null, upper: null };
    return { ...none, confidence, pairs: [], notMeasurable };
  }
  const pairCount = (measured.length * (measured.length - 1)) / 2;
  const jointConfidence = 1 - (1 - confidence) / pairCount;
  const pairs: Omit<PairDifference, 'adjustedPValue'>[] = [];
  let lower = 0;
  let upper = 0;
  for (let i = 0; i < measured.length; i++) {
    for (let j = i + 1; j < measured.length; j++) {
      const [first, a] = measured[i]!;
      const [second, b] = measured[j]!;
      const interval = compare.interval(a, b, confidence);
      const joint = pairCount === 1 ? interval : compare.interval(a, b, jointConfidence);
      lower = Math.max(lower, joint.lower, -joint.upper);
      upper = Math.max(upper, joint.upper, -joint.lower);
      pairs.push({ first, second, ...interval, pValue: compare.pValue(a, b) });
    }
  }
  const adjusted = benjaminiHochberg(pairs.map(({ pValue }) => pValue));
  const byValue = [...measured].sort(([, a], [, b]) => a.estimate - b.estimate);
  const [lowestGroup, lowest] = byValue[0]!;
  const [highestGroup, highest] = byValue[byValue.length - 1]!;
  return {
    difference: highest.estimate - lowest.estimate,
    lowestGroup,
    highestGroup,
    lower,
    upper,
    confidence,
    pairs: pairs.map((pair, i) => ({ ...pair, adjustedPValue: adjusted[i]! })),
    notMeasurable,
  };
}

type MeasuredRate = Extract<GroupRate, { measurable: true }>;

export function disparityOf(
  rate: RateName,
  rates: readonly (readonly [group: string, rate: GroupRate])[],
  confidence: number,
  method: PairMethod,
): Disparity {
  const intervalOf = method === 'newcombe' ? newcombeInterval : miettinenNurminenInterval;
  const gap = gapBetween<MeasuredRate>(rates, confidence, {
    interval: (a, b, level) => intervalOf(a.hits, a.of, b.hits, b.of, level),
    pValue: (a, b) => chiSquareTwoSample([a.hits, a.of - a.hits], [b.hits, b.of - b.hits]).pValue,
  });
  const estimates = rates.flatMap(([, one]) => (one.measurable ? [one.estimate] : []));
  const highest = Math.max(...estimates);
  return {
    rate,
    ...gap,
    ratio: gap.difference === null || highest === 0 ? null : Math.min(...estimates) / highest,
  };
}
