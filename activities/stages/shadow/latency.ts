import type { CheckResult, Envelope, Metric, Metrics } from '../../../contracts/report.ts';
import type { ShadowParameters } from '../../../contracts/schemas/shadow.ts';
import { asNumber } from '../../../domain/plan/index.ts';
import { blocking, notMade } from '../stage-report.ts';
import type { Mirrored } from './mirror.ts';

const LAYERS = ['network', 'gateway', 'model'] as const;

/** How the candidate bore production's arrival, layer by layer. `seconds` is how long the requests came. */
export function latencyFindings(
  seen: readonly Mirrored[],
  seconds: number,
  budgets: ShadowParameters['budgets'],
): { checks: CheckResult[]; metrics: Metrics; envelope: Envelope } {
  const answered = seen.filter(({ candidate }) => candidate !== null);
  const all = sorted(answered.map(({ milliseconds }) => milliseconds));
  const champions = sorted(seen.map(({ prediction }) => prediction.latencyMs));
  const metrics: Record<string, Metric> = {
    'latency-p50': ms(at(all, 0.5), all.length),
    'latency-p99': ms(at(all, 0.99), all.length),
    'champion-latency-p99': ms(at(champions, 0.99), champions.length),
    'arrival-rate': { value: seen.length / seconds, unit: '1/s', samples: seen.length },
  };
  const checks = LAYERS.map((layer) => {
    const name = `latency-${layer}`;
    const times = sorted(answered.flatMap(({ layers }) => (layers === null ? [] : [layers[layer]])));
    if (times.length === 0)
      return notMade(name, `${name}-p99`, 'the serving process does not say where its time goes');
    const p99 = at(times, 0.99);
    metrics[`${name}-p99`] = ms(p99, times.length);
    const reason = `99 % of requests took at most ${asNumber(p99)} ms in this layer, ${asNumber(budgets[layer])} ms are its budget`;
    return blocking(name, `${name}-p99`, p99 <= budgets[layer], reason);
  });
  return {
    checks,
    metrics: Object.fromEntries(Object.entries(metrics).filter(([, { value }]) => Number.isFinite(value))),
    envelope: {
      requests: seen.length,
      latencyMs: { p50: at(all, 0.5), p95: at(all, 0.95), p99: at(all, 0.99), p999: at(all, 0.999) },
      throughputPerSecond: seen.length / seconds,
      errorRate: seen.length === 0 ? 0 : 1 - answered.length / seen.length,
    },
  };
}

const sorted = (values: number[]): number[] => values.sort((a, b) => a - b);
const ms = (value: number, samples: number): Metric => ({ value, unit: 'ms', samples });

/** Nearest rank; 0 of nothing. */
function at(values: readonly number[], share: number): number {
  return values[Math.max(0, Math.ceil(share * values.length) - 1)] ?? 0;
}
