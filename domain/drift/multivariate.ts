import {
  requireFinite,
  requireInRange,
  requireNonEmpty,
  requireSameLength,
  StatisticsError,
  type Sample,
} from '../statistics/error.ts';
import type { Random } from '../statistics/random.ts';

export interface DiscrepancyOptions {
  readonly random: Random;
  /** Rows drawn from each side, 400 unless told: cost grows with their square. */
  readonly maximumRows?: number;
  /** 200 unless told: the smallest p-value is 1 / (permutations + 1). */
  readonly permutations?: number;
}

export interface DiscrepancyResult {
  /** Unbiased squared maximum mean discrepancy; near 0, and sometimes below, without drift. */
  readonly statistic: number;
  readonly pValue: number;
  /** Width of the kernel, in standardised units. */
  readonly bandwidth: number;
  readonly referenceRows: number;
  readonly currentRows: number;
}

/**
 * Drift of several numeric columns together, changes of their correlation included: the maximum mean discrepancy (Gretton et
 * al. 2012) with a Gaussian kernel on columns standardised by both sides, its width the median distance, and a
 * permutation p-value, which is exact for any sample size. Columns that never vary are left out.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `LENGTH_MISMATCH`, `NON_FINITE`, `DEGENERATE` when no column varies
 */
export function maximumMeanDiscrepancy(
  reference: readonly Sample[],
  current: readonly Sample[],
  options: DiscrepancyOptions,
): DiscrepancyResult {
  const { random, maximumRows = 400, permutations = 200 } = options;
  requireNonEmpty(reference, 'reference');
  requireSameLength(reference, current, 'reference', 'current');
  requireInRange(maximumRows, 'maximumRows', 10, 5000);
  requireInRange(permutations, 'permutations', 19, 100_000);
  check(reference, 'reference');
  check(current, 'current');
  const left = draw(reference[0]!.length, maximumRows, random);
  const right = draw(current[0]!.length, maximumRows, random);
  const n = left.length;
  const rows = n + right.length;
  const columns: Float64Array[] = [];
  reference.forEach((column, c) => {
    const values = new Float64Array(rows);
    left.forEach((row, i) => (values[i] = column[row]!));
    right.forEach((row, i) => (values[n + i] = current[c]![row]!));
    if (standardise(values)) columns.push(values);
  });
  if (columns.length === 0) {
    throw new StatisticsError('DEGENERATE', 'reference', 'No column varies. Pass at least one that does.');
  }
  const { kernel, bandwidth } = gaussianKernel(columns, rows);
  const members = Uint32Array.from({ length: rows }, (_, i) => i);
  const rowSums = new Float64Array(rows);
  let total = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) rowSums[i]! += kernel[i * rows + j]!;
    total += rowSums[i]!;
  }
  const discrepancy = (): number => {
    let within = 0;
    let outgoing = 0;
    for (let a = 0; a < n; a++) {
      const base = members[a]! * rows;
      outgoing += rowSums[members[a]!]!;
      for (let b = 0; b < n; b++) within += kernel[base + members[b]!]!;
    }
    const across = outgoing - within;
    const others = total - within - 2 * across;
    const m = rows - n;
    // The diagonal is 1 a row and belongs to neither mean.
    return (within - n) / (n * (n - 1)) + (others - m) / (m * (m - 1)) - (2 * across) / (n * m);
  };
  const statistic = discrepancy();
  let atLeast = 1;
  for (let p = 0; p < permutations; p++) {
    for (let i = rows - 1; i > 0; i--) {
      const j = random.integer(i + 1);
      const swap = members[i]!;
      members[i] = members[j]!;
      members[j] = swap;
    }
    // Sums in another order differ in the last bits: equal splits must count as equal.
    if (discrepancy() >= statistic - 1e-12) atLeast++;
  }
  return {
    statistic,
    pValue: atLeast / (permutations + 1),
    bandwidth,
    referenceRows: n,
    currentRows: rows - n,
  };
}

function check(columns: readonly Sample[], name: string): void {
  columns.forEach((column, i) => {
    requireNonEmpty(column, `${name}[${i}]`, 10);
    requireSameLength(columns[0]!, column, `${name}[0]`, `${name}[${i}]`);
    requireFinite(column, `${name}[${i}]`);
  });
}

/** Up to `most` different rows out of `rows`, at random (a partial shuffle). */
function draw(rows: number, most: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: rows }, (_, i) => i);
  const wanted = Math.min(rows, most);
  for (let i = 0; i < wanted; i++) {
    const j = i + random.integer(rows - i);
    const swap = order[i]!;
    order[i] = order[j]!;
    order[j] = swap;
  }
  return order.slice(0, wanted);
}

/** To mean 0 and deviation 1, in place; false when the values do not vary (or so widely that they overflow). */
function standardise(values: Float64Array): boolean {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) return false;
  let mean = 0;
  for (let i = 0; i < values.length; i++) {
    values[i]! /= largest;
    mean += values[i]! / values.length;
  }
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  const deviation = Math.sqrt(squares / values.length);
  if (!(deviation > 1e-14)) return false;
  for (let i = 0; i < values.length; i++) values[i] = (values[i]! - mean) / deviation;
  return true;
}

function gaussianKernel(
  columns: readonly Float64Array[],
  rows: number,
): { kernel: Float64Array; bandwidth: number } {
  const kernel = new Float64Array(rows * rows);
  const distances = new Float64Array((rows * (rows - 1)) / 2);
  let k = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < i; j++) {
      let square = 0;
      for (const column of columns) square += (column[i]! - column[j]!) ** 2;
      kernel[i * rows + j] = kernel[j * rows + i] = square;
      distances[k++] = square;
    }
  }
  distances.sort();
  // With more than half of all pairs equal the median is 0: take the mean instead.
  const median = distances[distances.length >> 1]!;
  const square = median > 0 ? median : distances.reduce((sum, d) => sum + d, 0) / distances.length;
  for (let i = 0; i < kernel.length; i++) kernel[i] = Math.exp(-kernel[i]! / (2 * square));
  return { kernel, bandwidth: Math.sqrt(square) };
}
