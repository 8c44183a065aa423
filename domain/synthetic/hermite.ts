import { normalQuantile } from '../statistics/special.ts';
import type { Marginal } from './marginal.ts';

/** A column on the normal scale: the score of each cell, standardised, and the expansion of that step function. */
export interface Scores {
  /** Normal quantile of each cell's middle, mean 0 and variance 1 over the cells; all 0 for a single cell. */
  readonly byCell: Float64Array;
  /** Coefficients of the normalised Hermite polynomials of degree 1, 2, ... */
  readonly expansion: Float64Array;
}

const TERMS = 40;
/** Beyond, the series converges too slowly, and two columns that near to each other are one. */
const CLOSEST = 0.98;

const density = (z: number): number =>
  Number.isFinite(z) ? Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI) : 0;

/** Normalised Hermite polynomials h_0 .. h_(n-1) at z, times the normal density. */
function hermites(z: number, n: number): Float64Array {
  const values = new Float64Array(n);
  if (!Number.isFinite(z)) return values;
  values[0] = density(z);
  values[1] = z * values[0];
  for (let k = 1; k + 1 < n; k++) {
    values[k + 1] = (z * values[k]! - Math.sqrt(k) * values[k - 1]!) / Math.sqrt(k + 1);
  }
  return values;
}

export function scoresOf({ cuts }: Pick<Marginal, 'cuts'>): Scores {
  const cells = Math.max(0, cuts.length - 1);
  const byCell = new Float64Array(cells);
  const expansion = new Float64Array(TERMS);
  if (cells < 2) return { byCell, expansion };
  let mean = 0;
  let square = 0;
  for (let i = 0; i < cells; i++) {
    const share = cuts[i + 1]! - cuts[i]!;
    byCell[i] = normalQuantile((cuts[i]! + cuts[i + 1]!) / 2);
    mean += share * byCell[i]!;
    square += share * byCell[i]! ** 2;
  }
  const deviation = Math.sqrt(Math.max(Number.MIN_VALUE, square - mean * mean));
  let before = hermites(-Infinity, TERMS);
  for (let i = 0; i < cells; i++) {
    byCell[i] = (byCell[i]! - mean) / deviation;
    // The integral of h_k times the density is -h_(k-1) times the density, divided by the root of k.
    const after = hermites(normalQuantile(cuts[i + 1]!), TERMS);
    for (let k = 1; k <= TERMS; k++) {
      expansion[k - 1]! += (byCell[i]! * (before[k - 1]! - after[k - 1]!)) / Math.sqrt(k);
    }
    before = after;
  }
  return { byCell, expansion };
}

/** Correlation of the scores of two columns whose latent normals correlate by `latent`: Mehler's formula. */
export function observedCorrelation(a: Scores, b: Scores, latent: number): number {
  let sum = 0;
  for (let k = TERMS - 1; k >= 0; k--) sum = (sum + a.expansion[k]! * b.expansion[k]!) * latent;
  return sum;
}

/** Differences of an observed correlation that mean nothing. */
const SAME = 0.002;

/**
 * The latent correlation that makes the scores correlate as observed; the nearest there is when none does, and the weakest
 * where many do (two rare values that exclude each other say little). Cells and ties weaken a correlation, and this
 * undoes it: the matching of NORTA (Cario and Nelson 1997), solved by Mehler's expansion of a bivariate normal in Hermite
 * polynomials (as Xiao 2014) and bisection, because the observed correlation rises with the latent one.
 */
export function latentCorrelation(a: Scores, b: Scores, observed: number): number {
  const low = reaching(a, b, observed - SAME);
  const high = reaching(a, b, observed + SAME);
  return low > 0 ? low : high < 0 ? high : 0;
}

/** The latent correlation from which on the scores correlate by `observed` at least. */
function reaching(a: Scores, b: Scores, observed: number): number {
  let low = -CLOSEST;
  let high = CLOSEST;
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (observedCorrelation(a, b, middle) < observed) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
