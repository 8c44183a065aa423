import { sortDoubles } from './radix-sort.ts';
import { requireFinite, requireNonEmpty, type Sample } from './error.ts';

/** A sorted copy of a sample, checked to be finite and not empty. The input stays as it is. */
export function sortedSample(values: Sample, name: string, minimum = 1): Float64Array {
  requireNonEmpty(values, name, minimum);
  requireFinite(values, name);
  return sortDoubles(Float64Array.from(values));
}

/** How many values of the sorted array are <= x. */
export function countAtMost(sorted: Float64Array, x: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many values of the sorted array are < x. */
export function countBelow(sorted: Float64Array, x: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Quantile of a sorted sample by linear interpolation between order statistics: numpy's default (`linear`),
 * Hyndman and Fan's type 7. `share` from 0 to 1.
 */
export function quantileOfSorted(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  const t = position - below;
  // From the nearer end, as numpy does: exact at both ends, and monotone.
  const step = high - low;
  // The gap between two huge values of opposite sign overflows; their weighted mean does not.
  if (step === Infinity) return low * (1 - t) + high * t;
  return t < 0.5 ? low + step * t : high - step * (1 - t);
}

/**
 * Mid-ranks (1-based; ties share their mean rank) of `values`, in input order, and the sum of t^3 - t over groups
 * of t tied values.
 */
export function midRanks(values: Float64Array): { ranks: Float64Array; tieTerm: number } {
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  let tieTerm = 0;
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    const rank = (start + 1 + end) / 2;
    for (let i = start; i < end; i++) ranks[order[i]!] = rank;
    const t = end - start;
    tieTerm += t * t * t - t;
    start = end;
  }
  return { ranks, tieTerm };
}
