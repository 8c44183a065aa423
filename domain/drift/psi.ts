import {
  requireAllInRange,
  requireInRange,
  requireNonEmpty,
  requireSameLength,
  StatisticsError,
  type Sample,
} from '../statistics/error.ts';
import { sortedSample } from '../statistics/sorting.ts';
import { chiSquareQuantile, chiSquareSurvival } from '../statistics/special.ts';
import {
  binCountsOfSorted,
  countsByValue,
  distinctUpTo,
  histogramOfSorted,
  quantileEdges,
  sturgesEdges,
} from './binning.ts';

export interface PsiOptions {
  /**
   * `quantile` (default): bins of equal mass of the reference, see `quantileEdges`. `evidently`: Sturges bins of both
   * samples when the reference has more than 20 distinct values, else one cell a value; an empty cell gets 0.0001, or
   * a millionth of the smallest share where that is at most 0.0001. Or your own ascending inner edges.
   */
  readonly binning?: 'quantile' | 'evidently' | { readonly edges: readonly number[] };
  /** Number of quantile bins, 10 unless told. */
  readonly bins?: number;
  /** The share that an empty cell gets, 0.0001 unless told. The others are not scaled down for it. */
  readonly smallShare?: number;
}

export interface PsiResult {
  /** Sum over cells of (p - q) ln(p / q). */
  readonly value: number;
  /**
   * P(PSI this large without drift). PSI / (1/n + 1/m) is about chi-square with cells - 1 degrees (Yurdakul and Naranjo).
   * Computed after pooling cells whose expected count is below 10, where the law is too rough (it doubles small p-values).
   */
  readonly pValue: number;
  /** Of the calibrated test, after pooling. */
  readonly degreesOfFreedom: number;
  readonly referenceCounts: readonly number[];
  readonly currentCounts: readonly number[];
}

/**
 * Population stability index of two numeric samples.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `NON_FINITE`, `OUT_OF_RANGE`
 */
export function psi(reference: Sample, current: Sample, options: PsiOptions = {}): PsiResult {
  return psiOfSorted(sortedSample(reference, 'reference'), sortedSample(current, 'current'), options);
}

/** {@link psi} of samples that are sorted and finite already. */
export function psiOfSorted(
  reference: Float64Array,
  current: Float64Array,
  options: PsiOptions = {},
): PsiResult {
  const { binning = 'quantile', bins = 10, smallShare } = options;
  if (binning === 'evidently') {
    const { referenceCounts, currentCounts } = evidentlyCounts(reference, current);
    return {
      ...psiOfCounts(referenceCounts, currentCounts),
      value: evidentlyPsi(referenceCounts, currentCounts),
    };
  }
  const edges = binning === 'quantile' ? quantileEdges(reference, bins) : binning.edges;
  return psiOfCounts(binCountsOfSorted(reference, edges), binCountsOfSorted(current, edges), {
    ordered: true,
    ...(smallShare === undefined ? {} : { smallShare }),
  });
}

/** Evidently's cells of two sorted numeric samples, as counts. */
export function evidentlyCounts(
  reference: Float64Array,
  current: Float64Array,
): { referenceCounts: number[]; currentCounts: number[] } {
  if (distinctUpTo(reference, 21) <= 20) {
    const cells = countsByValue(reference, current);
    return { referenceCounts: cells.reference, currentCounts: cells.current };
  }
  const edges = sturgesEdges(reference, current);
  return {
    referenceCounts: histogramOfSorted(reference, edges),
    currentCounts: histogramOfSorted(current, edges),
  };
}

/** Evidently's PSI of two lists of counts: its rule for empty cells, and no calibration. */
export function evidentlyPsi(referenceCounts: Sample, currentCounts: Sample): number {
  const p = evidentlyShares(referenceCounts);
  const q = evidentlyShares(currentCounts);
  return sumOfTerms(p, q);
}

function evidentlyShares(counts: Sample): Float64Array {
  const shares = sharesOf(counts);
  let smallest = 1;
  for (const share of shares) if (share > 0 && share < smallest) smallest = share;
  const fill = smallest <= 0.0001 ? smallest / 1e6 : 0.0001;
  return shares.map((share) => (share === 0 ? fill : share));
}

/**
 * Population stability index of two lists of counts over the same cells. Pass `ordered: true` when neighbouring cells
 * may be pooled with each other (bins of a number); else the rarest cells are pooled with each other (categories).
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `LENGTH_MISMATCH`, `NON_FINITE`, `OUT_OF_RANGE`, `DEGENERATE` when a side has
 *   no rows
 */
