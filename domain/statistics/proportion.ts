import { requireInRange, StatisticsError } from './error.ts';
import { normalQuantile } from './special.ts';

/** An interval with the estimate inside it. */
export interface Interval {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
  readonly confidence: number;
}

function requireCounts(successes: number, trials: number, suffix: string): void {
  requireInRange(trials, `trials${suffix}`, 0, Number.MAX_SAFE_INTEGER);
  if (trials === 0) {
    throw new StatisticsError(
      'EMPTY_SAMPLE',
      `trials${suffix}`,
      `trials${suffix} is 0. Wait for at least one trial.`,
    );
  }
  requireInRange(successes, `successes${suffix}`, 0, trials);
}

function quantileOf(confidence: number): number {
  requireInRange(confidence, 'confidence', 1e-6, 1 - 1e-12);
  return normalQuantile(1 - (1 - confidence) / 2);
}

/**
 * Wilson's score interval for a proportion (1927), as statsmodels' `proportion_confint(method='wilson')`.
 *
 * @throws StatisticsError `EMPTY_SAMPLE` without trials, `OUT_OF_RANGE` for impossible counts
 */
export function wilsonInterval(successes: number, trials: number, confidence = 0.95): Interval {
  requireCounts(successes, trials, '');
  const z = quantileOf(confidence);
  const p = successes / trials;
  const shrink = 1 + (z * z) / trials;
  const centre = (p + (z * z) / (2 * trials)) / shrink;
  const half = (z / shrink) * Math.sqrt((p * (1 - p)) / trials + (z * z) / (4 * trials * trials));
  return {
    estimate: p,
    lower: successes === 0 ? 0 : Math.max(0, centre - half),
    upper: successes === trials ? 1 : Math.min(1, centre + half),
    confidence,
  };
}

/**
 * Newcombe's interval for the difference of two proportions, first minus second (1998, method 10: Wilson's intervals
 * combined), as statsmodels' `confint_proportions_2indep(method='newcomb')`.
 *
 * @throws StatisticsError as {@link wilsonInterval}
 */
export function newcombeInterval(
  successes1: number,
  trials1: number,
  successes2: number,
  trials2: number,
  confidence = 0.95,
): Interval {
  requireCounts(successes1, trials1, '1');
  requireCounts(successes2, trials2, '2');
  const first = wilsonInterval(successes1, trials1, confidence);
  const second = wilsonInterval(successes2, trials2, confidence);
  const estimate = first.estimate - second.estimate;
  return {
    estimate,
    lower: estimate - Math.hypot(first.estimate - first.lower, second.upper - second.estimate),
    upper: estimate + Math.hypot(first.upper - first.estimate, second.estimate - second.lower),
    confidence,
  };
}

/**
 * The constrained estimate of the second proportion when first - second = difference: the root of a cubic, by Vieta's
 * angle (Miettinen and Nurminen 1985, appendix).
 */
function constrainedSecond(x1: number, n1: number, x2: number, n2: number, difference: number): number {
  const n = n1 + n2;
  const l3 = n;
  const l2 = (n1 + 2 * n2) * difference - n - (x1 + x2);
  const l1 = (n2 * difference - n - 2 * x2) * difference + (x1 + x2);
  const l0 = x2 * difference * (1 - difference);
  const q = l2 ** 3 / (3 * l3) ** 3 - (l1 * l2) / (6 * l3 * l3) + l0 / (2 * l3);
  const root = Math.sqrt(Math.max(0, (l2 * l2) / (9 * l3 * l3) - l1 / (3 * l3)));
  const p = q > 0 ? root : -root;
  if (p === 0) return Math.min(1, Math.max(0, -l2 / (3 * l3)));
  const angle = (Math.PI + Math.acos(Math.min(1, Math.max(-1, q / p ** 3)))) / 3;
  return Math.min(1, Math.max(0, 2 * p * Math.cos(angle) - l2 / (3 * l3)));
}

/** A gap in its standard errors; without any, what is not 0 is infinitely many. */
function standardised(gap: number, variance: number): number {
  if (variance > 0) return gap / Math.sqrt(variance);
  return gap === 0 ? 0 : gap > 0 ? Infinity : -Infinity;
}

