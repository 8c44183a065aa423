import type { ArmBin, LatencyCounts, MetricSums } from './bin.ts';
import type { JudgeConfig, MetricConfig } from './config.ts';
import { JudgeError, requireAtLeast, requireNumber } from './error.ts';

/** One unit's outcome in one bin. */
export interface JudgeRow {
  /** By metric: a number, a boolean for a rate, or null where the value is missing. */
  values: Readonly<Record<string, number | boolean | null>>;
  latencyMs?: number;
  /** Levels of the covariates whose balance is to be checked: `{ origin: 'JFK' }`. */
  covariates?: Readonly<Record<string, string>>;
}

/** A value held within its declared bounds: what the outlier policy does to each row before it is summed. */
export function winsorise(value: number, bounds: readonly [low: number, high: number] | undefined): number {
  return bounds === undefined ? value : Math.min(Math.max(value, bounds[0]), bounds[1]);
}

/**
 * One arm's part of a bin from its rows, one row a unit. Rates count 1 and `true` as events, 0 and `false` as none;
 * means and amounts are winsorised where the metric declares bounds. Values are added in ascending order, so the order
 * of the rows does not show, to the last bit. A row without an entry for a metric counts as missing. Throws
 * `JudgeError` `NON_FINITE` or `OUT_OF_RANGE` for a value that is not a number or, in a rate, neither 0 nor 1.
 */
export function collectArm(rows: readonly JudgeRow[], config: JudgeConfig): ArmBin {
  const metrics: Record<string, MetricSums> = {};
  for (const metric of config.metrics) metrics[metric.name] = collectMetric(rows, metric);
  const arm: ArmBin = { units: rows.length, metrics };
  if (config.latency !== undefined) arm.latency = collectLatency(rows, config);
  const covariates = collectCovariates(rows);
  if (covariates !== undefined) arm.covariates = covariates;
  return arm;
}

function collectMetric(rows: readonly JudgeRow[], metric: MetricConfig): MetricSums {
  const values: number[] = [];
  let missing = 0;
  rows.forEach((row, i) => {
    const raw = row.values[metric.name];
    if (raw === null || raw === undefined) {
      missing++;
      return;
    }
    const path = `rows[${i}].values.${metric.name}`;
    const value = typeof raw === 'boolean' ? Number(raw) : raw;
    requireNumber(value, path);
    if (metric.kind === 'rate' && value !== 0 && value !== 1) {
      throw new JudgeError('OUT_OF_RANGE', path, `${value} in a rate. Write 1 for an event and 0 for none.`);
    }
    values.push(metric.kind === 'rate' ? value : winsorise(value, metric.bounds));
  });
  if (metric.kind === 'rate') {
    const events = values.reduce((a, b) => a + b, 0);
    return { count: values.length, missing, events };
  }
  values.sort((a, b) => a - b);
  let sum = 0;
  let sumOfSquares = 0;
  for (const value of values) {
    sum += value;
    sumOfSquares += value * value;
  }
  return { count: values.length, missing, sum, sumOfSquares };
}

function collectLatency(rows: readonly JudgeRow[], config: JudgeConfig): LatencyCounts {
  const above: Record<string, number> = {};
  let total = 0;
  const quantiles = Object.entries(config.latency?.quantiles ?? {});
  for (const [name] of quantiles) above[name] = 0;
  rows.forEach((row, i) => {
    if (row.latencyMs === undefined) return;
    requireAtLeast(row.latencyMs, 0, `rows[${i}].latencyMs`);
    total++;
    for (const [name, { thresholdMs }] of quantiles) if (row.latencyMs > thresholdMs) above[name]! += 1;
  });
  return { total, above };
}

function collectCovariates(rows: readonly JudgeRow[]): Record<string, Record<string, number>> | undefined {
  const counts: Record<string, Record<string, number>> = {};
  for (const row of rows) {
    for (const [name, level] of Object.entries(row.covariates ?? {})) {
      const levels = (counts[name] ??= {});
      levels[level] = (levels[level] ?? 0) + 1;
    }
  }
  return Object.keys(counts).length === 0 ? undefined : counts;
}
