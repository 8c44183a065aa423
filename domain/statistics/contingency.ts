import {
  requireAllInRange,
  requireNonEmpty,
  requireSameLength,
  StatisticsError,
  type Sample,
} from './error.ts';
import { chiSquareSurvival } from './special.ts';

export interface ChiSquareResult {
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  readonly pValue: number;
  /** Cramér's V, 0 to 1: the effect size. */
  readonly cramersV: number;
  /** Smallest expected count over the table; below 5 the p-value is rough. */
  readonly smallestExpected: number;
}

/**
 * Pearson's chi-square test that two lists of counts over the same cells come from one distribution. Cells that are
 * empty on both sides are left out. As scipy's `chi2_contingency(table, correction=False)`; with
 * `continuity: true`, Yates' correction on a 2 x 2 table, as `correction=True`. One cell left gives statistic 0, p 1.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `LENGTH_MISMATCH`, `NON_FINITE`, `OUT_OF_RANGE` for a negative count,
 *   `DEGENERATE` when a side has no rows
 */
export function chiSquareTwoSample(
  referenceCounts: Sample,
  currentCounts: Sample,
  options: { readonly continuity?: boolean } = {},
): ChiSquareResult {
  requireNonEmpty(referenceCounts, 'referenceCounts');
  requireSameLength(referenceCounts, currentCounts, 'referenceCounts', 'currentCounts');
  requireAllInRange(referenceCounts, 'referenceCounts', 0, 2 ** 53);
  requireAllInRange(currentCounts, 'currentCounts', 0, 2 ** 53);
  const n = total(referenceCounts, 'referenceCounts');
  const m = total(currentCounts, 'currentCounts');
  let statistic = 0;
  let cells = 0;
  let smallestExpected = Infinity;
  for (let i = 0; i < referenceCounts.length; i++) if (referenceCounts[i]! + currentCounts[i]! > 0) cells++;
  const correct = options.continuity === true && cells === 2;
  for (let i = 0; i < referenceCounts.length; i++) {
    const both = referenceCounts[i]! + currentCounts[i]!;
    if (both === 0) continue;
    const expected = both * (n / (n + m));
    const other = both * (m / (n + m));
    smallestExpected = Math.min(smallestExpected, expected, other);
    // Both rows of a column are off by the same amount.
    const gap = Math.abs(referenceCounts[i]! - expected);
    const square = (correct ? gap - Math.min(0.5, gap) : gap) ** 2;
    statistic += square / expected + square / other;
  }
  const degreesOfFreedom = cells - 1;
  return {
    statistic: degreesOfFreedom === 0 ? 0 : statistic,
    degreesOfFreedom,
    pValue: degreesOfFreedom === 0 ? 1 : chiSquareSurvival(statistic, degreesOfFreedom),
    cramersV: degreesOfFreedom === 0 ? 0 : Math.min(1, Math.sqrt(statistic / (n + m))),
    smallestExpected,
  };
}

function total(counts: Sample, name: string): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i]!;
  if (sum === 0)
    throw new StatisticsError('DEGENERATE', name, `${name} is 0 in every cell. Pass at least one row.`);
  return sum;
}

/** Counts of each category over the union of both lists, categories sorted by code unit. */
export function countCategories(
  reference: ArrayLike<string>,
  current: ArrayLike<string>,
): { categories: string[]; reference: number[]; current: number[] } {
  const left = tally(reference);
  const right = tally(current);
  const categories = [...new Set([...left.keys(), ...right.keys()])].sort();
  return {
    categories,
    reference: categories.map((category) => left.get(category) ?? 0),
    current: categories.map((category) => right.get(category) ?? 0),
  };
}

function tally(values: ArrayLike<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}
