import { requireAllInRange, type Sample } from '../statistics/error.ts';
import { ExactSum } from './exact-sum.ts';
import { requireScored } from './score-table.ts';

/** The smallest chance that log-loss takes at its word, 2^-52: scikit-learn's limit for doubles. */
export const LOG_LOSS_CLIP = 2.220446049250313e-16;

/** Loss of one row: -ln of the chance given to what happened, chances clipped to 2^-52 .. 1 - 2^-52. */
export function rowLogLoss(label: number, probability: number): number {
  const p = Math.min(1 - LOG_LOSS_CLIP, Math.max(LOG_LOSS_CLIP, probability));
  return label === 1 ? -Math.log(p) : -Math.log(1 - p);
}

/** Checks 0/1 labels and chances from 0 to 1 of the same rows. */
export function requireProbabilities(labels: Sample, probabilities: Sample): void {
  requireScored(labels, probabilities, 'probabilities');
  requireAllInRange(probabilities, 'probabilities', 0, 1);
}

/**
 * Mean log-loss in nats, as scikit-learn's `log_loss`. Defined with one class too.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `LENGTH_MISMATCH`, `NON_FINITE`, `OUT_OF_RANGE`
 */
export function logLoss(labels: Sample, probabilities: Sample): number {
  requireProbabilities(labels, probabilities);
  const sum = new ExactSum();
  for (let i = 0; i < labels.length; i++) sum.add(rowLogLoss(labels[i]!, probabilities[i]!));
  return sum.value() / labels.length;
}

/**
 * Brier score: mean squared difference of chance and outcome, as scikit-learn's `brier_score_loss`.
 *
 * @throws StatisticsError as {@link logLoss}
 */
export function brier(labels: Sample, probabilities: Sample): number {
  requireProbabilities(labels, probabilities);
  const sum = new ExactSum();
  for (let i = 0; i < labels.length; i++) sum.add((probabilities[i]! - labels[i]!) ** 2);
  return sum.value() / labels.length;
}
