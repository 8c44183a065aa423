import { requireInRange } from './error.ts';
import { deviance, stirlingRemainder } from './special.ts';

/** Binomial probability of j successes in n when each has chance p, by Loader's saddle point. */
function binomialMass(j: number, n: number, p: number): number {
  if (j === 0) return Math.exp(n * Math.log1p(-p));
  if (j === n) return Math.exp(n * Math.log(p));
  // Stirling's remainder of ln n! is that of ln Gamma(n), since n! = n Gamma(n).
  const remainder = stirlingRemainder(n) - stirlingRemainder(j) - stirlingRemainder(n - j);
  const exponent = remainder - deviance(j, n * p) - deviance(n - j, n * (1 - p));
  return Math.sqrt(n / (2 * Math.PI * j * (n - j))) * Math.exp(exponent);
}

/**
 * P(D+ >= d) for the one-sided one-sample Kolmogorov-Smirnov statistic of n values: the Birnbaum-Tingey sum. Every
 * term is positive, so it is exact to rounding. Above 8,000 values the sum is taken on a coarser grid: its terms are
 * a smooth bump that vanishes at both ends with all derivatives, where the trapezoid rule converges exponentially.
 */
export function smirnovSurvival(n: number, d: number): number {
  if (d <= 0) return 1;
  if (d >= 1) return 0;
  const last = Math.floor(n * (1 - d));
  const step = n > 8000 && n * d * d > 2 ? Math.floor(n / 4000) : 1;
  let sum = 0;
  for (let j = 0; j <= last; j += step) {
    const p = d + j / n;
    if (p < 1) sum += binomialMass(j, n, p) / p;
    else if (j === n) sum += 1;
  }
  return Math.min(1, sum * step * d);
}

type Matrix = Float64Array;

function multiply(a: Matrix, b: Matrix, m: number): Matrix {
  const c = new Float64Array(m * m);
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < m; k++) {
      const factor = a[i * m + k]!;
      if (factor === 0) continue;
      for (let j = 0; j < m; j++) c[i * m + j]! += factor * b[k * m + j]!;
    }
  }
  return c;
}

/**
 * P(D <= d) exactly, by the Durbin matrix (Marsaglia, Tsang and Wang, "Evaluating Kolmogorov's distribution", 2003).
 * Cost grows with (n d)^3 ln n.
 */
function durbinCdf(n: number, d: number): number {
  const k = Math.ceil(n * d);
  const h = k - n * d;
  const m = 2 * k - 1;
  let base: Matrix = new Float64Array(m * m);
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) base[i * m + j] = i - j + 1 < 0 ? 0 : 1;
  for (let i = 0; i < m; i++) {
    base[i * m]! -= h ** (i + 1);
    base[(m - 1) * m + i]! -= h ** (m - i);
  }
  base[(m - 1) * m]! += 2 * h - 1 > 0 ? (2 * h - 1) ** m : 0;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j <= Math.min(i, m - 1); j++) {
      for (let g = 2; g <= i - j + 1; g++) base[i * m + j]! /= g;
    }
  }
  const SCALE = 140;
  let power: Matrix = new Float64Array(m * m);
  for (let i = 0; i < m; i++) power[i * m + i] = 1;
  let baseExponent = 0;
  let exponent = 0;
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) {
      power = multiply(power, base, m);
      exponent += baseExponent;
      if (power[(k - 1) * m + k - 1]! > 1e140) {
        for (let i = 0; i < power.length; i++) power[i]! *= 1e-140;
        exponent += SCALE;
      }
    }
    base = multiply(base, base, m);
    baseExponent *= 2;
    if (base[(k - 1) * m + k - 1]! > 1e140) {
      for (let i = 0; i < base.length; i++) base[i]! *= 1e-140;
      baseExponent += SCALE;
    }
  }
  let value = power[(k - 1) * m + k - 1]!;
  for (let i = 1; i <= n; i++) {
    value *= i / n;
    if (value < 1e-140) {
      value *= 1e140;
      exponent -= SCALE;
    }
  }
  return value * 10 ** exponent;
}

/** P(D <= d) for large n: the four-term expansion of Pelz and Good, "Approximating the lower tail-areas" (1976). */
function pelzGoodCdf(n: number, d: number): number {
  const z = Math.sqrt(n) * d;
  const pi2 = Math.PI * Math.PI;
  const pi4 = pi2 * pi2;
  const z2 = z * z;
  const z4 = z2 * z2;
  const z6 = z4 * z2;
  const log = -pi2 / 8 / z2;
  if (log < -708) return 0;
  const rootTwoPi = Math.sqrt(2 * Math.PI);
  const terms = Math.ceil((16 * z) / Math.PI);
  let [k0, k1, k2, k3] = [0, 0, 0, 0];
  for (let k = terms; k >= 1; k--) {
    const m2 = (2 * k - 1) ** 2;
    const weight = Math.exp(log * m2);
    k0 += weight;
    k1 += weight * (-z2 + (pi2 / 4) * m2);
    k2 +=
      weight * (6 * z6 + 2 * z4 + ((2 * z4 - 5 * z2) * pi2 * m2) / 4 + (pi4 * (1 - 2 * z2) * m2 * m2) / 16);
    k3 +=
      weight *
      (-30 * z6 -
        90 * z4 * z4 +
        (pi2 * (135 * z4 - 96 * z6) * m2) / 4 +
        (pi4 * (-60 * z2 + 212 * z4) * m2 * m2) / 16 +
        (pi4 * pi2 * (5 - 30 * z2) * m2 ** 3) / 64);
  }
  k0 *= rootTwoPi / z;
  k1 *= rootTwoPi / (6 * z4);
  k2 *= rootTwoPi / (72 * z6 * z);
  k3 *= rootTwoPi / (6480 * z6 * z4);
  for (let k = terms; k >= 1; k--) {
    const kk = k * k;
    const weight = Math.exp(4 * log * kk);
    k2 -= (kk * weight * pi2 * rootTwoPi) / (36 * z2 * z);
    k3 += ((3 * z2 - pi2 * kk) * kk * weight * pi2 * rootTwoPi) / (216 * z6);
  }
  return k0 + k1 / Math.sqrt(n) + k2 / n + k3 / n ** 1.5;
}

/**
 * P(D >= d) for the two-sided one-sample Kolmogorov-Smirnov statistic of n values, following the regimes of Simard
 * and L'Ecuyer, "Computing the two-sided Kolmogorov-Smirnov distribution" (2011). `n` is a whole number >= 1.
 */
export function kolmogorovSurvival(n: number, d: number): number {
  requireInRange(n, 'n', 1, Number.MAX_SAFE_INTEGER);
  if (d >= 1) return 0;
  const t = n * d;
  if (d <= 0 || t <= 0.5) return 1;
  if (t >= n - 1) return Math.min(1, 2 * (1 - d) ** n);
  const spread = t * d;
  if (spread >= 370) return 0;
  if (d >= 0.5 || (n <= 140 ? spread > 4 : spread >= 2.2)) return Math.min(1, 2 * smirnovSurvival(n, d));
  const exact = n <= 140 || (n <= 100_000 && n * d ** 1.5 <= 1.4);
  return Math.min(1, Math.max(0, 1 - (exact ? durbinCdf(n, d) : pelzGoodCdf(n, d))));
}
