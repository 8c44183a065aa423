import { requireFiniteNumber, requireInRange, StatisticsError, type Sample } from '../statistics/error.ts';
import type { Interval } from '../statistics/proportion.ts';
import { normalQuantile } from '../statistics/special.ts';
import { confusionMetrics, type Confusion, type ConfusionMetrics } from './confusion.ts';
import { ExactSum } from './exact-sum.ts';
import { requireProbabilities, rowLogLoss } from './loss.ts';
import { averagePrecisionIntervalOfTable, rocAucIntervalOfTable } from './ranking.ts';
import { mergeScoreTables, scoreTableOf, type ScoreTable } from './score-table.ts';

/**
 * Everything that the metrics of labelled chances need from a shard of rows: plain JSON. Shards merge to the very bits of
 * the whole, in any order: counts are whole numbers and sums are exact (see `ExactSum`).
 */
export interface ClassificationSums {
  readonly schema: 1;
  /** A chance at or above this is a positive answer. */
  readonly threshold: number;
  readonly rows: number;
  readonly confusion: Confusion;
  /** Parts of the exact sums of loss and squared loss a row. */
  readonly logLoss: readonly number[];
  readonly logLossSquared: readonly number[];
  readonly brier: readonly number[];
  readonly brierSquared: readonly number[];
  /** Labels by distinct score: one entry a distinct score, so round scores first where rows are many. */
  readonly table: ScoreTable;
}

/**
 * The sums of one shard.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `LENGTH_MISMATCH`, `NON_FINITE`, `OUT_OF_RANGE`
 */
export function classificationSums(
  labels: Sample,
  probabilities: Sample,
  threshold = 0.5,
): ClassificationSums {
  requireProbabilities(labels, probabilities);
  requireFiniteNumber(threshold, 'threshold');
  const sums = {
    logLoss: new ExactSum(),
    logLossSquared: new ExactSum(),
    brier: new ExactSum(),
    brierSquared: new ExactSum(),
  };
  const confusion = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    const p = probabilities[i]!;
    const loss = rowLogLoss(label, p);
    const square = (p - label) ** 2;
    sums.logLoss.add(loss);
    sums.logLossSquared.add(loss * loss);
    sums.brier.add(square);
    sums.brierSquared.add(square * square);
    if (p >= threshold) confusion[label === 1 ? 'truePositives' : 'falsePositives']++;
    else confusion[label === 1 ? 'falseNegatives' : 'trueNegatives']++;
  }
  return {
    schema: 1,
    threshold,
    rows: labels.length,
    confusion,
    logLoss: sums.logLoss.toJSON(),
    logLossSquared: sums.logLossSquared.toJSON(),
    brier: sums.brier.toJSON(),
    brierSquared: sums.brierSquared.toJSON(),
    table: scoreTableOf(labels, probabilities),
  };
}

/** Two exact sums as one. */
function plus(a: readonly number[], b: readonly number[]): number[] {
  const sum = new ExactSum(a);
  sum.merge(new ExactSum(b));
  return sum.toJSON();
}

/**
 * The sums of two shards with different rows as those of both.
 *
 * @throws StatisticsError `LENGTH_MISMATCH` when their thresholds differ
 */
export function mergeClassificationSums(a: ClassificationSums, b: ClassificationSums): ClassificationSums {
  if (a.threshold !== b.threshold) {
    throw new StatisticsError(
      'LENGTH_MISMATCH',
      'b',
      `The shards were counted at thresholds ${a.threshold} and ${b.threshold}. Count both at one threshold.`,
    );
  }
  return {
    schema: 1,
    threshold: a.threshold,
    rows: a.rows + b.rows,
    confusion: {
      truePositives: a.confusion.truePositives + b.confusion.truePositives,
      falsePositives: a.confusion.falsePositives + b.confusion.falsePositives,
      falseNegatives: a.confusion.falseNegatives + b.confusion.falseNegatives,
      trueNegatives: a.confusion.trueNegatives + b.confusion.trueNegatives,
    },
    logLoss: plus(a.logLoss, b.logLoss),
    logLossSquared: plus(a.logLossSquared, b.logLossSquared),
    brier: plus(a.brier, b.brier),
    brierSquared: plus(a.brierSquared, b.brierSquared),
    table: mergeScoreTables(a.table, b.table),
  };
}

/** Metrics with intervals; null where a metric is not measurable (one class only, an empty denominator). */
export interface ClassificationMetrics extends ConfusionMetrics {
  readonly rows: number;
  readonly positives: number;
  readonly rocAuc: Interval | null;
  readonly averagePrecision: Interval | null;
  readonly logLoss: Interval;
  readonly brier: Interval;
  readonly confusion: Confusion;
}

/**
 * The metrics of merged sums. AUC with DeLong's interval, average precision with a logit interval, log-loss and Brier
 * with the normal interval of a mean, the others as `confusionMetrics`.
 */
export function classificationMetrics(sums: ClassificationSums, confidence = 0.95): ClassificationMetrics {
  requireInRange(sums.rows, 'rows', 1, Number.MAX_SAFE_INTEGER);
  requireInRange(confidence, 'confidence', 1e-6, 1 - 1e-12);
  const { confusion, rows } = sums;
  const positives = confusion.truePositives + confusion.falseNegatives;
  const ranked = positives > 0 && positives < rows;
  return {
    rows,
    positives,
    rocAuc: ranked ? rocAucIntervalOfTable(sums.table, confidence) : null,
    averagePrecision: positives > 0 ? averagePrecisionIntervalOfTable(sums.table, confidence) : null,
    logLoss: meanInterval(rows, sums.logLoss, sums.logLossSquared, confidence),
    brier: meanInterval(rows, sums.brier, sums.brierSquared, confidence),
    confusion,
    ...confusionMetrics(confusion, confidence),
  };
}

/** Normal interval of a mean that is never negative, from exact sums of values and squares. */
export function meanInterval(
  rows: number,
  sumParts: readonly number[],
  squareParts: readonly number[],
  confidence: number,
): Interval {
  const mean = new ExactSum(sumParts).value() / rows;
  // One row has no variance to measure: the interval is open to all that is possible.
  if (rows < 2) return { estimate: mean, lower: 0, upper: Number.MAX_VALUE, confidence };
  const variance = Math.max(
    0,
    (new ExactSum(squareParts).value() / rows - mean * mean) * (rows / (rows - 1)),
  );
  const half = normalQuantile(1 - (1 - confidence) / 2) * Math.sqrt(variance / rows);
  return { estimate: mean, lower: Math.max(0, mean - half), upper: mean + half, confidence };
}

/** Sums by slice: rows that share a value of `slices`. Slices sorted by name. */
export function classificationSumsBySlice(
  labels: Sample,
  probabilities: Sample,
  slices: ArrayLike<string>,
  threshold = 0.5,
): Map<string, ClassificationSums> {
  requireProbabilities(labels, probabilities);
  if (slices.length !== labels.length) {
    throw new StatisticsError(
      'LENGTH_MISMATCH',
      'slices',
      `labels has ${labels.length} rows and slices has ${slices.length}. Pass one value a row in both.`,
    );
  }
  const rows = new Map<string, number[]>();
  for (let i = 0; i < slices.length; i++) {
    const list = rows.get(slices[i]!);
    if (list === undefined) rows.set(slices[i]!, [i]);
    else list.push(i);
  }
  return new Map(
    [...rows]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([slice, positions]) => [
        slice,
        classificationSums(
          positions.map((row) => labels[row]!),
          positions.map((row) => probabilities[row]!),
          threshold,
        ),
      ]),
  );
}
