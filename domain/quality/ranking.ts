import type { Interval } from '../statistics/proportion.ts';
import { requireInRange, StatisticsError, type Sample } from '../statistics/error.ts';
import { normalQuantile } from '../statistics/special.ts';
import { classTotals, requireBothClasses, scoreTableOf, type ScoreTable } from './score-table.ts';

/**
 * Area under the ROC curve: the chance that a random positive scores above a random negative, ties half. As
 * scikit-learn's `roc_auc_score`.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `LENGTH_MISMATCH`, `NON_FINITE`, `OUT_OF_RANGE`, `DEGENERATE` with one class only
 */
export function rocAuc(labels: Sample, scores: Sample): number {
  return rocAucOfTable(scoreTableOf(labels, scores));
}

/** {@link rocAuc} of a score table. */
export function rocAucOfTable(table: ScoreTable): number {
  const { positives, negatives } = requireBothClasses(table);
  // Twice the number of pairs in the right order: whole numbers, exact below 2^53.
  let twice = 0;
  let below = 0;
  for (let i = 0; i < table.scores.length; i++) {
    twice += table.positives[i]! * (2 * below + table.negatives[i]!);
    below += table.negatives[i]!;
  }
  return twice / (2 * positives * negatives);
}

/**
 * Average precision: the area under the precision-recall curve by steps, one step a distinct score, without
 * interpolation. As scikit-learn's `average_precision_score`.
 *
 * @throws StatisticsError as {@link rocAuc}; `DEGENERATE` without positives
 */
export function averagePrecision(labels: Sample, scores: Sample): number {
  return averagePrecisionOfTable(scoreTableOf(labels, scores));
}

/** {@link averagePrecision} of a score table. */
export function averagePrecisionOfTable(table: ScoreTable): number {
  const { positives } = classTotals(table);
  if (positives === 0) {
    throw new StatisticsError(
      'DEGENERATE',
      'labels',
      'labels hold no positive (1) row. Wait until one has come.',
    );
  }
  let taken = 0;
  let hits = 0;
  let sum = 0;
  for (let i = table.scores.length - 1; i >= 0; i--) {
    hits += table.positives[i]!;
    taken += table.positives[i]! + table.negatives[i]!;
    sum += (table.positives[i]! / positives) * (hits / taken);
  }
  return Math.min(1, sum);
}

/**
 * DeLong's interval for the AUC (1988), from placements: normal, cut to 0 and 1. With one row of a class its variance
 * is unknown: the interval is 0 to 1.
 *
 * @throws StatisticsError as {@link rocAuc}
 */
export function rocAucInterval(labels: Sample, scores: Sample, confidence = 0.95): Interval {
  return rocAucIntervalOfTable(scoreTableOf(labels, scores), confidence);
}

/** {@link rocAucInterval} of a score table. */
export function rocAucIntervalOfTable(table: ScoreTable, confidence = 0.95): Interval {
  requireInRange(confidence, 'confidence', 1e-6, 1 - 1e-12);
  const { positives, negatives } = requireBothClasses(table);
  const auc = rocAucOfTable(table);
  if (positives < 2 || negatives < 2) return { estimate: auc, lower: 0, upper: 1, confidence };
  let ofPositives = 0;
  let ofNegatives = 0;
  let negativesBelow = 0;
  let positivesBelow = 0;
  for (let i = 0; i < table.scores.length; i++) {
    const p = table.positives[i]!;
    const n = table.negatives[i]!;
    // Share of the other class that this score beats (or, for a negative, that beats it).
    ofPositives += p * ((negativesBelow + n / 2) / negatives - auc) ** 2;
    positivesBelow += p;
    ofNegatives += n * ((positives - positivesBelow + p / 2) / positives - auc) ** 2;
    negativesBelow += n;
  }
  const variance = ofPositives / (positives - 1) / positives + ofNegatives / (negatives - 1) / negatives;
  const half = normalQuantile(1 - (1 - confidence) / 2) * Math.sqrt(variance);
  return { estimate: auc, lower: Math.max(0, auc - half), upper: Math.min(1, auc + half), confidence };
}

/**
 * Interval for average precision, with the variance of the infinitesimal jackknife (each row's influence on the area, in
 * closed form), on the logit scale, which stays within 0 and 1. (The binomial formula of Boyd, Eng and Page 2013 covers
 * 90 % where it states 95 %.) With one positive row the variance is unknown: 0 to 1. At exactly 1 the logit has no
 * width; the interval then reaches down to 1 + ln(1 - confidence) / positives, the rule of three.
 *
 * @throws StatisticsError as {@link averagePrecision}
 */
export function averagePrecisionInterval(labels: Sample, scores: Sample, confidence = 0.95): Interval {
  return averagePrecisionIntervalOfTable(scoreTableOf(labels, scores), confidence);
}

/** {@link averagePrecisionInterval} of a score table. */
export function averagePrecisionIntervalOfTable(table: ScoreTable, confidence = 0.95): Interval {
  requireInRange(confidence, 'confidence', 1e-6, 1 - 1e-12);
  const estimate = averagePrecisionOfTable(table);
  const { positives } = classTotals(table);
  if (estimate === 1) {
    const lower = Math.max(0, 1 + Math.log(1 - confidence) / positives);
    return { estimate, lower, upper: 1, confidence };
  }
  if (positives === 1) return { estimate, lower: 0, upper: 1, confidence };
  const deviation = Math.sqrt(averagePrecisionVariance(table, positives, estimate));
  const centre = Math.log(estimate / (1 - estimate));
  const half = (normalQuantile(1 - (1 - confidence) / 2) * deviation) / (estimate * (1 - estimate));
  const back = (x: number): number => 1 / (1 + Math.exp(-x));
  return { estimate, lower: back(centre - half), upper: back(centre + half), confidence };
}

/**
 * Sum of squared influences. A row with score s and label y moves the area by
 * (y (precision(s) - area) + sum over positives i with score <= s of (y / N_i - T_i / N_i^2)) / positives, where
 * N_i rows and T_i positives score at least as high as i.
 */
function averagePrecisionVariance(table: ScoreTable, positives: number, area: number): number {
  let rowsAbove = 0;
  let hitsAbove = positives;
  for (let i = 0; i < table.scores.length; i++) rowsAbove += table.positives[i]! + table.negatives[i]!;
  let perRow = 0;
  let perHit = 0;
  let sum = 0;
  for (let i = 0; i < table.scores.length; i++) {
    const p = table.positives[i]!;
    const n = table.negatives[i]!;
    perRow += p / rowsAbove;
    perHit += (p * hitsAbove) / (rowsAbove * rowsAbove);
    sum += p * (hitsAbove / rowsAbove - area + perRow - perHit) ** 2 + n * perHit ** 2;
    rowsAbove -= p + n;
    hitsAbove -= p;
  }
  return sum / (positives * positives);
}
