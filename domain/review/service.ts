import type { Metric } from '../../contracts/report.ts';
import { asCount, asNumber } from '../plan/index.ts';
import { wilsonInterval } from '../statistics/index.ts';
import { comparison, type Comparison, type Predicted } from './comparison.ts';

export interface Served {
  /** Milliseconds from the request to the answer, as the gateway logged them. */
  readonly latencies: readonly number[];
  readonly requests: number;
  /** Of these, left to the declared answer or to an error. */
  readonly unanswered: number;
}

/** So many more than this many requests lie beyond the 99th percentile's upper bound with 95 %: fewer say nothing of it. */
const LEAST_FOR_P99 = 300;

/** 99th percentile of production's answers against the one of the last stage before that measured an envelope. */
export function compareLatency(
  predicted: Readonly<Record<'latency-p50' | 'latency-p99', Predicted | null>>,
  { latencies }: Served,
  factor: number,
): Comparison[] {
  const sorted = [...latencies].sort((a, b) => a - b);
  return (['latency-p50', 'latency-p99'] as const).map((metric) => {
    const observed = quantileOf(sorted, metric === 'latency-p50' ? 0.5 : 0.99);
    const before = predicted[metric];
    const parts = { predicted: before, observed, severity: 'warning' } as const;
    const name = `${metric}-as-predicted`;
    if (before === null || observed === null) {
      const reason = before === null ? 'no stage measured an envelope' : 'nobody called';
      return comparison(name, metric, { ...parts, verdict: 'inconclusive', reason });
    }
    const most = before.value * factor;
    const said = `${asNumber(observed.value)} ms at the gateway over ${asCount(sorted.length)} requests, ${asNumber(before.value)} ms at the caller predicted by ${before.from}`;
    if (sorted.length < LEAST_FOR_P99)
      return comparison(name, metric, {
        ...parts,
        verdict: 'inconclusive',
        reason: `${said}; ${LEAST_FOR_P99} requests are needed`,
      });
    const above = (observed.lower ?? observed.value) > most;
    const below = (observed.upper ?? observed.value) <= most;
    return comparison(name, metric, {
      ...parts,
      verdict: above ? 'fail' : below ? 'pass' : 'inconclusive',
      reason: `${said}; at most ${asNumber(most)} ms was foreseen`,
    });
  });
}

export function compareErrors(
  predicted: Predicted | null,
  { requests, unanswered }: Served,
  most: number,
): Comparison {
  const parts = { predicted, severity: 'blocking' } as const;
  if (requests === 0)
    return comparison('errors-as-predicted', 'error-rate', {
      ...parts,
      observed: null,
      verdict: 'inconclusive',
      reason: 'nobody called',
    });
  const { estimate: value, lower, upper } = wilsonInterval(unanswered, requests);
  const observed = { value, lower, upper, unit: '1', samples: requests };
  return comparison('errors-as-predicted', 'error-rate', {
    ...parts,
    observed,
    verdict: lower > most ? 'fail' : upper <= most ? 'pass' : 'inconclusive',
    reason: `the model left ${asCount(unanswered)} of ${asCount(requests)} requests unanswered (${asNumber(lower * 100)} to ${asNumber(upper * 100)} %); at most ${asNumber(most * 100)} % may be${upper > most && lower <= most ? `: about ${asCount(Math.ceil(3.84 / Math.max(most, 1e-6)))} requests without one would show it` : ''}`,
  });
}

/** A quantile with its 95 % bounds by ranks (binomial, normal approximation). */
function quantileOf(sorted: readonly number[], q: number): Metric | null {
  const n = sorted.length;
  if (n === 0) return null;
  const at = (rank: number): number => sorted[Math.min(n - 1, Math.max(0, Math.ceil(rank) - 1))]!;
  const half = 1.96 * Math.sqrt(n * q * (1 - q));
  return { value: at(n * q), lower: at(n * q - half), upper: at(n * q + half + 1), unit: 'ms', samples: n };
}
