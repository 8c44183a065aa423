import { requireInRange, requireSameLength, type Sample } from '../statistics/error.ts';
import type { Interval } from '../statistics/proportion.ts';
import { midRanks } from '../statistics/sorting.ts';
import { normalCdf, normalQuantile } from '../statistics/special.ts';
import { requireBothClasses, requireScored, scoreTableOf } from './score-table.ts';

export interface AucComparison {
  /** AUC of the first model less that of the second. */
  readonly difference: Interval;
  readonly first: number;
  readonly second: number;
  /** Two-sided; 1 when the models rank all rows alike. */
  readonly pValue: number;
}

/** Each row's placement: the share of the other class that it beats (a positive), or that beats it (a negative). */
function placements(
  labels: Sample,
  scores: Sample,
): { auc: number; ofPositives: Float64Array; ofNegatives: Float64Array } {
  const all = Float64Array.from(scores);
  const byClass = (label: number): number[] =>
    Array.from(all, (_, i) => i).filter((i) => labels[i] === label);
  const positives = byClass(1);
  const negatives = byClass(0);
  const overall = midRanks(all).ranks;
  const within = (rows: number[]): Float64Array =>
    midRanks(Float64Array.from(rows, (row) => all[row]!)).ranks;
  const rankedPositives = within(positives);
  const rankedNegatives = within(negatives);
  const ofPositives = Float64Array.from(
    positives,
    (row, i) => (overall[row]! - rankedPositives[i]!) / negatives.length,
  );
  const ofNegatives = Float64Array.from(
    negatives,
    (row, i) => 1 - (overall[row]! - rankedNegatives[i]!) / positives.length,
  );
  return { auc: ofPositives.reduce((sum, p) => sum + p, 0) / positives.length, ofPositives, ofNegatives };
}

/** Variance of the mean difference of two lists of placements of the same rows. */
function varianceOfDifference(a: Float64Array, b: Float64Array, gap: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]! - gap) ** 2;
  return sum / (a.length - 1) / a.length;
}

/**
 * DeLong's test of two models' AUC on the same rows (DeLong, DeLong and Clarke-Pearson 1988; ranks as Sun and Xu 2014).
 * Needs at least two rows of each class.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `LENGTH_MISMATCH`, `NON_FINITE`, `OUT_OF_RANGE`, `DEGENERATE` with one class only
 */
export function compareAuc(labels: Sample, first: Sample, second: Sample, confidence = 0.95): AucComparison {
  requireScored(labels, first, 'first');
  requireScored(labels, second, 'second');
  requireSameLength(first, second, 'first', 'second');
  requireInRange(confidence, 'confidence', 1e-6, 1 - 1e-12);
  const { positives, negatives } = requireBothClasses(scoreTableOf(labels, first));
  requireInRange(Math.min(positives, negatives), 'rows of the rarer class', 2, Number.MAX_SAFE_INTEGER);
  const a = placements(labels, first);
  const b = placements(labels, second);
  const estimate = a.auc - b.auc;
  const variance =
    varianceOfDifference(a.ofPositives, b.ofPositives, estimate) +
    varianceOfDifference(a.ofNegatives, b.ofNegatives, estimate);
  const deviation = Math.sqrt(variance);
  const half = normalQuantile(1 - (1 - confidence) / 2) * deviation;
  const pValue = deviation === 0 ? (estimate === 0 ? 1 : 0) : 2 * normalCdf(-Math.abs(estimate) / deviation);
  return {
    difference: { estimate, lower: estimate - half, upper: estimate + half, confidence },
    first: a.auc,
    second: b.auc,
    pValue,
  };
}
