import { regularizedBeta, wilsonInterval, type Interval, type Sample } from '../statistics/index.ts';
import { requireAllInRange, requireInRange, requireNonEmpty } from '../statistics/error.ts';

/** How often an attack is right about members at a given rate of false alarms. */
export interface Detection extends Interval {
  readonly falsePositiveRate: number;
  readonly members: number;
  readonly nonMembers: number;
}

/**
 * True positive rate of an attack where at most `falsePositiveRate` of non-members are taken for members (Carlini et al. 2022: an attack
 * that is sure of few people is worse than one that guesses about everybody). Scores are higher where a row looks more
 * like a member's.
 *
 * The threshold is a quantile of non-members, and not known either. The bounds share the error between it, by order statistics,
 * and Wilson's interval at it; they cover whatever the scores are distributed like, and too few non-members make the upper one 1.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `NON_FINITE`, `OUT_OF_RANGE`
 */
export function detectionAt(
  members: Sample,
  nonMembers: Sample,
  falsePositiveRate = 0.01,
  confidence = 0.95,
): Detection {
  requireInRange(falsePositiveRate, 'falsePositiveRate', 1e-6, 0.5);
  requireInRange(confidence, 'confidence', 0.5, 1 - 1e-9);
  for (const [name, scores] of [['members', members] as const, ['nonMembers', nonMembers] as const]) {
    requireNonEmpty(scores, name);
    requireAllInRange(scores, name, -Number.MAX_VALUE, Number.MAX_VALUE);
  }
  const falling = Float64Array.from(nonMembers).sort().reverse();
  const half = (1 - confidence) / 2;
  // Of non-members, so many lie above the true threshold: from `fewest` to `most`, outside with half of the error.
  const fewest = quantile(half / 2, falling.length, falsePositiveRate);
  const most = quantile(1 - half / 2, falling.length, falsePositiveRate);
  const above = (threshold: number, ties: boolean): number => {
    let count = 0;
    for (let i = 0; i < members.length; i++) {
      if (members[i]! > threshold || (ties && members[i] === threshold)) count++;
    }
    return count;
  };
  const allowed = Math.floor(falsePositiveRate * falling.length);
  const strict = fewest === 0 ? 0 : above(falling[fewest - 1]!, false);
  const lax = most >= falling.length ? members.length : above(falling[most]!, true);
  return {
    estimate: above(falling[allowed]!, false) / members.length,
    lower: wilsonInterval(strict, members.length, 1 - half).lower,
    upper: wilsonInterval(lax, members.length, 1 - half).upper,
    confidence,
    falsePositiveRate,
    members: members.length,
    nonMembers: nonMembers.length,
  };
}

/** Smallest x with P(X <= x) >= p for a binomial count of `n` with chance `chance`. */
function quantile(p: number, n: number, chance: number): number {
  let x = 0;
  while (x < n && regularizedBeta(n - x, x + 1, 1 - chance) < p) x++;
  return x;
}
