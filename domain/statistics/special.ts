import { requireInRange, StatisticsError } from './error.ts';

/**
 * Special functions in plain double precision, each by a published algorithm. The oracle of their tests is scipy;
 * relative error stays below 1e-12, in the far tails too.
 */

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + coefficients[i]!;
  return sum;
}

function refuseNaN(value: number, name: string): void {
  if (Number.isNaN(value)) throw new StatisticsError('NON_FINITE', name, `${name} is NaN. Pass a number.`);
}

// Rational minimax approximations of W. J. Cody, "Rational Chebyshev approximations for the error function",
// Math. Comp. 23 (1969). Constant term first.
const ERF_P = [
  3.20937758913846947e3, 3.77485237685302021e2, 1.13864154151050156e2, 3.1611237438705656,
  1.85777706184603153e-1,
];
const ERF_Q = [2.84423683343917062e3, 1.28261652607737228e3, 2.44024637934444173e2, 2.36012909523441209e1, 1];
const ERFC_P = [
  1.23033935479799725e3, 2.05107837782607147e3, 1.71204761263407058e3, 8.8195222124176909e2,
  2.98635138197400131e2, 6.61191906371416295e1, 8.88314979438837594, 5.64188496988670089e-1,
  2.15311535474403846e-8,
];
const ERFC_Q = [
  1.23033935480374942e3, 3.43936767414372164e3, 4.36261909014324716e3, 3.29079923573345963e3,
  1.62138957456669019e3, 5.37181101862009858e2, 1.17693950891312499e2, 1.57449261107098347e1, 1,
];
const TAIL_P = [
  6.58749161529837803e-4, 1.60837851487422766e-2, 1.25781726111229246e-1, 3.60344899949804439e-1,
  3.05326634961232344e-1, 1.63153871373020978e-2,
];
const TAIL_Q = [
  2.33520497626869185e-3, 6.05183413124413191e-2, 5.27905102951428412e-1, 1.87295284992346725,
  2.56852019228982242, 1,
];
const ONE_OVER_ROOT_PI = 0.5641895835477562869;
const ROOT_TWO = Math.SQRT2;
const LOG_ROOT_TWO_PI = 0.91893853320467274178;

/** exp(x^2) erfc(x) for x >= 0.46875: the part of erfc that does not underflow. */
function scaledTail(x: number): number {
  if (x <= 4) return polynomial(ERFC_P, x) / polynomial(ERFC_Q, x);
  const z = 1 / (x * x);
  return (ONE_OVER_ROOT_PI - (z * polynomial(TAIL_P, z)) / polynomial(TAIL_Q, z)) / x;
}

/** exp(-x^2) without the rounding error of x^2 (Cody's split at sixteenths). */
function expMinusSquare(x: number): number {
  const head = Math.trunc(x * 16) / 16;
  return Math.exp(-head * head) * Math.exp(-(x - head) * (x + head));
}

/** Error function erf(x). */
export function erf(x: number): number {
  refuseNaN(x, 'x');
  if (Math.abs(x) > 0.46875) return x > 0 ? 1 - erfc(x) : erfc(-x) - 1;
  const z = x * x;
  return (x * polynomial(ERF_P, z)) / polynomial(ERF_Q, z);
}

/** Complementary error function 1 - erf(x), with full relative accuracy in the right tail. Cody 1969. */
export function erfc(x: number): number {
  refuseNaN(x, 'x');
  if (Math.abs(x) <= 0.46875) return 1 - erf(x);
  const size = Math.abs(x);
  const tail = size > 27 ? 0 : expMinusSquare(size) * scaledTail(size);
  return x > 0 ? tail : 2 - tail;
}

/** P(Z <= x) for a standard normal Z. */
export function normalCdf(x: number): number {
  return 0.5 * erfc(-x / ROOT_TWO);
}

/** ln P(Z <= x) for a standard normal Z; accurate for x = -1e150 as for x = 8. */
export function logNormalCdf(x: number): number {
  refuseNaN(x, 'x');
  if (x > 0) return Math.log1p(-0.5 * erfc(x / ROOT_TWO));
  if (x > -1) return Math.log(0.5 * erfc(-x / ROOT_TWO));
  if (x === -Infinity) return -Infinity;
  return Math.log(0.5 * scaledTail(-x / ROOT_TWO)) - 0.5 * x * x;
}

