import { hodgesLehmann } from '../statistics/hodges-lehmann.ts';
import { JudgeError } from './error.ts';

/**
 * The judge of Kayenta (Netflix and Google), written anew from its published description, to compare against: one
 * Mann-Whitney test of the two arms' points, at a fixed time. It is not made for watching: each further look is another
 * chance of a false alarm, and it cannot see changes that leave the middle of the points where it was.
 */
export interface KayentaMetric {
  name: string;
  /** Points of the time series. NaN stands for a minute without data; infinities are refused. */
  baseline: readonly number[];
  canary: readonly number[];
  /** Which significant change fails the metric. Default `either`. */
  direction?: 'increase' | 'decrease' | 'either';
  /** What becomes of NaN: taken out (default), or read as 0. */
  nanStrategy?: 'remove' | 'replace';
  /** A failure of this metric makes the whole score 0. */
  critical?: boolean;
  /** No data is a failure. */
  mustHaveData?: boolean;
  /** Groups the metric counts in. Default: one group for all. */
  groups?: readonly string[];
  /** Ratios of the means that a significant change must reach to fail, and to fail critically. Default 1 each. */
  effectSize?: {
    allowedIncrease?: number;
    allowedDecrease?: number;
    criticalIncrease?: number;
    criticalDecrease?: number;
  };
}

export type KayentaClassification = 'Pass' | 'High' | 'Low' | 'Nodata' | 'NodataFailMetric';

export interface KayentaOptions {
  /** Weights of the groups, out of 100; groups without one share what is left. */
  groupWeights?: Readonly<Record<string, number>>;
  /** Scores from which the canary passes or is marginal. Default 95 and 75. */
  thresholds?: { pass?: number; marginal?: number };
  /** Share of the Hodges-Lehmann estimate that the interval must clear. Default 0.25. */
  tolerance?: number;
  /** Default 0.98. */
  confidence?: number;
}

export interface KayentaMetricResult {
  name: string;
  classification: KayentaClassification;
  reason: string;
  /** Mean of the canary over mean of the baseline; null without data or over zero. */
  ratio: number | null;
  estimate: number | null;
  interval: [number, number] | null;
  critical: boolean;
}

export interface KayentaResult {
  classification: 'Pass' | 'Marginal' | 'Fail' | 'Nodata';
  /** 0 to 100. */
  score: number;
  groups: Record<string, number>;
  metrics: KayentaMetricResult[];
}

export interface KayentaComparison {
  /** Beyond the tolerance: `High` when the canary is higher, `Low` when it is lower. */
  classification: 'Pass' | 'High' | 'Low';
  /** Hodges-Lehmann shift, canary minus baseline, and its interval; a side without a bound is null. */
  estimate: number;
  lower: number | null;
  upper: number | null;
}

/**
 * Kayenta's variant of the Mann-Whitney test: the canary differs when the interval (98 %) of the Hodges-Lehmann shift lies
 * beyond 0.25 of the estimate itself. Throws `StatisticsError` on empty or non-finite points.
 */
export function kayentaMannWhitney(
  canary: readonly number[],
  baseline: readonly number[],
  { tolerance = 0.25, confidence = 0.98 }: Pick<KayentaOptions, 'tolerance' | 'confidence'> = {},
): KayentaComparison {
  const { estimate, lower, upper } = hodgesLehmann(canary, baseline, { confidence });
  const clear = tolerance * Math.abs(estimate);
  const classification =
    lower !== null && lower > clear ? 'High' : upper !== null && upper < -clear ? 'Low' : 'Pass';
  return { classification, estimate, lower, upper };
}

/** Classifies each metric and adds up the groups' scores. Throws `JudgeError` on infinities or weights above 100. */
export function kayentaJudge(metrics: readonly KayentaMetric[], options: KayentaOptions = {}): KayentaResult {
  if (metrics.length === 0)
    throw new JudgeError('MISSING', 'metrics', 'nothing to judge. Pass at least one metric.');
  const results = metrics.map((metric) => classify(metric, options));
  const { score, groups } = scoreOf(metrics, results, options.groupWeights ?? {});
  const { pass = 95, marginal = 75 } = options.thresholds ?? {};
  const failed = results.some((result) => result.critical);
  const judged = failed ? 0 : score;
  const nothing = results.every((result) => result.classification === 'Nodata');
  const classification = nothing
    ? 'Nodata'
    : judged >= pass
      ? 'Pass'
      : judged >= marginal
        ? 'Marginal'
        : 'Fail';
  return { classification, score: judged, groups, metrics: results };
}

