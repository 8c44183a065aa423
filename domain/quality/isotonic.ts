import {
  requireBinary,
  requireFinite,
  requireNonEmpty,
  requireSameLength,
  type Sample,
} from '../statistics/error.ts';

/** A calibration map, plain JSON: linear between knots, flat outside. */
export interface IsotonicCalibration {
  /** Ascending scores. */
  readonly scores: readonly number[];
  /** The share of events at each score; never falls. */
  readonly shares: readonly number[];
}

/**
 * Isotonic regression of 0/1 labels on scores: the non-decreasing map nearest in squared error (pool adjacent violators).
 * Rows with one score are pooled first; inner points of a flat piece are dropped. As scikit-learn's
 * `IsotonicRegression(out_of_bounds='clip')`, save that scores closer than 1e-15 stay apart.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `LENGTH_MISMATCH`, `NON_FINITE`, `OUT_OF_RANGE` for a label that is not 0 or 1
 */
export function isotonicCalibration(scores: Sample, labels: Sample): IsotonicCalibration {
  requireNonEmpty(scores, 'scores');
  requireSameLength(scores, labels, 'scores', 'labels');
  requireFinite(scores, 'scores');
  requireBinary(labels, 'labels');
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  // Blocks of distinct scores: first and last score, weight, events.
  const first: number[] = [];
  const final: number[] = [];
  const weight: number[] = [];
  const events: number[] = [];
  for (let start = 0; start < order.length;) {
    const score = scores[order[start]!]!;
    let end = start;
    let positive = 0;
    while (end < order.length && scores[order[end]!]! === score) positive += labels[order[end++]!]!;
    first.push(score);
    final.push(score);
    weight.push(end - start);
    events.push(positive);
    start = end;
    for (let top = first.length - 1; top > 0; top--) {
      // Cross-multiplied: whole numbers, no rounding.
      if (events[top - 1]! * weight[top]! < events[top]! * weight[top - 1]!) break;
      final[top - 1] = final[top]!;
      weight[top - 1]! += weight[top]!;
      events[top - 1]! += events[top]!;
      for (const list of [first, final, weight, events]) list.pop();
    }
  }
  const knots: number[] = [];
  const shares: number[] = [];
  for (let i = 0; i < first.length; i++) {
    const share = events[i]! / weight[i]!;
    knots.push(first[i]!);
    shares.push(share);
    if (final[i]! !== first[i]!) {
      knots.push(final[i]!);
      shares.push(share);
    }
  }
  return { scores: knots, shares };
}

/** The calibrated chance of an event for one score. */
export function calibrate(calibration: IsotonicCalibration, score: number): number {
  const { scores, shares } = calibration;
  let low = 0;
  let high = scores.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (scores[middle]! <= score) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return shares[0]!;
  if (low === scores.length) return shares[low - 1]!;
  const left = scores[low - 1]!;
  const right = scores[low]!;
  const t = (score - left) / (right - left);
  return shares[low - 1]! + t * (shares[low]! - shares[low - 1]!);
}
