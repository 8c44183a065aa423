import { JudgeError } from './error.ts';

/** How much harm: in the metric's own unit, or as a share of the baseline's value. */
export type Margin = { absolute: number } | { relative: number };

/** One metric to watch. */
export interface MetricConfig {
  name: string;
  /** `rate`: events of rows. `mean`: value a row. `amount`: total a unit. */
  kind: 'rate' | 'mean' | 'amount';
  /** Which direction hurts. */
  harmful: 'increase' | 'decrease';
  /** Harm that the release would accept; promotion needs proof that the true harm is below it. */
  margin: Margin;
  /** Harm that must be proven before the release is aborted, in the margin's unit. Default 0: any proven harm. */
  tolerance?: number;
  /** Share of the error budget, relative to the other metrics. Default 1. */
  weight?: number;
  /** Critical metrics get a double share of the error budget. */
  critical?: boolean;
  /** Must this metric be proven safe before promotion? Default true. */
  required?: boolean;
  /** Every row was winsorised to these bounds; bins that cannot be are refused. */
  bounds?: readonly [low: number, high: number];
  /** For people: `%`, `ms`, `EUR a user`. */
  unit?: string;
}

/** A latency threshold, frozen from the reference before the canary begins. */
export interface LatencyQuantile {
  thresholdMs: number;
  /** Accepted rise in the share of calls above the threshold, as a fraction of calls. */
  margin?: number;
  /** Rise in that share that must be proven to abort. Default 0. */
  tolerance?: number;
}

/** Latency is one metric with a test for each frozen quantile, which share its error budget equally. */
export interface LatencyConfig {
  quantiles: Readonly<Record<string, LatencyQuantile>>;
  weight?: number;
  critical?: boolean;
  required?: boolean;
}

/** How much must have been seen before a promotion. */
export interface MinimumExposure {
  /** Closed bins with traffic in both arms. Default 30. */
  bins?: number;
  /** Events of each required rate, both arms together. Default 20. */
  events?: number;
  /** Units in the canary arm. Default 200. */
  canaryUnits?: number;
}

export interface JudgeConfig {
  metrics: readonly MetricConfig[];
  latency?: LatencyConfig;
  /** Chance of a false abort over the whole release: all stages, all looks, all metrics. Default 0.05. */
  alpha?: number;
  /** Chance, for each required metric, of a promotion although the harm reaches its margin. Default 0.05. */
  proofAlpha?: number;
  /** 0 for the first try of this candidate. Each manual retry halves both chances. */
  retry?: number;
  exposure?: MinimumExposure;
  /** Closed bins before the slow path may speak; at least 5. Default: the minimum exposure's bins, at most 30. */
  burnIn?: number;
  /** After this long, an undecided release holds and asks a person. Default 1,440. */
  maximumMinutes?: number;
  /** The split asked for, where bins do not say it. Without both, the sample ratio is not checked. */
  intended?: Readonly<Record<'baseline' | 'canary', number>>;
  /** Chance of calling a good split a mismatch, and the same for the balance of covariates. Default 0.001. */
  sampleRatioAlpha?: number;
  noData?: {
    /** Bins in a row without traffic in an arm, after which the release holds. Default 30. */
    emptyBins?: number;
    /** Largest difference between the arms' shares of missing rows at which a metric can still be proven safe. Default 0.1. */
    missingGap?: number;
  };
  /** Points kept for each test's picture; 0 keeps none. Default 240. */
  historyPoints?: number;
}

/** One hypothesis pair (harm to abort, safety to promote), as the fold uses it. */
export interface Test {
  readonly name: string;
  readonly metric: string;
  readonly kind: 'rate' | 'mean' | 'amount' | 'latency';
  /** Name of the frozen quantile; empty for other kinds. */
  readonly quantile: string;
  /** +1 where an increase hurts, -1 where a decrease does. */
  readonly sign: 1 | -1;
  readonly relative: boolean;
  readonly margin: number;
  readonly tolerance: number;
  /** This test's part of the budget for false aborts. */
  readonly alpha: number;
  readonly proofAlpha: number;
  readonly required: boolean;
  readonly unit: string;
  readonly bounds: readonly [number, number] | undefined;
}

