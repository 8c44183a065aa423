import {
  requireAllInRange,
  requireNonEmpty,
  requireSameLength,
  requireFiniteNumber,
  StatisticsError,
  type Sample,
} from './error.ts';
import { sortedSample } from './sorting.ts';
import { deviance } from './special.ts';

/**
 * First Wasserstein distance between two samples: the area between their distribution functions, in the samples'
 * own unit. As scipy's `wasserstein_distance` without weights.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `NON_FINITE`, `OUT_OF_RANGE` when the distance overflows
 */
export function wasserstein(reference: Sample, current: Sample): number {
  return wassersteinOfSorted(sortedSample(reference, 'reference'), sortedSample(current, 'current'));
}

/** {@link wasserstein} of samples that are sorted and finite already. */
export function wassersteinOfSorted(reference: Float64Array, current: Float64Array): number {
  const n = reference.length;
  const m = current.length;
  let i = 0;
  let j = 0;
  let area = 0;
  let previous = Math.min(reference[0]!, current[0]!);
  while (i < n || j < m) {
    const value = j >= m || (i < n && reference[i]! <= current[j]!) ? reference[i]! : current[j]!;
    area += Math.abs(i / n - j / m) * (value - previous);
    previous = value;
    while (i < n && reference[i] === value) i++;
    while (j < m && current[j] === value) j++;
  }
  if (!Number.isFinite(area)) {
    throw new StatisticsError(
      'OUT_OF_RANGE',
      'current',
      'The distance overflows. Scale both samples down first.',
    );
  }
  return area;
}

export interface JensenShannonOptions {
  /** Base of the logarithm: e unless told. With base 2 both forms lie between 0 and 1. */
  readonly base?: number;
  /** `distance` (the square root, a metric) unless told; `divergence` is its square. */
  readonly form?: 'distance' | 'divergence';
}

/**
 * Jensen-Shannon distance or divergence of two lists of shares (or counts: both are scaled to sum 1) over the same
 * cells. Defaults, distance with base e, are those of scipy's `jensenshannon` and of Evidently; NannyML takes base 2.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `LENGTH_MISMATCH`, `NON_FINITE`, `OUT_OF_RANGE` for a negative share,
 *   `DEGENERATE` when all shares of a side are 0
 */
export function jensenShannon(
  reference: Sample,
  current: Sample,
  options: JensenShannonOptions = {},
): number {
  const { base = Math.E, form = 'distance' } = options;
  requireNonEmpty(reference, 'reference');
  requireSameLength(reference, current, 'reference', 'current');
  requireAllInRange(reference, 'reference', 0, Number.MAX_VALUE);
  requireAllInRange(current, 'current', 0, Number.MAX_VALUE);
  requireFiniteNumber(base, 'base');
  if (base <= 1) throw new StatisticsError('OUT_OF_RANGE', 'base', `base is ${base}. Pass a base above 1.`);
  const p = scaled(reference, 'reference');
  const q = scaled(current, 'current');
  let left = 0;
  let right = 0;
  for (let i = 0; i < p.length; i++) {
    const middle = (p[i]! + q[i]!) / 2;
    left += termOf(p[i]!, middle);
    right += termOf(q[i]!, middle);
  }
  const divergence = Math.max(0, left + right) / 2 / (base === Math.E ? 1 : Math.log(base));
  return form === 'divergence' ? divergence : Math.sqrt(divergence);
}

function scaled(shares: Sample, name: string): Float64Array {
  // Divide by the largest first: a sum of huge counts must not overflow.
  let largest = 0;
  for (let i = 0; i < shares.length; i++) largest = Math.max(largest, shares[i]!);
  if (largest === 0)
    throw new StatisticsError('DEGENERATE', name, `${name} is 0 in every cell. Pass at least one row.`);
  const copy = Float64Array.from(shares, (share) => share / largest);
  let total = 0;
  for (const share of copy) total += share;
  return copy.map((share) => share / total);
}

/** p ln(p / m) - p + m: the last two sum to nothing over all cells, and keep near-equal shares from cancelling. */
function termOf(p: number, m: number): number {
  return p === 0 ? m : deviance(p, m);
}
