import { requireInRange } from './error.ts';
import type { Interval } from './proportion.ts';
import type { Random } from './random.ts';
import { quantileOfSorted } from './sorting.ts';

/**
 * Percentile bootstrap interval of a statistic of `rows` rows. `measure` receives row positions drawn with
 * replacement (the same buffer each time) and returns the statistic.
 *
 * @throws StatisticsError `OUT_OF_RANGE` and whatever `measure` throws
 */
export function bootstrapInterval(
  rows: number,
  estimate: number,
  measure: (positions: Uint32Array) => number,
  random: Random,
  options: { readonly resamples?: number; readonly confidence?: number } = {},
): Interval {
  const { resamples = 1000, confidence = 0.95 } = options;
  requireInRange(rows, 'rows', 1, 2 ** 32 - 1);
  requireInRange(resamples, 'resamples', 20, 1e7);
  requireInRange(confidence, 'confidence', 1e-6, 1 - 1e-12);
  const positions = new Uint32Array(rows);
  const values = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < rows; i++) positions[i] = random.integer(rows);
    values[r] = measure(positions);
  }
  values.sort();
  const tail = (1 - confidence) / 2;
  return {
    estimate,
    lower: quantileOfSorted(values, tail),
    upper: quantileOfSorted(values, 1 - tail),
    confidence,
  };
}