export function psiOfCounts(
  referenceCounts: Sample,
  currentCounts: Sample,
  options: { readonly smallShare?: number; readonly ordered?: boolean } = {},
): PsiResult {
  const { smallShare = 0.0001, ordered = false } = options;
  requireNonEmpty(referenceCounts, 'referenceCounts');
  requireSameLength(referenceCounts, currentCounts, 'referenceCounts', 'currentCounts');
  requireAllInRange(referenceCounts, 'referenceCounts', 0, 2 ** 53);
  requireAllInRange(currentCounts, 'currentCounts', 0, 2 ** 53);
  requireInRange(smallShare, 'smallShare', Number.MIN_VALUE, 0.5);
  const p = sharesOf(referenceCounts);
  const q = sharesOf(currentCounts);
  // A cell that is empty on both sides says nothing.
  const value = sumOfTerms(
    p.map((share, i) => (share === 0 && q[i]! > 0 ? smallShare : share)),
    q.map((share, i) => (share === 0 && p[i]! > 0 ? smallShare : share)),
  );
  return {
    value,
    ...calibrated(referenceCounts, currentCounts, ordered),
    referenceCounts: Array.from(referenceCounts),
    currentCounts: Array.from(currentCounts),
  };
}

/** The PSI that is exceeded with chance `alpha` when nothing drifted, for these sample sizes and number of cells. */
export function psiThreshold(n: number, m: number, cells: number, alpha = 0.05): number {
  requireInRange(n, 'n', 1, Number.MAX_SAFE_INTEGER);
  requireInRange(m, 'm', 1, Number.MAX_SAFE_INTEGER);
  requireInRange(cells, 'cells', 2, 1e6);
  return chiSquareQuantile(1 - alpha, cells - 1) * (1 / n + 1 / m);
}

function sharesOf(counts: Sample): Float64Array {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i]!;
  if (total === 0)
    throw new StatisticsError('DEGENERATE', 'counts', 'Every cell is empty. Pass at least one row.');
  return Float64Array.from(counts, (count) => count / total);
}

function sumOfTerms(p: Float64Array, q: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) if (p[i]! !== q[i]!) sum += (p[i]! - q[i]!) * Math.log(p[i]! / q[i]!);
  return sum;
}

function calibrated(
  referenceCounts: Sample,
  currentCounts: Sample,
  ordered: boolean,
): { pValue: number; degreesOfFreedom: number } {
  const cells = pooledCells(referenceCounts, currentCounts, ordered);
  if (cells.length < 2) return { pValue: 1, degreesOfFreedom: 0 };
  let n = 0;
  let m = 0;
  for (const [a, b] of cells) {
    n += a;
    m += b;
  }
  let scaled = 0;
  for (const [a, b] of cells) {
    // Half a row in an empty cell: the logarithm stays finite and the law is hardly touched.
    const p = Math.max(a, 0.5) / n;
    const q = Math.max(b, 0.5) / m;
    scaled += (p - q) * Math.log(p / q);
  }
  const degreesOfFreedom = cells.length - 1;
  return { pValue: chiSquareSurvival(scaled / (1 / n + 1 / m), degreesOfFreedom), degreesOfFreedom };
}

/** Cells of which each expects at least 10 rows on both sides. */
export function pooledCells(
  referenceCounts: Sample,
  currentCounts: Sample,
  ordered: boolean,
): (readonly [number, number])[] {
  const cells: [number, number][] = [];
  let n = 0;
  let m = 0;
  for (let i = 0; i < referenceCounts.length; i++) {
    const cell: [number, number] = [referenceCounts[i]!, currentCounts[i]!];
    n += cell[0];
    m += cell[1];
    if (cell[0] + cell[1] > 0) cells.push(cell);
  }
  if (!ordered) cells.sort((a, b) => a[0] + a[1] - (b[0] + b[1]));
  const needed = (10 * (n + m)) / Math.min(n, m);
  const pooled: [number, number][] = [];
  let open: [number, number] | undefined;
  for (const [a, b] of cells) {
    open = open === undefined ? [a, b] : [open[0] + a, open[1] + b];
    if (open[0] + open[1] >= needed) {
      pooled.push(open);
      open = undefined;
    }
  }
  if (open !== undefined) {
    const last = pooled.pop() ?? [0, 0];
    pooled.push([last[0] + open[0], last[1] + open[1]]);
  }
  return pooled;
}
