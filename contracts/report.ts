import type { EvidenceRef } from './evidence.ts';

/**
 * `pass`, `fail` (measured, and bad), `inconclusive` (not enough evidence: a person decides, never a silent pass) or
 * `error` (could not be measured).
 */
export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'error';

export interface Metric {
  /** Always finite: a metric that could not be measured is left out, and its check says `error`. */
  readonly value: number;
  /** `1` for ratios and scores, else a unit such as `ms`, `1/s`, `MiB`, `rows`. */
  readonly unit: string;
  readonly samples?: number;
  /** A 95 % interval, where the stage has one. */
  readonly lower?: number;
  readonly upper?: number;
}

export type Metrics = Readonly<Record<string, Metric>>;

export interface CheckResult {
  readonly name: string;
  readonly metric: string;
  readonly verdict: Verdict;
  /** A failed `warning` is shown and does not stop the release. */
  readonly severity: 'blocking' | 'warning';
  /** One sentence with numbers and units. */
  readonly reason: string;
}

/** Performance limits observed at a checkpoint. Latencies in milliseconds. */
export interface Envelope {
  readonly requests: number;
  readonly latencyMs: {
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly p999: number;
  };
  readonly throughputPerSecond: number;
  readonly errorRate: number;
  readonly cpuSeconds?: number;
  readonly memoryMiB?: number;
}

/** A stage's small result. Anything large is evidence, named here by digest. */
export interface Report {
  readonly stage: string;
  readonly verdict: Verdict;
  readonly summary: string;
  readonly checks: readonly CheckResult[];
  readonly metrics: Metrics;
  readonly envelope?: Envelope;
  readonly evidence: readonly EvidenceRef[];
  readonly seconds: number;
}