function prepare(values: readonly number[], metric: KayentaMetric, arm: string): number[] {
  const kept: number[] = [];
  values.forEach((value, i) => {
    if (Number.isNaN(value)) {
      if (metric.nanStrategy === 'replace') kept.push(0);
    } else if (Number.isFinite(value)) {
      kept.push(value);
    } else {
      throw new JudgeError(
        'NON_FINITE',
        `${metric.name}.${arm}[${i}]`,
        `${String(value)} is not a finite number.`,
      );
    }
  });
  return kept;
}

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function classify(metric: KayentaMetric, options: KayentaOptions): KayentaMetricResult {
  const { direction = 'either', effectSize = {} } = metric;
  const canary = prepare(metric.canary, metric, 'canary');
  const baseline = prepare(metric.baseline, metric, 'baseline');
  const base = { name: metric.name, ratio: null, estimate: null, interval: null, critical: false };
  if (canary.length === 0 || baseline.length === 0) {
    const failed = metric.mustHaveData === true;
    return {
      ...base,
      classification: failed ? 'NodataFailMetric' : 'Nodata',
      reason: 'One of the arms has no data.',
      critical: failed && metric.critical === true,
    };
  }
  const sorted = (values: readonly number[]): string => JSON.stringify([...values].sort((a, b) => a - b));
  if (sorted(canary) === sorted(baseline))
    return { ...base, classification: 'Pass', reason: 'Both arms have the same points.', ratio: 1 };
  if (new Set([...canary, ...baseline]).size === 1)
    return { ...base, classification: 'Pass', reason: 'All points are the same.', ratio: 1 };
  const { classification, estimate, lower, upper } = kayentaMannWhitney(canary, baseline, options);
  const baselineMean = meanOf(baseline);
  const ratio = baselineMean === 0 ? null : meanOf(canary) / baselineMean;
  const allowed = (value: number | undefined): number => value ?? 1;
  const found = {
    ...base,
    ratio,
    estimate,
    interval: lower === null || upper === null ? null : ([lower, upper] as [number, number]),
  };
  if (
    direction !== 'decrease' &&
    classification === 'High' &&
    (ratio ?? Infinity) >= allowed(effectSize.allowedIncrease)
  ) {
    const critical = metric.critical === true && (ratio ?? Infinity) >= allowed(effectSize.criticalIncrease);
    return { ...found, classification: 'High', reason: 'The canary is significantly higher.', critical };
  }
  if (
    direction !== 'increase' &&
    classification === 'Low' &&
    (ratio ?? -Infinity) <= allowed(effectSize.allowedDecrease)
  ) {
    const critical = metric.critical === true && (ratio ?? -Infinity) <= allowed(effectSize.criticalDecrease);
    return { ...found, classification: 'Low', reason: 'The canary is significantly lower.', critical };
  }
  return { ...found, classification: 'Pass', reason: 'No significant difference beyond the tolerance.' };
}

/** A group scores the share of its metrics that passed, leaving out those without data. */
function scoreOf(
  metrics: readonly KayentaMetric[],
  results: readonly KayentaMetricResult[],
  weights: Readonly<Record<string, number>>,
): { score: number; groups: Record<string, number> } {
  const members: Record<string, { passed: number; counted: number }> = {};
  metrics.forEach((metric, i) => {
    const { classification } = results[i]!;
    for (const group of metric.groups ?? ['all']) {
      const own = (members[group] ??= { passed: 0, counted: 0 });
      if (classification === 'Nodata') continue;
      own.counted++;
      if (classification === 'Pass') own.passed++;
    }
  });
  const names = Object.keys(members);
  const given = names.reduce((sum, name) => sum + (weights[name] ?? 0), 0);
  if (!(given <= 100)) throw new JudgeError('BAD_CONFIG', 'groupWeights', `add up to ${given}; at most 100.`);
  const without = names.filter((name) => weights[name] === undefined).length;
  const groups: Record<string, number> = {};
  let score = 0;
  for (const name of names) {
    const { passed, counted } = members[name]!;
    groups[name] = counted === 0 ? 0 : (100 * passed) / counted;
    score += (groups[name] * (weights[name] ?? (100 - given) / without)) / 100;
  }
  return { score, groups };
}
