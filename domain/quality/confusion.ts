import {
  requireBinary,
  requireInRange,
  requireNonEmpty,
  requireSameLength,
  type Sample,
} from '../statistics/error.ts';
import { wilsonInterval, type Interval } from '../statistics/proportion.ts';

/** Rows by truth and answer. */
export interface Confusion {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/**
 * Counts 0/1 labels against 0/1 predictions.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `LENGTH_MISMATCH`, `NON_FINITE`, `OUT_OF_RANGE` for anything but 0 and 1
 */
export function confusionOf(labels: Sample, predictions: Sample): Confusion {
  requireNonEmpty(labels, 'labels');
  requireSameLength(labels, predictions, 'labels', 'predictions');
  requireBinary(labels, 'labels');
  requireBinary(predictions, 'predictions');
  let [truePositives, falsePositives, falseNegatives, trueNegatives] = [0, 0, 0, 0];
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 1) {
      if (predictions[i] === 1) truePositives++;
      else falseNegatives++;
    } else if (predictions[i] === 1) falsePositives++;
    else trueNegatives++;
  }
  return { truePositives, falsePositives, falseNegatives, trueNegatives };
}

/** Metrics of a confusion matrix, each with an interval; null where its denominator is 0 ("not measurable", never 0). */
export interface ConfusionMetrics {
  readonly accuracy: Interval | null;
  readonly precision: Interval | null;
  readonly recall: Interval | null;
  readonly specificity: Interval | null;
  readonly f1: Interval | null;
}

/**
 * Accuracy, precision, recall and specificity with Wilson's interval; F1 = 2 J / (1 + J), where J is the share of true
 * positives among rows that are positive in truth or answer, and its interval is J's, transformed. Values as
 * scikit-learn's, save that an empty denominator gives null, not 0.
 */
export function confusionMetrics(confusion: Confusion, confidence = 0.95): ConfusionMetrics {
  const { truePositives: tp, falsePositives: fp, falseNegatives: fn, trueNegatives: tn } = confusion;
  for (const [name, count] of Object.entries(confusion)) {
    requireInRange(count as number, name, 0, Number.MAX_SAFE_INTEGER);
  }
  const share = (hits: number, of: number): Interval | null =>
    of === 0 ? null : wilsonInterval(hits, of, confidence);
  const jaccard = share(tp, tp + fp + fn);
  const toF1 = (j: number): number => (2 * j) / (1 + j);
  return {
    accuracy: share(tp + tn, tp + fp + fn + tn),
    precision: share(tp, tp + fp),
    recall: share(tp, tp + fn),
    specificity: share(tn, tn + fp),
    f1: jaccard && {
      estimate: (2 * tp) / (2 * tp + fp + fn),
      lower: toF1(jaccard.lower),
      upper: toF1(jaccard.upper),
      confidence,
    },
  };
}
