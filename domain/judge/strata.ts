import type { Cell } from './bin.ts';
import { rowVariance } from './roughness.ts';
import type { Test } from './config.ts';

/** What one stratum (a segment of a bin) adds to a test. */
export interface Stratum {
  a: number;
  b: number;
  /** Variance of `a` if rows were independent and the harm were the margin; 0 for means and amounts. */
  floor: number;
  /** Variance of `a` if rows were independent: the yardstick of the dispersion. */
  within: number;
}

/**
 * The stratified (Mantel-Haenszel) contribution: weight w = nc nb / (nc + nb), a = sign w (mean_c - mean_b), b = w, or
 * w mean_b for a relative margin. Comparing within strata and adding up keeps traffic that moves and base rates that
 * move from being taken for an effect. Both arms must have rows.
 */
export function stratumOf(test: Test, canary: Cell, baseline: Cell): Stratum {
  const weight = (canary.n * baseline.n) / (canary.n + baseline.n);
  const meanCanary = canary.x / canary.n;
  const meanBaseline = baseline.x / baseline.n;
  return {
    a: test.sign * weight * (meanCanary - meanBaseline),
    b: test.relative ? weight * meanBaseline : weight,
    within: weight * weight * (ownVariance(canary) + ownVariance(baseline)),
    floor:
      test.kind === 'rate' || test.kind === 'latency' ? varianceFloor(test, canary, baseline, weight) : 0,
  };
}

/** Variance of an arm's mean if its rows were independent. */
function ownVariance(cell: Cell): number {
  return cell.n < 2 ? cell.ss : rowVariance(cell) / cell.n;
}

/**
 * For a share of rows: the variance of `a` if rows were independent and the harm were the margin, the baseline as it was
 * seen and a canary whose events come as often as the margin allows. Few events show little variance, and just then a
 * canary looks safe by luck; so a proof uses no less than this. A canary without a single error is proven safe by its
 * exposure, not by a variance of zero.
 */
function varianceFloor(test: Test, canary: Cell, baseline: Cell, weight: number): number {
  const factor = test.relative ? 1 + test.sign * test.margin : 1;
  const observed = baseline.x / baseline.n;
  const harm = Math.min(test.relative ? test.margin * observed : test.margin, 1);
  const own = test.sign > 0 ? Math.min(observed, 1 - harm) : Math.max(observed, harm);
  const other = own + test.sign * harm;
  return (
    weight * weight * ((other * (1 - other)) / canary.n + (factor * factor * own * (1 - own)) / baseline.n)
  );
}
