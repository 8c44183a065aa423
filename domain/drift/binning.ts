import { requireInRange, StatisticsError, type Sample } from '../statistics/error.ts';
import { countAtMost, countBelow, quantileOfSorted } from '../statistics/sorting.ts';

/**
 * Inner cut points of quantile bins of a sorted sample: `bins` bins of about equal mass. Bin i holds
 * edges[i - 1] < x <= edges[i]; both ends are open, so every number falls in a bin. With at most `bins` distinct
 * values each value is a bin of its own, and a value that fills several quantiles is cut off on both sides: ties
 * never hide a neighbour. The result has between 0 and about 2 x bins edges, ascending, without repeats.
 */
export function quantileEdges(sorted: Float64Array, bins: number): number[] {
  requireInRange(bins, 'bins', 2, 10_000);
  if (sorted.length === 0) throw new StatisticsError('EMPTY_SAMPLE', 'sorted', 'No values to cut into bins.');
  const last = sorted[sorted.length - 1]!;
  const distinct: number[] = [];
  for (let at = 0; at < sorted.length && distinct.length <= bins; at = countAtMost(sorted, sorted[at]!)) {
    distinct.push(sorted[at]!);
  }
  if (distinct.length <= bins) return distinct.slice(0, -1);
  const edges = new Set<number>();
  let previous = sorted[0]!;
  for (let i = 1; i < bins; i++) {
    const quantile = quantileOfSorted(sorted, i / bins);
    if (quantile === previous) {
      const before = countBelow(sorted, quantile);
      if (before > 0) edges.add(sorted[before - 1]!);
    }
    edges.add(quantile);
    previous = quantile;
  }
  if (previous === last) edges.add(sorted[countBelow(sorted, last) - 1]!);
  return [...edges].filter((edge) => edge < last).sort((a, b) => a - b);
}

/** Counts of a sorted sample in the bins of {@link quantileEdges}: one more than there are edges. */
export function binCountsOfSorted(sorted: Float64Array, edges: readonly number[]): number[] {
  const counts: number[] = [];
  let before = 0;
  for (const edge of edges) {
    const upTo = countAtMost(sorted, edge);
    counts.push(upTo - before);
    before = upTo;
  }
  counts.push(sorted.length - before);
  return counts;
}

/** The bin of one value: the number of edges below it. */
export function binOf(value: number, edges: readonly number[]): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Outer and inner edges of equal-width bins over both samples, their number by Sturges' rule: numpy's
 * `histogram_bin_edges(bins='sturges')`, which Evidently uses. Here bins are closed on the left, the last on both sides.
 */
export function sturgesEdges(reference: Float64Array, current: Float64Array): number[] {
  const low = Math.min(reference[0]!, current[0]!);
  const high = Math.max(reference[reference.length - 1]!, current[current.length - 1]!);
  const range = high - low;
  if (!Number.isFinite(range)) {
    throw new StatisticsError(
      'OUT_OF_RANGE',
      'current',
      'The range of the values overflows. Scale them down first.',
    );
  }
  const width = range / (Math.log2(reference.length + current.length) + 1);
  const bins = width > 0 ? Math.ceil(range / width) : 1;
  const [start, stop] = range > 0 ? [low, high] : [low - 0.5, high + 0.5];
  const step = (stop - start) / bins;
  const edges = Array.from({ length: bins }, (_, i) => i * step + start);
  edges.push(stop);
  return edges;
}

/** Counts of a sorted sample between consecutive edges, each bin closed on the left and the last on both sides. */
export function histogramOfSorted(sorted: Float64Array, edges: readonly number[]): number[] {
  const below = edges.map((edge, i) =>
    i === edges.length - 1 ? countAtMost(sorted, edge) : countBelow(sorted, edge),
  );
  return below.slice(1).map((count, i) => count - below[i]!);
}

/** How many distinct values a sorted sample has, counting no further than `most`. */
export function distinctUpTo(sorted: Float64Array, most: number): number {
  let count = 0;
  for (let at = 0; at < sorted.length && count < most; at = countAtMost(sorted, sorted[at]!)) count++;
  return count;
}

/** A list of numbers as a histogram over its own union of values: both sides' counts by distinct value. */
export function countsByValue(
  reference: Sample,
  current: Sample,
): { values: number[]; reference: number[]; current: number[] } {
  const cells = new Map<number, [number, number]>();
  for (let i = 0; i < reference.length; i++) bump(cells, reference[i]!, 0);
  for (let i = 0; i < current.length; i++) bump(cells, current[i]!, 1);
  const values = [...cells.keys()].sort((a, b) => a - b);
  return {
    values,
    reference: values.map((value) => cells.get(value)![0]),
    current: values.map((value) => cells.get(value)![1]),
  };
}

function bump(cells: Map<number, [number, number]>, value: number, side: 0 | 1): void {
  const cell = cells.get(value) ?? [0, 0];
  cell[side]++;
  cells.set(value, cell);
}
