import { requireInRange, StatisticsError, type Sample } from './error.ts';
import { mannWhitneyCdf } from './mann-whitney.ts';
import { midRanks, sortedSample } from './sorting.ts';
import { normalQuantile } from './special.ts';

export interface HodgesLehmannResult {
  /** Median of all differences x_i - y_j: how far x lies above y, in the samples' unit. */
  readonly estimate: number;
  /** Ends of the interval; null when the samples are too small for this confidence. */
  readonly lower: number | null;
  readonly upper: number | null;
  readonly confidence: number;
}

/**
 * Hodges-Lehmann estimate of the shift between two samples, with the interval that inverts the Mann-Whitney test
 * (Moses): the C-th smallest and C-th largest difference. C comes from the exact distribution of U when both samples
 * have fewer than 50 values and no ties, and from its normal approximation with tie and continuity correction
 * otherwise. Differences are never all written down: O((n + m) log) time, O(n + m) space.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `NON_FINITE`, `OUT_OF_RANGE` for a bad confidence or an overflow
 */
export function hodgesLehmann(
  x: Sample,
  y: Sample,
  options: { readonly confidence?: number } = {},
): HodgesLehmannResult {
  const { confidence = 0.95 } = options;
  requireInRange(confidence, 'confidence', 1e-6, 1 - 1e-12);
  const a = sortedSample(x, 'x');
  const b = sortedSample(y, 'y');
  const pairs = a.length * b.length;
  if (!Number.isFinite(a[a.length - 1]! - b[0]!) || !Number.isFinite(a[0]! - b[b.length - 1]!)) {
    throw new StatisticsError(
      'OUT_OF_RANGE',
      'x',
      'A difference x - y overflows. Scale both samples down first.',
    );
  }
  const middle = Math.floor((pairs + 1) / 2);
  const low = differenceAt(a, b, middle);
  const estimate = pairs % 2 === 1 ? low : low / 2 + differenceAt(a, b, middle + 1) / 2;
  const rank = intervalRank(a, b, confidence);
  return {
    estimate,
    lower: rank < 1 ? null : differenceAt(a, b, rank),
    upper: rank < 1 ? null : differenceAt(a, b, pairs + 1 - rank),
    confidence,
  };
}

/** The largest C with P(U <= C - 1) <= (1 - confidence) / 2; 0 when there is none. */
function intervalRank(a: Float64Array, b: Float64Array, confidence: number): number {
  const n = Math.max(a.length, b.length);
  const m = Math.min(a.length, b.length);
  const tail = (1 - confidence) / 2;
  const all = new Float64Array(n + m);
  all.set(a);
  all.set(b, a.length);
  const { tieTerm } = midRanks(all);
  if (n < 50 && tieTerm === 0) {
    let low = 0;
    let high = Math.floor((n * m) / 2) + 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (mannWhitneyCdf(middle - 1, n, m) <= tail) low = middle;
      else high = middle - 1;
    }
    return low;
  }
  const total = n + m;
  const deviation = Math.sqrt(((n * m) / 12) * (total + 1 - tieTerm / (total * (total - 1))));
  return Math.max(0, Math.floor((n * m) / 2 + normalQuantile(tail) * deviation + 0.5));
}

const double = new Float64Array(1);
const bits = new BigInt64Array(double.buffer);

/** Doubles in their order as whole numbers, so that a bisection takes 64 steps at any scale. */
function toOrdinal(value: number): bigint {
  double[0] = value === 0 ? 0 : value;
  return bits[0]! >= 0n ? bits[0]! : -(bits[0]! & 0x7fffffffffffffffn);
}

function fromOrdinal(ordinal: bigint): number {
  bits[0] = ordinal >= 0n ? ordinal : -ordinal;
  return ordinal >= 0n ? double[0]! : -double[0]!;
}

/** How many differences a_i - b_j are <= value. Both sorted; O(n + m). */
function pairsAtMost(a: Float64Array, b: Float64Array, value: number): number {
  let count = 0;
  let j = 0;
  // The b_j that qualify are the large ones, and fewer as a_i grows.
  for (let i = 0; i < a.length; i++) {
    while (j < b.length && a[i]! - b[j]! > value) j++;
    count += b.length - j;
  }
  return count;
}

/** The rank-th smallest difference a_i - b_j, rank from 1. */
function differenceAt(a: Float64Array, b: Float64Array, rank: number): number {
  let low = toOrdinal(a[0]! - b[b.length - 1]!);
  let high = toOrdinal(a[a.length - 1]! - b[0]!);
  while (low < high) {
    // The shift rounds down, for negative ordinals too.
    const middle = (low + high) >> 1n;
    if (pairsAtMost(a, b, fromOrdinal(middle)) >= rank) high = middle;
    else low = middle + 1n;
  }
  return fromOrdinal(low);
}