/** The last value between one that the score keeps (at most `z`) and one that it does not, by bisection to the last bit. */
function lastWithin(inside: number, outside: number, z: number, scoreAt: (value: number) => number): number {
  for (let i = 0; i < 200; i++) {
    const middle = inside + (outside - inside) / 2;
    if (middle === inside || middle === outside) break;
    if (scoreAt(middle) <= z) inside = middle;
    else outside = middle;
  }
  return inside;
}

/** Miettinen and Nurminen's score statistic of first - second against `difference`. */
function scoreStatistic(x1: number, n1: number, x2: number, n2: number, difference: number): number {
  const p2 = constrainedSecond(x1, n1, x2, n2, difference);
  const p1 = Math.min(1, Math.max(0, p2 + difference));
  const n = n1 + n2;
  const variance = ((p1 * (1 - p1)) / n1 + (p2 * (1 - p2)) / n2) * (n / (n - 1));
  const gap = x1 / n1 - x2 / n2 - difference;
  return standardised(gap, variance);
}

/**
 * Miettinen and Nurminen's score interval for the difference of two proportions, first minus second (1985), with their
 * n / (n - 1); reproduces Newcombe's table of 1998. The root is found by bisection, to the last bit. (statsmodels 0.15 names the
 * same method `score` and gives other bounds; the likelihood, maximised numerically, agrees with these.)
 *
 * @throws StatisticsError as {@link wilsonInterval}
 */
export function miettinenNurminenInterval(
  successes1: number,
  trials1: number,
  successes2: number,
  trials2: number,
  confidence = 0.95,
): Interval {
  requireCounts(successes1, trials1, '1');
  requireCounts(successes2, trials2, '2');
  const z = quantileOf(confidence);
  const estimate = successes1 / trials1 - successes2 / trials2;
  const bound = (sign: 1 | -1): number =>
    lastWithin(
      estimate,
      -sign,
      z,
      (difference) => sign * scoreStatistic(successes1, trials1, successes2, trials2, difference),
    );
  return { estimate, lower: bound(1), upper: bound(-1), confidence };
}

/** Miettinen and Nurminen's score statistic of first / second against `ratio`. */
function ratioStatistic(x1: number, n1: number, x2: number, n2: number, ratio: number): number {
  const n = n1 + n2;
  const b = ratio * (n1 + x2) + n2 + x1;
  // The smaller root of the quadratic, written so that nothing cancels.
  const p2 = Math.min(1, (2 * (x1 + x2)) / (b + Math.sqrt(Math.max(0, b * b - 4 * n * ratio * (x1 + x2)))));
  const p1 = Math.min(1, ratio * p2);
  const variance = ((p1 * (1 - p1)) / n1 + (ratio * ratio * p2 * (1 - p2)) / n2) * (n / (n - 1));
  const gap = x1 / n1 - (ratio * x2) / n2;
  return standardised(gap, variance);
}

/**
 * Miettinen and Nurminen's score bounds for the ratio of two proportions, first through second (1985), with their n / (n - 1); without
 * it they are Koopman's (1984). By bisection, to the last bit. The lower one is 0 when the first has no success, the upper one
 * Infinity when the second has none.
 *
 * @throws StatisticsError as {@link wilsonInterval}
 */
export function ratioBounds(
  successes1: number,
  trials1: number,
  successes2: number,
  trials2: number,
  confidence = 0.95,
): { readonly lower: number; readonly upper: number } {
  requireCounts(successes1, trials1, '1');
  requireCounts(successes2, trials2, '2');
  const z = quantileOf(confidence);
  // From 0 to 1, since ratios have no end: ratio / (1 + ratio).
  const ratioAt = (share: number): number => share / (1 - share);
  const [p1, p2] = [successes1 / trials1, successes2 / trials2];
  const bound = (sign: 1 | -1): number =>
    ratioAt(
      lastWithin(
        p1 / (p1 + p2),
        sign === 1 ? 0 : 1,
        z,
        (share) => sign * ratioStatistic(successes1, trials1, successes2, trials2, ratioAt(share)),
      ),
    );
  return {
    lower: successes1 === 0 ? 0 : bound(1),
    upper: successes2 === 0 ? Infinity : bound(-1),
  };
}
