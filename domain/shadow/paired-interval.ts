import { normalQuantile, wilsonInterval, type Interval } from '../statistics/index.ts';

export interface PairedInterval extends Interval {
  /** Pairs. */
  readonly samples: number;
  /** Different callers among them. */
  readonly units: number;
}

/**
 * Mean of one value a pair, with a normal interval whose variance is taken over callers and not over requests (the linearised
 * variance of a ratio mean under cluster sampling: Cochran 1977, Sampling Techniques, 9.2). With one request a caller it is the
 * usual one. Fewer than two callers have no variance, and the bounds are infinite.
 */
export function pairedMean(
  values: readonly number[],
  units: readonly string[],
  confidence: number,
): PairedInterval {
  const samples = values.length;
  const estimate = samples === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / samples;
  const residuals = new Map<string, number>();
  values.forEach((value, i) => {
    const unit = units[i] ?? '';
    residuals.set(unit, (residuals.get(unit) ?? 0) + value - estimate);
  });
  const clusters = residuals.size;
  if (clusters < 2)
    return { estimate, lower: -Infinity, upper: Infinity, confidence, samples, units: clusters };
  let squares = 0;
  for (const residual of residuals.values()) squares += residual * residual;
  const error = Math.sqrt((clusters / (clusters - 1)) * squares) / samples;
  const half = normalQuantile(1 - (1 - confidence) / 2) * error;
  return { estimate, lower: estimate - half, upper: estimate + half, confidence, samples, units: clusters };
}

/**
 * A share of pairs, with Wilson's interval on the effective number of pairs: their number divided by the design effect, which
 * is the variance over callers by the variance over requests (Kish 1965, Survey Sampling, 8.2). A share of exactly 0 or 1 has no
 * variance to compare, so only callers count.
 */
export function pairedShare(
  hits: readonly boolean[],
  units: readonly string[],
  confidence: number,
): PairedInterval {
  const samples = hits.length;
  const callers = new Set(units.slice(0, samples)).size;
  if (samples === 0) return { estimate: Number.NaN, lower: 0, upper: 1, confidence, samples: 0, units: 0 };
  const count = hits.filter(Boolean).length;
  const share = count / samples;
  const effective =
    count === 0 || count === samples ? callers : samples / designEffect(hits, units, share, confidence);
  const { lower, upper } = wilsonInterval(share * effective, effective, confidence);
  return { estimate: share, lower, upper, confidence, samples, units: callers };
}

/** At least 1: callers who contradict themselves more than chance would do not make a sample larger. */
function designEffect(
  hits: readonly boolean[],
  units: readonly string[],
  share: number,
  confidence: number,
): number {
  const clustered = pairedMean(hits.map(Number), units, confidence);
  if (!Number.isFinite(clustered.upper)) return hits.length;
  const half = clustered.upper - clustered.estimate;
  const plain = normalQuantile(1 - (1 - confidence) / 2) * Math.sqrt((share * (1 - share)) / hits.length);
  return Math.max(1, (half / plain) ** 2);
}
