import { logNormalCdf } from '../statistics/special.ts';

/**
 * One-sided normal-mixture boundary with measured variance (Howard, Ramdas, McAuliffe and Sekhon 2021; used
 * asymptotically as in Waudby-Smith and others 2021).
 *
 * ln M = 1/2 ln(4 rho / (V + rho)) + z^2 / 2 + ln Phi(z), z = S / sqrt(V + rho), where S is the sum of k increments with
 * mean <= 0 under the null and V = sum d^2 - S^2 / k their measured variance. Because V is measured on few increments,
 * z^2 is replaced by k ln(1 + z^2 / k), the exponent of the t-statistic's likelihood ratio: equal for many bins, finite
 * where all increments are the same.
 */
export function logMixture(sum: number, variance: number, k: number, rho: number): number {
  const scale = variance + rho;
  if (!(scale > 0 && rho > 0)) return 0;
  const g = k * Math.log1p((sum * sum) / scale / k);
  return 0.5 * Math.log((4 * rho) / scale) + g / 2 + logNormalCdf(sum < 0 ? -Math.sqrt(g) : Math.sqrt(g));
}

/** rho that makes the boundary tightest at the variance `best` for level `level` (Howard and others 2021). */
export function mixtureScale(best: number, level: number): number {
  const log = Math.log(1 / Math.min(2 * level, 0.5));
  return best / (2 * log + Math.log1p(2 * log));
}
