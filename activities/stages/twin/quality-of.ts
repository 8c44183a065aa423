import type { QualityFloor } from '../../../contracts/schemas/synthetic.ts';
import type { Bounded, Floor } from '../../../domain/synthetic/index.ts';
import { classificationMetrics, classificationSums } from '../../../domain/quality/index.ts';

/** The chosen quality of scored rows with its 95 % bounds; null where it cannot be measured: one class has no AUC. */
export function qualityOf(
  { metric }: QualityFloor,
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
): Bounded | null {
  if (labels.length === 0) return null;
  const { rocAuc, logLoss } = classificationMetrics(classificationSums(labels, scores));
  const found = metric === 'auc' ? rocAuc : logLoss;
  if (found === null) return null;
  const { estimate, lower, upper } = found;
  return { estimate, lower, upper };
}

export const unitOf = ({ metric }: QualityFloor): string => (metric === 'auc' ? '1' : 'nats');

export const floorOf = ({ metric, floor }: QualityFloor): Floor => ({
  limit: floor,
  better: metric === 'auc' ? 'higher' : 'lower',
});

/** What an answer that is always the share of positives reaches: an AUC of one half, and the labels' entropy in nats. */
export function constantAnswer({ metric }: QualityFloor, labels: ArrayLike<number>): number {
  if (metric === 'auc') return 0.5;
  let positives = 0;
  for (let i = 0; i < labels.length; i++) positives += labels[i]!;
  const share = positives / labels.length;
  const term = (p: number): number => (p > 0 ? -p * Math.log(p) : 0);
  return term(share) + term(1 - share);
}