/** The configuration with every default written out. */
export interface Plan {
  readonly tests: readonly Test[];
  readonly alpha: number;
  readonly proofAlpha: number;
  readonly retry: number;
  readonly exposure: Required<MinimumExposure>;
  readonly burnIn: number;
  readonly maximumMinutes: number;
  readonly intended: Readonly<Record<'baseline' | 'canary', number>> | undefined;
  readonly sampleRatioAlpha: number;
  readonly emptyBins: number;
  readonly missingGap: number;
  readonly historyPoints: number;
}

/** Rises in the share above a frozen threshold that are accepted unless the plan says otherwise. */
const LATENCY_MARGINS: Readonly<Record<string, number>> = { p50: 0.05, p90: 0.03, p95: 0.02, p99: 0.01 };

function number(
  value: number | undefined,
  fallback: number,
  path: string,
  low: number,
  high = Number.MAX_VALUE,
): number {
  const chosen = value ?? fallback;
  if (!(typeof chosen === 'number' && chosen >= low && chosen <= high)) {
    throw new JudgeError('BAD_CONFIG', path, `${String(chosen)}; write a number from ${low} to ${high}.`);
  }
  return chosen;
}

function marginOf(margin: Margin, path: string): { relative: boolean; margin: number } {
  const relative = 'relative' in margin;
  const value = relative ? margin.relative : margin.absolute;
  return {
    relative,
    margin: number(value, NaN, `${path}.${relative ? 'relative' : 'absolute'}`, Number.MIN_VALUE),
  };
}

/** Checks a configuration and writes out its defaults. Throws `BAD_CONFIG`. */
export function planOf(config: JudgeConfig): Plan {
  const retry = number(config.retry, 0, 'config.retry', 0, 20);
  if (!Number.isInteger(retry)) throw new JudgeError('BAD_CONFIG', 'config.retry', 'write a whole number.');
  const alpha = number(config.alpha, 0.05, 'config.alpha', 1e-9, 0.5) / 2 ** retry;
  const proofAlpha = number(config.proofAlpha, 0.05, 'config.proofAlpha', 1e-9, 0.5) / 2 ** retry;
  const bins = number(config.exposure?.bins, 30, 'config.exposure.bins', 5);
  const tests = testsOf(config, alpha, proofAlpha);
  const intended = config.intended;
  if (intended !== undefined) {
    number(intended.baseline, NaN, 'config.intended.baseline', Number.MIN_VALUE);
    number(intended.canary, NaN, 'config.intended.canary', Number.MIN_VALUE);
  }
  return {
    tests,
    alpha,
    proofAlpha,
    retry,
    exposure: {
      bins,
      events: number(config.exposure?.events, 20, 'config.exposure.events', 0),
      canaryUnits: number(config.exposure?.canaryUnits, 200, 'config.exposure.canaryUnits', 1),
    },
    burnIn: number(config.burnIn, Math.min(30, bins), 'config.burnIn', 5),
    maximumMinutes: number(config.maximumMinutes, 1440, 'config.maximumMinutes', Number.MIN_VALUE),
    intended,
    sampleRatioAlpha: number(config.sampleRatioAlpha, 0.001, 'config.sampleRatioAlpha', 1e-12, 0.5),
    emptyBins: number(config.noData?.emptyBins, 30, 'config.noData.emptyBins', 1),
    missingGap: number(config.noData?.missingGap, 0.1, 'config.noData.missingGap', 0, 1),
    historyPoints: number(config.historyPoints, 240, 'config.historyPoints', 0, 100_000),
  };
}

