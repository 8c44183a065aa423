/**
 * Mixture e-processes on "which arm did this one fall in?" (Lindon and Malek 2022; Ramdas and others 2023).
 *
 * Given n events in a bin, the number x in the canary is binomial with share theta under the null. The alternative
 * multiplies the odds of that share by g: q = g theta / (g theta + 1 - theta), so one bin multiplies the likelihood
 * ratio by g^x / (g theta + 1 - theta)^n. A fixed mixture over g needs no restart when theta changes from bin to bin,
 * and the mean over the grid is an e-process: by Ville's inequality it passes 1/a at any time with chance at most a.
 */

/** Multiplies each grid point's likelihood ratio by one bin's. `logs` is changed in place. */
export function tilt(logs: number[], grid: readonly number[], x: number, n: number, theta: number): void {
  if (n === 0) return;
  for (let i = 0; i < grid.length; i++) {
    const g = grid[i]!;
    logs[i]! += x * Math.log(g) - n * Math.log1p((g - 1) * theta);
  }
}

/** Natural logarithm of the mean of the grid's likelihood ratios. */
export function logMean(logs: readonly number[]): number {
  let top = -Infinity;
  for (let i = 0; i < logs.length; i++) if (logs[i]! > top) top = logs[i]!;
  let sum = 0;
  for (let i = 0; i < logs.length; i++) sum += Math.exp(logs[i]! - top);
  return top + Math.log(sum / logs.length);
}

/** How many times more often than twice the baseline's rate the fast path supposes events to come. */
export const FAST_GRID: readonly number[] = [1.1, 1.25, 1.5, 2, 3, 5, 10];

/**
 * Odds ratios that the sample-ratio check supposes. The nearest is 5 %: a split that is off by less than about half of
 * that never alarms, however long it lasts.
 */
export const SPLIT_GRID: readonly number[] = [
  1 / 4,
  1 / 2,
  1 / 1.5,
  1 / 1.25,
  1 / 1.1,
  1 / 1.05,
  1.05,
  1.1,
  1.25,
  1.5,
  2,
  4,
];
