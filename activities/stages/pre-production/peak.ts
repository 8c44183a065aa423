import type { CheckResult, Envelope, Metrics } from '../../../contracts/report.ts';
import type { PreProductionParameters } from '../../../contracts/schemas/pre-production.ts';
import { asCount, asNumber } from '../../../domain/plan/index.ts';
import { evenArrivals, peakArrivals, type Arrivals } from '../../../domain/pre-production/index.ts';
import type { Drill } from '../incidents/drill-mode.ts';
import type { FeatureRow } from '../model-client.ts';
import { recordedCalls } from './recorded-traffic.ts';
import type { Replayed } from './replay.ts';

/** Recorded requests without which there is no pattern to speak of. */
const LEAST_RECORDED = 50;

/** What the peak is made of: recorded requests, or where nobody has called yet, golden rows evenly spread. */
export async function peakOf(
  { context, plan, rows: golden, signal }: Drill,
  { peak: { records, windowSeconds, ...peak } }: PreProductionParameters,
): Promise<{ arrivals: Arrivals; rows: readonly FeatureRow[]; pattern: CheckResult }> {
  const wanted = { ...peak, windowMs: windowSeconds * 1000 };
  const recorded = await recordedCalls(context.log, plan.model, records, signal);
  const check = { name: 'pattern', metric: 'peak-multiple', severity: 'blocking' } as const;
  if (recorded.length < LEAST_RECORDED) {
    const reason = `the log holds ${recorded.length} requests of ${plan.model}, and ${LEAST_RECORDED} are needed for a pattern: ${LEAST_RECORDED - recorded.length} more; golden rows were sent evenly instead`;
    return {
      arrivals: evenArrivals(golden.length, wanted),
      rows: golden,
      pattern: { ...check, verdict: 'inconclusive', reason },
    };
  }
  const arrivals = peakArrivals(
    recorded.map(({ at }) => at),
    wanted,
  );
  const reason = `the busiest ${asNumber(windowSeconds)} s of ${asCount(recorded.length)} recorded requests, ${asNumber(arrivals.multiple)} times as fast`;
  return { arrivals, rows: recorded.map(({ row }) => row), pattern: { ...check, verdict: 'pass', reason } };
}

export function latencies(replayed: Replayed): Metrics {
  const samples = replayed.waits.length;
  if (samples === 0) return {};
  const { p50, p99 } = envelopeOf(replayed).latencyMs;
  return {
    'latency-p50': { value: p50, unit: 'ms', samples },
    'latency-p99': { value: p99, unit: 'ms', samples },
  };
}

export function envelopeOf({ waits, seconds, facts }: Replayed): Envelope {
  const sorted = [...waits].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return {
    requests: facts.calls,
    latencyMs: { p50: at(0.5), p95: at(0.95), p99: at(0.99), p999: at(0.999) },
    throughputPerSecond: waits.length / seconds,
    errorRate: facts.calls === 0 ? 0 : facts.lost / facts.calls,
  };
}