function testsOf(config: JudgeConfig, alpha: number, proofAlpha: number): Test[] {
  const shares: number[] = [];
  const tests: Test[] = [];
  const names = new Set<string>();
  const share = (weight: number | undefined, critical: boolean | undefined, path: string): number =>
    number(weight, 1, `${path}.weight`, Number.MIN_VALUE) * (critical === true ? 2 : 1);
  config.metrics.forEach((metric, i) => {
    const path = `config.metrics[${i}]`;
    if (metric.name === '' || names.has(metric.name)) {
      throw new JudgeError('BAD_CONFIG', `${path}.name`, `"${metric.name}" is empty or used twice.`);
    }
    if (!['rate', 'mean', 'amount'].includes(metric.kind)) {
      throw new JudgeError(
        'BAD_CONFIG',
        `${path}.kind`,
        `"${String(metric.kind)}"; write rate, mean or amount.`,
      );
    }
    if (metric.harmful !== 'increase' && metric.harmful !== 'decrease') {
      throw new JudgeError(
        'BAD_CONFIG',
        `${path}.harmful`,
        `"${String(metric.harmful)}"; write increase or decrease.`,
      );
    }
    if (metric.bounds !== undefined && !(metric.bounds[0] < metric.bounds[1])) {
      throw new JudgeError('BAD_CONFIG', `${path}.bounds`, 'the lower bound must be below the upper.');
    }
    names.add(metric.name);
    shares.push(share(metric.weight, metric.critical, path));
    const margin = marginOf(metric.margin, `${path}.margin`);
    tests.push({
      name: metric.name,
      metric: metric.name,
      kind: metric.kind,
      quantile: '',
      sign: metric.harmful === 'increase' ? 1 : -1,
      ...margin,
      tolerance: number(metric.tolerance, 0, `${path}.tolerance`, 0, margin.margin),
      alpha: 0,
      proofAlpha,
      required: metric.required ?? true,
      unit: metric.unit ?? '',
      bounds: metric.bounds,
    });
  });
  if (config.latency !== undefined) latencyTests(config.latency, proofAlpha, share, shares, tests);
  if (tests.length === 0)
    throw new JudgeError('BAD_CONFIG', 'config.metrics', 'nothing to judge. Name at least one metric.');
  if (!tests.some((test) => test.required)) {
    throw new JudgeError(
      'BAD_CONFIG',
      'config.metrics',
      'no metric is required, so nothing could ever be proven. Mark at least one.',
    );
  }
  const total = shares.reduce((sum, value) => sum + value, 0);
  const quantiles = config.latency === undefined ? 1 : Object.keys(config.latency.quantiles).length;
  return tests.map((test, i) => {
    const own = shares[Math.min(i, shares.length - 1)]!;
    return { ...test, alpha: (alpha * own) / total / (test.kind === 'latency' ? quantiles : 1) };
  });
}

function latencyTests(
  latency: LatencyConfig,
  proofAlpha: number,
  share: (weight: number | undefined, critical: boolean | undefined, path: string) => number,
  shares: number[],
  tests: Test[],
): void {
  const names = Object.keys(latency.quantiles).sort();
  if (names.length === 0)
    throw new JudgeError('BAD_CONFIG', 'config.latency.quantiles', 'name at least one frozen quantile.');
  shares.push(share(latency.weight, latency.critical, 'config.latency'));
  for (const name of names) {
    const quantile = latency.quantiles[name]!;
    const path = `config.latency.quantiles.${name}`;
    const margin = number(
      quantile.margin,
      LATENCY_MARGINS[name] ?? 0.02,
      `${path}.margin`,
      Number.MIN_VALUE,
      1,
    );
    tests.push({
      name: `latency.${name}`,
      metric: 'latency',
      kind: 'latency',
      quantile: name,
      sign: 1,
      relative: false,
      margin,
      tolerance: number(quantile.tolerance, 0, `${path}.tolerance`, 0, margin),
      alpha: 0,
      proofAlpha,
      required: latency.required ?? true,
      unit: `share of calls above ${number(quantile.thresholdMs, NaN, `${path}.thresholdMs`, 0)} ms`,
      bounds: undefined,
    });
  }
}
