import type { Alternative } from './kolmogorov-smirnov.ts';
import { requireFinite, requireNonEmpty, StatisticsError, type Sample } from './error.ts';
import { midRanks } from './sorting.ts';
import { normalCdf } from './special.ts';

export interface MannWhitneyOptions {
  /** `greater`: x tends to be larger than y. */
  readonly alternative?: Alternative;
  /** Subtract 1/2 from |U - mean| in the normal approximation; true unless told. */
  readonly continuity?: boolean;
  /** `auto`: exact when the smaller sample has at most 8 values and there are no ties, else asymptotic. */
  readonly method?: 'auto' | 'exact' | 'asymptotic';
}

export interface MannWhitneyResult {
  /** U of x: the number of pairs with x > y, ties counted half. */
  readonly statistic: number;
  readonly pValue: number;
  /** U / (n m): the chance that a random x exceeds a random y, ties half. 0.5 is no difference. */
  readonly effect: number;
  readonly method: 'exact' | 'asymptotic';
}

/**
 * P(U <= k) when n + m values without ties are shuffled, n >= m. The distribution of U is the Gaussian binomial
 * coefficient; it is built one factor (1 - q^(n+i)) / (1 - q^i) at a time, normalised as it grows. O(m k).
 */
export function mannWhitneyCdf(k: number, n: number, m: number): number {
  const most = n * m;
  if (k < 0) return 0;
  if (k >= most) return 1;
  // Symmetric: sum the shorter tail, so that a small probability is never a difference of large ones.
  if (k > most - k - 1) return 1 - mannWhitneyCdf(most - k - 1, n, m);
  const masses = new Float64Array(k + 1);
  masses[0] = 1;
  for (let i = 1; i <= m; i++) {
    const up = n + i;
    for (let u = k; u >= up; u--) masses[u]! -= masses[u - up]!;
    for (let u = i; u <= k; u++) masses[u]! += masses[u - i]!;
    for (let u = 0; u <= k; u++) masses[u]! *= i / up;
  }
  let sum = 0;
  for (const mass of masses) sum += mass;
  return Math.min(1, Math.max(0, sum));
}

/**
 * Mann-Whitney U test (Wilcoxon rank sum), as scipy's `mannwhitneyu`: normal approximation with tie correction and
 * optional continuity correction, or exact without ties. When all values are equal the approximation has no
 * variance: the p-value is 1.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `NON_FINITE`, `OUT_OF_RANGE` when an exact p-value would take too long
 */
export function mannWhitney(x: Sample, y: Sample, options: MannWhitneyOptions = {}): MannWhitneyResult {
  const { alternative = 'two-sided', continuity = true, method = 'auto' } = options;
  requireNonEmpty(x, 'x');
  requireNonEmpty(y, 'y');
  requireFinite(x, 'x');
  requireFinite(y, 'y');
  const n = x.length;
  const m = y.length;
  const all = new Float64Array(n + m);
  all.set(x);
  all.set(y, n);
  const { ranks, tieTerm } = midRanks(all);
  let rankSum = 0;
  for (let i = 0; i < n; i++) rankSum += ranks[i]!;
  const u = rankSum - (n * (n + 1)) / 2;
  const other = n * m - u;
  const tested = alternative === 'greater' ? u : alternative === 'less' ? other : Math.max(u, other);
  const sides = alternative === 'two-sided' ? 2 : 1;
  const effect = u / (n * m);

  if (method === 'exact' || (method === 'auto' && Math.min(n, m) <= 8 && tieTerm === 0)) {
    const large = Math.max(n, m);
    const small = Math.min(n, m);
    if (small * small * large > 2e9) {
      throw new StatisticsError(
        'OUT_OF_RANGE',
        'method',
        `exact p-value of ${n} against ${m} values is too long. Ask for method 'asymptotic'.`,
      );
    }
    const pValue = mannWhitneyCdf(n * m - Math.floor(tested), large, small) * sides;
    return { statistic: u, pValue: Math.min(1, pValue), effect, method: 'exact' };
  }
  const total = n + m;
  const variance = ((n * m) / 12) * (total + 1 - tieTerm / (total * (total - 1)));
  const gap = tested - (n * m) / 2 - (continuity ? 0.5 : 0);
  // No variance: every value is the same, and there is nothing to tell apart.
  const pValue = variance > 0 ? sides * normalCdf(-gap / Math.sqrt(variance)) : 1;
  return { statistic: u, pValue: Math.min(1, pValue), effect, method: 'asymptotic' };
}
