import { StatisticsError, type Sample } from './error.ts';
import { kolmogorovSurvival } from './kolmogorov.ts';
import { sortedSample } from './sorting.ts';

export type Alternative = 'two-sided' | 'less' | 'greater';

export interface KsOptions {
  /** `greater`: the reference's distribution function lies above somewhere (its values tend to be smaller). */
  readonly alternative?: Alternative;
  /** `auto`: exact up to 10,000 values in the larger sample, asymptotic above. */
  readonly method?: 'auto' | 'exact' | 'asymptotic';
}

export interface KsResult {
  /** The largest distance between the two distribution functions, 0 to 1; one-sided where asked. */
  readonly statistic: number;
  readonly pValue: number;
  /** A value at which the distance is reached. */
  readonly location: number;
  /** 1 where the reference's distribution function is above the current one there, -1 where below. */
  readonly sign: 1 | -1;
  readonly method: 'exact' | 'asymptotic';
}

/** The largest excesses of F over G and of G over F, as differences of shares, and where they are. Both sorted. */
export function ksDistances(
  reference: Float64Array,
  current: Float64Array,
): { above: number; aboveAt: number; below: number; belowAt: number } {
  const n = reference.length;
  const m = current.length;
  let i = 0;
  let j = 0;
  let above = 0;
  let below = 0;
  let aboveAt = reference[0]!;
  let belowAt = reference[0]!;
  while (i < n && j < m) {
    const a = reference[i]!;
    const b = current[j]!;
    const value = a <= b ? a : b;
    while (i < n && reference[i] === value) i++;
    while (j < m && current[j] === value) j++;
    const difference = i / n - j / m;
    if (difference > above) {
      above = difference;
      aboveAt = value;
    } else if (-difference > below) {
      below = -difference;
      belowAt = value;
    }
  }
  return { above, aboveAt, below, belowAt };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/**
 * P(statistic >= observed) over all orders of n + m values without ties. Recursion over lattice paths on the chance
 * of having touched the boundary, given that a uniform path passes here: all terms are positive, nothing cancels.
 */
function exactSurvival(n: number, m: number, statistic: number, twoSided: boolean): number {
  const divisor = greatestCommonDivisor(n, m);
  const stepN = m / divisor;
  const stepM = n / divisor;
  // The statistic is a multiple of 1 / lcm(n, m): compare whole numbers only.
  const limit = Math.round(statistic * stepN * n);
  if (limit === 0) return 1;
  const row = new Float64Array(m + 1);
  const touches = (i: number, j: number): boolean => {
    const gap = i * stepN - j * stepM;
    return gap >= limit || (twoSided && -gap >= limit);
  };
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= m; j++) {
      if (touches(i, j)) row[j] = 1;
      else if (i === 0) row[j] = j === 0 ? 0 : row[j - 1]!;
      else if (j > 0) row[j] = (i * row[j]! + j * row[j - 1]!) / (i + j);
    }
  }
  return row[m]!;
}

function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

function asymptoticSurvival(n: number, m: number, statistic: number, twoSided: boolean): number {
  const large = Math.max(n, m);
  const small = Math.min(n, m);
  const effective = (large * small) / (large + small);
  if (twoSided) {
    const rounded = roundHalfEven(effective);
    // One value on each side: scipy answers NaN; there is no evidence of anything.
    return rounded === 0 ? 1 : kolmogorovSurvival(rounded, statistic);
  }
  const z = Math.sqrt(effective) * statistic;
  const correction = (2 * z * (large + 2 * small)) / Math.sqrt(large * small * (large + small)) / 3;
  return Math.min(1, Math.exp(-2 * z * z - correction));
}

/** p-value of a two-sample Kolmogorov-Smirnov statistic, from the two sample sizes alone. See {@link ksTwoSample}. */
export function ksPValue(
  statistic: number,
  n: number,
  m: number,
  options: KsOptions = {},
): { pValue: number; method: 'exact' | 'asymptotic' } {
  const { alternative = 'two-sided', method = 'auto' } = options;
  const exact = method === 'exact' || (method === 'auto' && Math.max(n, m) <= 10_000);
  if (exact && n * m > 1e9) {
    throw new StatisticsError(
      'OUT_OF_RANGE',
      'method',
      `exact p-value over ${n} x ${m} orders is too long. Ask for method 'asymptotic'.`,
    );
  }
  const survive = exact ? exactSurvival : asymptoticSurvival;
  const pValue = Math.min(1, Math.max(0, survive(n, m, statistic, alternative === 'two-sided')));
  return { pValue, method: exact ? 'exact' : 'asymptotic' };
}

/**
 * Two-sample Kolmogorov-Smirnov test, as scipy's `ks_2samp`: ties allowed (the exact p-value is then conservative);
 * exact p-value by lattice paths; asymptotic two-sided p-value from the one-sample distribution with round(nm/(n+m))
 * values, one-sided from Hodges' 1957 expansion. Cost: two sorts, and n x m steps for the exact p-value.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `NON_FINITE`
 */
export function ksTwoSample(reference: Sample, current: Sample, options: KsOptions = {}): KsResult {
  return ksOfSorted(sortedSample(reference, 'reference'), sortedSample(current, 'current'), options);
}

/** {@link ksTwoSample} of samples that are sorted and finite already. */
export function ksOfSorted(
  reference: Float64Array,
  current: Float64Array,
  options: KsOptions = {},
): KsResult {
  const { alternative = 'two-sided' } = options;
  const { above, aboveAt, below, belowAt } = ksDistances(reference, current);
  const upward = alternative === 'greater' || (alternative === 'two-sided' && above >= below);
  const statistic = upward ? above : below;
  return {
    statistic,
    ...ksPValue(statistic, reference.length, current.length, options),
    location: upward ? aboveAt : belowAt,
    sign: upward ? 1 : -1,
  };
}
