import type { Test } from './config.ts';
import { roughnessOf } from './roughness.ts';
import { boundOf, chooseWidth, logHarm, logSafety, varianceAt } from './series.ts';
import type { Series } from './series.ts';
import type { TestState } from './state.ts';
import { logMean } from './tilt.ts';

/** Part of a rate's budget that the fast path spends; the slow path has the rest. */
export const FAST_SHARE = 0.1;
/** The fast path asks whether events come more than this many times as often as in the baseline. */
export const FAST_RATIO = 2;
/** Bins before a dispersion is believed, and the dispersion above which the fast path is off. */
export const DISPERSION_BINS = 20;
export const DISPERSION_LIMIT = 4;

/** Measured variance between bins over what independent rows would show; null while unknown. */
export function dispersionOf(state: TestState): number | null {
  const s = state.widths[0]!;
  if (s.blocks < DISPERSION_BINS || !(state.within > 0)) return null;
  return varianceAt(s, s.b === 0 ? 0 : s.a / s.b) / state.within;
}

/** Is the fast path allowed to speak? Its arithmetic supposes events that come one by one. */
export function fastPathOn(state: TestState): boolean {
  if (state.fast.length === 0) return false;
  const dispersion = dispersionOf(state);
  return dispersion === null || dispersion <= DISPERSION_LIMIT;
}

/** The series that the slow path reads now, or undefined during the burn-in. */
export function currentSeries(
  state: TestState,
  burnIn: number,
): { series: Series; width: number } | undefined {
  const level = chooseWidth(state.widths, burnIn);
  return level < 0 ? undefined : { series: state.widths[level]!, width: 2 ** level };
}

/** Level of the slow path's guard. */
export function slowLevel(test: Test): number {
  return test.kind === 'rate' ? test.alpha * (1 - FAST_SHARE) : test.alpha;
}

/**
 * ln of the guard's e-value, against "harm <= tolerance": fast and slow path averaged by their shares of the budget,
 * which is an e-value again, and larger than either of the two split tests alone would need.
 */
export function guardEvidence(
  test: Test,
  state: TestState,
  burnIn: number,
): { logE: number; path: 'fast' | 'slow' } {
  const fast = fastPathOn(state) ? Math.log(FAST_SHARE) + logMean(state.fast) : -Infinity;
  const current = currentSeries(state, burnIn);
  const share = test.kind === 'rate' ? Math.log(1 - FAST_SHARE) : 0;
  // Until its burn-in is over the slow path has bet nothing: its e-value is 1.
  const slow = share + (current === undefined ? 0 : logHarm(current.series, test.tolerance, slowLevel(test)));
  const top = Math.max(fast, slow);
  return {
    logE: top + Math.log1p(Math.exp(Math.min(fast, slow) - top)),
    path: fast > slow ? 'fast' : 'slow',
  };
}

/** The series that a proof may read: a full burn-in of blocks, whatever their width. */
function proofSeries(state: TestState, burnIn: number): Series | undefined {
  const series = currentSeries(state, burnIn)?.series;
  return series !== undefined && series.blocks >= burnIn && series.b > 0 ? series : undefined;
}

/** Is the harm proven to be below the margin, by what is known now? This is what a promotion needs. */
export function provenSafe(test: Test, state: TestState, burnIn: number): boolean {
  const series = proofSeries(state, burnIn);
  return series !== undefined && belowMargin(test, state, series);
}

/**
 * The same question to the series that the guard reads, for a harm that the guard has found: worse, but within what was
 * accepted beforehand, is no reason to abort.
 */
export function withinMargin(test: Test, state: TestState, burnIn: number): boolean {
  const series = currentSeries(state, burnIn)?.series;
  return series !== undefined && series.b > 0 && belowMargin(test, state, series);
}

function belowMargin(test: Test, state: TestState, series: Series): boolean {
  const logE = logSafety(series, test.margin, test.proofAlpha, roughnessOf(state.roughness));
  return logE >= Math.log(1 / test.proofAlpha);
}

/** Always-valid lower bound of the harm at this test's share of the budget; null while there is none. */
export function lowerBound(test: Test, state: TestState, burnIn: number): number | null {
  const series = currentSeries(state, burnIn)?.series;
  return series === undefined ? null : boundOf(series, -1, slowLevel(test));
}

/** Always-valid upper bound of the harm at the proof's level; null while there is none. */
export function upperBound(test: Test, state: TestState, burnIn: number): number | null {
  const series = proofSeries(state, burnIn);
  return series === undefined ? null : boundOf(series, 1, test.proofAlpha, roughnessOf(state.roughness));
}
