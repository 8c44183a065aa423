import type { Test } from './config.ts';
import { logMixture, mixtureScale } from './mixture.ts';

/**
 * Sums over the closed blocks of one width. A block adds (a, b): the test of "harm <= m" looks at d = a - m b, which
 * covers absolute margins (b is the stratum's weight) and relative ones (b is weight times the baseline's value). All
 * that a test needs of any m are the first and second moments of (a, b), so one set of sums serves the guard, the proof
 * and every bound.
 */
export interface Series {
  blocks: number;
  a: number;
  b: number;
  aa: number;
  ab: number;
  bb: number;
  /** Sums of products of neighbouring blocks: a a', a b' + b a', b b'. */
  lagAA: number;
  lagAB: number;
  lagBB: number;
  previousA: number;
  previousB: number;
  /** Variance that independent rows would have if the harm were the margin, see `varianceFloor` in strata.ts. */
  floor: number;
  /** Half of the next wider block. */
  halfA: number;
  halfB: number;
  halfFloor: number;
  half: boolean;
  /** Variance at the burn-in, which scales the boundary; 0 until then. */
  guardScale: number;
  proofScale: number;
}

/** Blocks of 1, 2, 4 ... 64 bins. */
export const WIDTHS = 7;
/** Neighbouring blocks may correlate by this much. */
export const LAG_LIMIT = 0.1;
/** The boundary is tightest at this many times the variance of the burn-in. */
export const GUARD_TUNE = 2.5;
export const PROOF_TUNE = 28;
/** Below this share of the raw second moment a variance is rounding error. */
const ROUNDING = 1e-9;

export function newSeries(): Series {
  return {
    blocks: 0, a: 0, b: 0, aa: 0, ab: 0, bb: 0,
    lagAA: 0, lagAB: 0, lagBB: 0, previousA: 0, previousB: 0,
    floor: 0, halfA: 0, halfB: 0, halfFloor: 0, half: false,
    guardScale: 0, proofScale: 0,
  }; // prettier-ignore
}

/** Variance of the sum of d = a - m b, measured between blocks. */
export function varianceAt(s: Series, m: number): number {
  const raw = s.aa - 2 * m * s.ab + m * m * s.bb;
  const sum = s.a - m * s.b;
  return Math.max(raw - (sum * sum) / s.blocks, ROUNDING * raw);
}

/** Correlation of neighbouring blocks of d at the estimated harm; 0 when there is no variance. */
export function lagCorrelation(s: Series): number {
  const m = s.b === 0 ? 0 : s.a / s.b;
  const variance = s.aa - 2 * m * s.ab + m * m * s.bb;
  if (!(variance > 0)) return 0;
  return (s.lagAA - m * s.lagAB + m * m * s.lagBB) / variance;
}

/** Adds one closed time slice to every width it completes. */
export function pushSlice(
  widths: Series[],
  test: Test,
  burnIn: number,
  a: number,
  b: number,
  floor: number,
): void {
  for (let level = 0; level < widths.length; level++) {
    const s = widths[level]!;
    s.lagAA += a * s.previousA;
    s.lagAB += a * s.previousB + b * s.previousA;
    s.lagBB += b * s.previousB;
    s.previousA = a;
    s.previousB = b;
    s.blocks++;
    s.a += a;
    s.b += b;
    s.aa += a * a;
    s.ab += a * b;
    s.bb += b * b;
    s.floor += floor;
    if (s.blocks >= burnInBlocks(burnIn, level)) {
      if (s.guardScale === 0) s.guardScale = varianceAt(s, test.tolerance);
      if (s.proofScale === 0) s.proofScale = Math.max(varianceAt(s, test.margin), s.floor);
    }
    if (!s.half) {
      s.halfA = a;
      s.halfB = b;
      s.halfFloor = floor;
      s.half = true;
      return;
    }
    s.half = false;
    a += s.halfA;
    b += s.halfB;
    floor += s.halfFloor;
  }
}

/** Blocks of a width that must have closed before its boundary may be used. */
export function burnInBlocks(burnIn: number, level: number): number {
  return level === 0 ? burnIn : Math.ceil(burnIn / 2);
}

/**
 * The narrowest width whose neighbouring blocks do not correlate, or -1 while it cannot be told. A width is suspected
 * only when its correlation exceeds the limit by more than chance would.
 */
export function chooseWidth(widths: readonly Series[], burnIn: number): number {
  for (let level = 0; level < widths.length; level++) {
    const s = widths[level]!;
    if (s.blocks < burnInBlocks(burnIn, level)) return -1;
    if (lagCorrelation(s) < LAG_LIMIT + 0.5 / Math.sqrt(s.blocks)) return level;
  }
  return -1;
}

/** Long-run variance over the variance between blocks, for the correlation that is left between neighbours. */
function persistence(s: Series): number {
  const r = Math.min(Math.max(lagCorrelation(s), 0), 0.9);
  return (1 + r) / (1 - r);
}

/** ln M against "harm <= m": evidence that the harm is larger. */
export function logHarm(s: Series, m: number, level: number): number {
  const rho = mixtureScale(GUARD_TUNE * s.guardScale, level);
  return logMixture(s.a - m * s.b, varianceAt(s, m), s.blocks, rho);
}

/**
 * ln M against "harm >= m": evidence that the harm is smaller. A wrong promotion is found out late, so a proof is more
 * careful than the guard: it counts in what correlation is left, and never uses less variance than a canary as rough as
 * the baseline (`roughness`, see roughness.ts) would have if its harm were the margin.
 */
export function logSafety(s: Series, m: number, level: number, roughness: number): number {
  const rho = mixtureScale(PROOF_TUNE * s.proofScale, level);
  return logMixture(m * s.b - s.a, safetyVariance(s, m, roughness), s.blocks, rho);
}

/** The variance that a proof uses. */
export function safetyVariance(s: Series, m: number, roughness: number): number {
  return persistence(s) * Math.max(varianceAt(s, m), roughness * s.floor);
}

/**
 * Where the evidence against m first reaches 1 / level, going out from the estimate: the always-valid lower
 * (`direction` -1) or upper (+1) bound of the harm. Null where no finite bound holds yet.
 */
export function boundOf(s: Series, direction: 1 | -1, level: number, roughness = 1): number | null {
  if (!(s.b > 0) || (direction < 0 ? s.guardScale : s.proofScale) <= 0) return null;
  const wanted = Math.log(1 / level);
  const evidence = direction < 0 ? logHarm : logSafety;
  const centre = s.a / s.b;
  const spread = Math.sqrt(varianceAt(s, centre)) / s.b;
  let step = spread > 0 ? spread : Math.abs(centre) * 1e-6;
  if (step === 0) return null;
  let inside = centre;
  let outside = centre + direction * step;
  for (let i = 0; evidence(s, outside, level, roughness) < wanted; i++) {
    if (i === 40) return null;
    inside = outside;
    step *= 2;
    outside = centre + direction * step;
  }
  for (let i = 0; i < 60; i++) {
    const middle = (inside + outside) / 2;
    if (middle === inside || middle === outside) break;
    if (evidence(s, middle, level, roughness) < wanted) inside = middle;
    else outside = middle;
  }
  return outside;
}
