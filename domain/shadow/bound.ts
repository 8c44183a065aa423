import type { CheckResult } from '../../contracts/report.ts';
import { asCount, asNumber } from '../plan/index.ts';
import type { PairedInterval } from './paired-interval.ts';

/** What a bound is held against, and how a sentence says it. */
export interface Bound {
  readonly name: string;
  readonly metric: string;
  /** What was measured, such as `the flip rate`. */
  readonly what: string;
  readonly limit: number;
}

/**
 * Non-inferiority by interval: it passes when the whole interval keeps the limit, fails when the whole interval breaks it, and is
 * else inconclusive, with the number of pairs that would decide if nothing else changed. An interval's width falls with the
 * root of the sample.
 */
export function judgeBound({ name, metric, what, limit }: Bound, interval: PairedInterval): CheckResult {
  const { estimate, lower, upper, samples } = interval;
  const result = (verdict: CheckResult['verdict'], reason: string): CheckResult => ({
    name,
    metric,
    severity: 'blocking',
    verdict,
    reason,
  });
  if (![estimate, limit].every(Number.isFinite) || Number.isNaN(lower) || Number.isNaN(upper))
    return result('error', `${what} was not measured as a number`);
  const said = `${what} is ${asNumber(estimate)} (${asNumber(lower)} to ${asNumber(upper)}) on ${asCount(samples)} pairs`;
  const allowed = `${asNumber(limit)} is allowed`;
  if (upper <= limit) return result('pass', `${said}; ${allowed}`);
  if (lower > limit) return result('fail', `${said}, and only ${allowed}`);
  return result('inconclusive', `${said}, and ${allowed}: ${pairsNeeded(interval, limit)}`);
}

function pairsNeeded({ estimate, lower, upper, samples }: PairedInterval, limit: number): string {
  const half = estimate <= limit ? upper - estimate : estimate - lower;
  const needed = samples * (half / Math.abs(limit - estimate)) ** 2;
  return Number.isFinite(needed) && needed < 1e9
    ? `about ${asCount(Math.ceil(needed))} pairs would decide`
    : 'no number of pairs that could be waited for would decide';
}
