import { requireInRange, type Sample } from '../statistics/error.ts';
import { disparityOf, type Disparity, type PairMethod } from './disparity.ts';
import { countGroups, type GroupCounts, type Groups } from './group.ts';
import { groupRate, rateNames, type GroupRate, type RateName, type SupportOptions } from './rate.ts';

export interface FairnessOptions extends SupportOptions {
  /** Of each pair's interval, and of the bounds of each difference as a whole; 0.95 unless told. */
  readonly confidence?: number;
  /** How a pair's interval is made, `newcombe` unless told. */
  readonly method?: PairMethod;
}

/** The worse of true and false positive rates: null when neither can be measured between two groups. */
export interface EqualizedOdds {
  readonly difference: number | null;
  readonly ratio: number | null;
  /** Bounds of the difference; both rates share the error between them. */
  readonly lower: number | null;
  readonly upper: number | null;
  readonly confidence: number;
}

export interface FairnessReport {
  readonly rows: number;
  /** Rows left out because their group is not known. */
  readonly unknownRows: number;
  readonly groups: readonly (GroupCounts & { readonly rates: Readonly<Record<RateName, GroupRate>> })[];
  /** Demographic parity is the disparity of `selectionRate`, equal opportunity that of `truePositiveRate`. */
  readonly disparities: Readonly<Record<RateName, Disparity>>;
  readonly demographicParity: Disparity;
  readonly equalOpportunity: Disparity;
  /** As fairlearn's `equalized_odds_difference` and `_ratio` with the worst case. */
  readonly equalizedOdds: EqualizedOdds;
}

/**
 * Rates by group and how far they differ, defined as fairlearn does: difference is the largest less the smallest rate,
 * ratio the smallest through the largest, equalised odds the worse of true and false positive rates. Unlike there, a rate over
 * too few rows is "not measurable" and its group is left out by name: an empty denominator looks maximally unfair otherwise, and
 * the largest less the smallest of many small groups is biased upwards. Pass `{ minimumRows: 0, minimumEvents: 0 }` for
 * fairlearn's numbers on groups that have support.
 *
 * `labels` and `predictions` are 0 or 1; `groups` one column, or several by name for their intersections.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `LENGTH_MISMATCH`, `NON_FINITE`, `OUT_OF_RANGE`
 */
export function fairness(
  labels: Sample,
  predictions: Sample,
  groups: Groups,
  options: FairnessOptions = {},
): FairnessReport {
  const { confidence = 0.95, method = 'newcombe' } = options;
  requireInRange(confidence, 'confidence', 1e-6, 1 - 1e-9);
  const { counts, unknownRows } = countGroups(labels, predictions, groups);
  const measured = counts.map((group) => ({
    ...group,
    rates: byRate((name) => groupRate(group, name, options, confidence)),
  }));
  const disparity = (name: RateName, level: number): Disparity =>
    disparityOf(
      name,
      measured.map(({ group, rates }) => [group, rates[name]] as const),
      level,
      method,
    );
  const disparities = byRate((name) => disparity(name, confidence));
  const half = 1 - (1 - confidence) / 2;
  return {
    rows: labels.length,
    unknownRows,
    groups: measured,
    disparities,
    demographicParity: disparities.selectionRate,
    equalOpportunity: disparities.truePositiveRate,
    equalizedOdds: {
      ...worse(disparity('truePositiveRate', half), disparity('falsePositiveRate', half)),
      confidence,
    },
  };
}

function byRate<T>(make: (name: RateName) => T): Record<RateName, T> {
  return Object.fromEntries(rateNames.map((name) => [name, make(name)])) as Record<RateName, T>;
}

/** Half a picture is none: when one of the rates cannot be measured, neither can the odds. */
function worse(a: Disparity, b: Disparity): Omit<EqualizedOdds, 'confidence'> {
  const both = (x: number | null, y: number | null, of: (x: number, y: number) => number): number | null =>
    x === null || y === null ? null : of(x, y);
  return {
    difference: both(a.difference, b.difference, Math.max),
    ratio: both(a.ratio, b.ratio, Math.min),
    lower: both(a.lower, b.lower, Math.max),
    upper: both(a.upper, b.upper, Math.max),
  };
}

export interface FairnessVerdict {
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /** One sentence with numbers. */
  readonly reason: string;
}

/**
 * Gates a difference on its bounds: `fail` when even the lower one exceeds the limit, `pass` when the upper one stays within it,
 * and `inconclusive` between, or when nothing could be measured. `limit` is a share, such as 0.1.
 *
 * @throws StatisticsError `OUT_OF_RANGE` for a limit outside 0 to 1
 */
export function judgeDifference(
  bounds: {
    readonly lower: number | null;
    readonly upper: number | null;
    readonly difference: number | null;
  },
  limit: number,
): FairnessVerdict {
  requireInRange(limit, 'limit', 0, 1);
  const { lower, upper, difference } = bounds;
  if (lower === null || upper === null || difference === null) {
    return { verdict: 'inconclusive', reason: 'Fewer than two groups can be measured.' };
  }
  const points = (share: number): string => `${(100 * share).toFixed(1)}`;
  const range = `The difference is ${points(difference)} points (between ${points(lower)} and ${points(upper)})`;
  if (lower > limit) return { verdict: 'fail', reason: `${range}, above the limit of ${points(limit)}.` };
  if (upper <= limit) return { verdict: 'pass', reason: `${range}, within the limit of ${points(limit)}.` };
  return { verdict: 'inconclusive', reason: `${range}, not yet told from the limit of ${points(limit)}.` };
}
