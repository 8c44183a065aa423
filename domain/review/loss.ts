import type { Metric } from '../../contracts/report.ts';

export interface Loss {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/** A metric of which larger values are better, or worse. */
export type Better = 'higher' | 'lower';

/**
 * How much worse production is than predicted, in the metric's unit, with a 95 % interval made of those of the two independent
 * estimates (MOVER: Zou and Donner 2008, section 2). A number without an interval counts as exact.
 */
export function lossOf(predicted: Metric, observed: Metric, better: Better): Loss {
  const [first, second] = better === 'higher' ? [predicted, observed] : [observed, predicted];
  const estimate = first.value - second.value;
  return {
    estimate,
    lower: estimate - Math.hypot(first.value - lowerOf(first), upperOf(second) - second.value),
    upper: estimate + Math.hypot(upperOf(first) - first.value, second.value - lowerOf(second)),
  };
}

/**
 * Observed samples with which a loss like this one would be proven to stay within the margin: intervals shrink with the root of
 * the samples. Null when no number of them would do, since the loss or the prediction's own interval is too large.
 */
export function samplesNeeded(
  predicted: Metric,
  observed: Metric,
  better: Better,
  margin: number,
): number | null {
  const { estimate } = lossOf(predicted, observed, better);
  const room = margin - estimate;
  const [own, theirs] =
    better === 'higher'
      ? [observed.value - lowerOf(observed), upperOf(predicted) - predicted.value]
      : [upperOf(observed) - observed.value, predicted.value - lowerOf(predicted)];
  const left = room * room - theirs * theirs;
  if (room <= 0 || left <= 0 || observed.samples === undefined) return null;
  return Math.ceil((observed.samples * own * own) / left);
}

const lowerOf = ({ value, lower = value }: Metric): number => lower;
const upperOf = ({ value, upper = value }: Metric): number => upper;
