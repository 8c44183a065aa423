import { requireInRange } from './error.ts';
import { chiSquareSurvival, regularizedBeta } from './special.ts';

export interface McNemarResult {
  /** The smaller discordant count when exact, else the chi-square statistic. */
  readonly statistic: number;
  readonly pValue: number;
  readonly method: 'exact' | 'asymptotic';
}

/**
 * McNemar's test of two classifiers on the same rows. `onlyFirst`: rows where only the first was right; `onlySecond`:
 * where only the second was. Exact (two-sided binomial with 1/2) unless told; asymptotic with continuity correction
 * unless told. As statsmodels' `mcnemar`. Without discordant rows the p-value is 1.
 *
 * @throws StatisticsError `OUT_OF_RANGE` for a negative or non-finite count
 */
export function mcnemar(
  onlyFirst: number,
  onlySecond: number,
  options: { readonly method?: 'exact' | 'asymptotic'; readonly continuity?: boolean } = {},
): McNemarResult {
  const { method = 'exact', continuity = true } = options;
  requireInRange(onlyFirst, 'onlyFirst', 0, Number.MAX_SAFE_INTEGER);
  requireInRange(onlySecond, 'onlySecond', 0, Number.MAX_SAFE_INTEGER);
  const total = onlyFirst + onlySecond;
  const small = Math.min(onlyFirst, onlySecond);
  if (method === 'exact') {
    // P(X <= k) for X ~ Binomial(n, 1/2) is I_{1/2}(n - k, k + 1).
    const tail = total === small ? 1 : regularizedBeta(total - small, small + 1, 0.5);
    return { statistic: small, pValue: Math.min(1, 2 * tail), method };
  }
  if (total === 0) return { statistic: 0, pValue: 1, method };
  const gap = Math.abs(onlyFirst - onlySecond) - (continuity ? 1 : 0);
  const statistic = (gap * gap) / total;
  return { statistic, pValue: chiSquareSurvival(statistic, 1), method };
}