// M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988).
const MIDDLE_P = [
  3.387132872796366608, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
  4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
];
const MIDDLE_Q = [
  1, 4.2313330701600911252e1, 6.871870074920579083e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
  3.930789580009271061e4, 2.8729085735721942674e4, 5.226495278852854561e3,
];
const NEAR_P = [
  1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
  1.27045825245236838258, 2.4178072517745061177e-1, 2.27238449892691845833e-2, 7.7454501427834140764e-4,
];
const NEAR_Q = [
  1, 2.05319162663775882187, 1.6763848301838038494, 6.8976733498510000455e-1, 1.4810397642748007459e-1,
  1.51986665636164571966e-2, 5.475938084995344946e-4, 1.05075007164441684324e-9,
];
const FAR_P = [
  6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 2.9656057182850489123e-1,
  2.6532189526576123093e-2, 1.2426609473880784386e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
];
const FAR_Q = [
  1, 5.9983220655588793769e-1, 1.3692988092273580531e-1, 1.48753612908506148525e-2, 7.868691311456132591e-4,
  1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15,
];

/** The x with P(Z <= x) = p. `p` from 0 to 1; the ends give the infinities. AS 241. */
export function normalQuantile(p: number): number {
  requireInRange(p, 'p', 0, 1);
  if (p === 0) return -Infinity;
  if (p === 1) return Infinity;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(MIDDLE_P, r)) / polynomial(MIDDLE_Q, r);
  }
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const x =
    r <= 5
      ? polynomial(NEAR_P, r - 1.6) / polynomial(NEAR_Q, r - 1.6)
      : polynomial(FAR_P, r - 5) / polynomial(FAR_Q, r - 5);
  return q < 0 ? -x : x;
}

// Coefficients B_2k / (2k (2k - 1)) of Stirling's series.
const STIRLING = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360360,
  1 / 156,
  -3617 / 122400,
  43867 / 244188,
];

/** ln Gamma(x) - ((x - 1/2) ln x - x + ln sqrt(2 pi)): Stirling's remainder, x > 0. */
export function stirlingRemainder(x: number): number {
  if (x >= 12) return polynomial(STIRLING, 1 / (x * x)) / x;
  return logGamma(x) - ((x - 0.5) * Math.log(x) - x + LOG_ROOT_TWO_PI);
}

/** ln Gamma(x) for x > 0: Stirling's series from 12 on, the recurrence below. */
export function logGamma(x: number): number {
  requireInRange(x, 'x', Number.MIN_VALUE, Number.MAX_VALUE);
  if (x < 12) {
    // Near the zeros at 1 and 2 the difference below would cancel; both are exact.
    if (x === 1 || x === 2) return 0;
    let product = 1;
    let shifted = x;
    while (shifted < 12) product *= shifted++;
    return logGamma(shifted) - Math.log(product);
  }
  return (x - 0.5) * Math.log(x) - x + LOG_ROOT_TWO_PI + polynomial(STIRLING, 1 / (x * x)) / x;
}

/** x ln(x / m) + m - x without cancellation near x = m (C. Loader, "Fast and accurate computation of binomial probabilities", 2000). */
export function deviance(x: number, m: number): number {
  if (Math.abs(x - m) >= 0.1 * (x + m)) return x * Math.log(x / m) + m - x;
  const v = (x - m) / (x + m);
  let sum = (x - m) * v;
  let term = 2 * x * v;
  for (let j = 1; j < 1000; j++) {
    term *= v * v;
    const next = sum + term / (2 * j + 1);
    if (next === sum) return next;
    sum = next;
  }
  return sum;
}

const TINY = 1e-300;
const EPSILON = 1e-16;
const MOST_TERMS = 5_000_000;

/** Series for P(a, x) / (x^a e^-x / Gamma(a)); converges fast for x < a + 1. */
function gammaSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MOST_TERMS; n++) {
    term *= x / (a + n);
    sum += term;
    if (term < sum * EPSILON) break;
  }
  return sum;
}

/** Continued fraction for Q(a, x) / (x^a e^-x / Gamma(a)), by Lentz's method; for x >= a + 1. */
function gammaFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i < MOST_TERMS; i++) {
    const an = -i * (i - a);
    b += 2;
    d = 1 / (Math.abs(an * d + b) < TINY ? TINY : an * d + b);
    c = Math.abs(b + an / c) < TINY ? TINY : b + an / c;
    const step = d * c;
    h *= step;
    if (Math.abs(step - 1) < 2 * EPSILON) break;
  }
  return h;
}

/** x^a e^-x / Gamma(a). */
function gammaFactor(a: number, x: number): number {
  return Math.sqrt(a / (2 * Math.PI)) * Math.exp(-deviance(a, x) - stirlingRemainder(a));
}

function requireGammaArguments(a: number, x: number): void {
  requireInRange(a, 'a', Number.MIN_VALUE, Number.MAX_VALUE);
  requireInRange(x, 'x', 0, Infinity);
}

/** Lower regularised incomplete gamma function P(a, x), a > 0, x >= 0. */
export function regularizedGammaP(a: number, x: number): number {
  requireGammaArguments(a, x);
  if (x === 0) return 0;
  if (x === Infinity) return 1;
  return x < a + 1 ? gammaFactor(a, x) * gammaSeries(a, x) : 1 - gammaFactor(a, x) * gammaFraction(a, x);
}

/** Upper regularised incomplete gamma function Q(a, x) = 1 - P(a, x), accurate when it is tiny. */
export function regularizedGammaQ(a: number, x: number): number {
  requireGammaArguments(a, x);
  if (x === 0) return 1;
  if (x === Infinity) return 0;
  return x < a + 1 ? 1 - gammaFactor(a, x) * gammaSeries(a, x) : gammaFactor(a, x) * gammaFraction(a, x);
}

/** Continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method. */
function betaFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 - ((a + b) * x) / (a + 1);
  d = 1 / (Math.abs(d) < TINY ? TINY : d);
  let h = d;
  for (let m = 1; m < MOST_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (Math.abs(1 + even * d) < TINY ? TINY : 1 + even * d);
    c = Math.abs(1 + even / c) < TINY ? TINY : 1 + even / c;
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (Math.abs(1 + odd * d) < TINY ? TINY : 1 + odd * d);
    c = Math.abs(1 + odd / c) < TINY ? TINY : 1 + odd / c;
    const step = d * c;
    h *= step;
    if (Math.abs(step - 1) < 2 * EPSILON) break;
  }
  return h;
}

/**
 * Regularised incomplete beta function I_x(a, b), a > 0, b > 0, 0 <= x <= 1. Pass `complement` = 1 - x where you know
 * it better than the subtraction does (x within 1e-8 of 1).
 */
export function regularizedBeta(a: number, b: number, x: number, complement: number = 1 - x): number {
  requireInRange(a, 'a', Number.MIN_VALUE, Number.MAX_VALUE);
  requireInRange(b, 'b', Number.MIN_VALUE, Number.MAX_VALUE);
  requireInRange(x, 'x', 0, 1);
  if (x === 0) return 0;
  if (complement === 0) return 1;
  const n = a + b;
  const factor =
    Math.sqrt((a / n) * (b / (2 * Math.PI))) *
    Math.exp(
      -deviance(a, n * x) -
        deviance(b, n * complement) +
        stirlingRemainder(n) -
        stirlingRemainder(a) -
        stirlingRemainder(b),
    );
  if (x < (a + 1) / (n + 2)) return (factor * betaFraction(a, b, x)) / a;
  return 1 - (factor * betaFraction(b, a, complement)) / b;
}

/** P(X > x) for a chi-square variable with `df` > 0 degrees of freedom (not necessarily whole). */
export function chiSquareSurvival(x: number, df: number): number {
  requireInRange(df, 'df', Number.MIN_VALUE, Number.MAX_VALUE);
  refuseNaN(x, 'x');
  return x <= 0 ? 1 : regularizedGammaQ(df / 2, x / 2);
}

/** P(T > t) for Student's t with `df` > 0 degrees of freedom; accurate in the right tail. */
export function studentTSurvival(t: number, df: number): number {
  requireInRange(df, 'df', Number.MIN_VALUE, Number.MAX_VALUE);
  refuseNaN(t, 't');
  if (Math.abs(t) === Infinity) return t > 0 ? 0 : 1;
  // Scaled so that t^2 cannot overflow.
  const ratio = t / Math.sqrt(df);
  const x = Math.abs(ratio) > 1e100 ? 1 / ratio / ratio : 1 / (1 + ratio * ratio);
  const tail =
    0.5 *
    regularizedBeta(df / 2, 0.5, x, Math.abs(ratio) > 1e100 ? 1 : (ratio * ratio) / (1 + ratio * ratio));
  return t > 0 ? tail : 1 - tail;
}

/** The x with P(X <= x) = p for a chi-square variable: bisection on the distribution function, to the last bit. */
export function chiSquareQuantile(p: number, df: number): number {
  requireInRange(p, 'p', 0, 1);
  requireInRange(df, 'df', Number.MIN_VALUE, Number.MAX_VALUE);
  if (p === 1) return Infinity;
  let low = 0;
  let high = df + 10;
  while (chiSquareSurvival(high, df) > 1 - p) high *= 2;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return middle;
    if (chiSquareSurvival(middle, df) > 1 - p) low = middle;
    else high = middle;
  }
}

/** The t with P(T <= t) = p for Student's t: bisection on the distribution function, to the last bit. `p` lies inside 0 to 1. */
export function studentTQuantile(p: number, df: number): number {
  requireInRange(p, 'p', Number.MIN_VALUE, 1 - Number.EPSILON / 2);
  requireInRange(df, 'df', Number.MIN_VALUE, Number.MAX_VALUE);
  if (p === 0.5) return 0;
  const tail = Math.min(p, 1 - p);
  let low = 0;
  let high = 10;
  while (studentTSurvival(high, df) > tail) high *= 2;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return p < 0.5 ? -middle : middle;
    if (studentTSurvival(middle, df) > tail) low = middle;
    else high = middle;
  }
}
