import type { CanarySpec, GuardSpec, Plan, StageStep } from '../../contracts/plan.ts';
import type { JudgeConfig, MetricConfig } from '../judge/index.ts';

/** Scores are held this far from 0 and 1 before the logarithm: one row that was surely wrong must not decide alone. */
export const SCORE_FLOOR = 0.001;

export interface CanarySettings {
  readonly spec: CanarySpec;
  readonly judge: JudgeConfig;
  /** Is Kayenta's judge asked as well, to compare? */
  readonly compare: boolean;
  readonly binMs: number;
  readonly labelDelayMs: number;
  /** Scores at or above this are the positive class; the guard `cost` needs it. */
  readonly threshold: number;
  /** Features whose levels must be balanced between the arms. */
  readonly balance: readonly string[];
}

/** The judge's configuration for a canary stage: one guard, one metric; one budget for all steps. */
export function canarySettings(plan: Plan, stage: StageStep): CanarySettings {
  const spec = stage.canary;
  if (!spec) throw new Error(`stage ${stage.name} has no canary settings`);
  const { balance, minBins } = stage.parameters;
  return {
    spec,
    judge: judgeConfig(spec, minBins),
    compare: spec.judge === 'mannwhitney',
    binMs: (spec.binSeconds ?? 60) * 1000,
    labelDelayMs: (spec.labelDelaySeconds ?? 0) * 1000,
    threshold: plan.serving.threshold,
    balance: Array.isArray(balance) ? balance.map(String) : [],
  };
}

/** The judge's configuration; `minBins` is the stage's parameter of that name, which may be anything. */
export function judgeConfig(spec: CanarySpec, minBins: unknown): JudgeConfig {
  const last = spec.steps.at(-1);
  const latency = spec.guards.find(({ metric }) => metric === 'latency');
  const metrics = spec.guards.filter(({ metric }) => metric !== 'latency').map(metricOf);
  return {
    metrics,
    ...(latency ? { latency: latencyOf(latency) } : {}),
    alpha: spec.alpha,
    exposure: {
      canaryUnits: last?.minSamples ?? 200,
      ...(typeof minBins === 'number' ? { bins: minBins } : {}),
    },
    // The stage itself asks people after `maxSecondsPerStep` of real time; event time may run at any speed.
    maximumMinutes: Number.MAX_SAFE_INTEGER,
  };
}

function metricOf(guard: GuardSpec): MetricConfig {
  const { metric, margin } = guard;
  const common = { name: metric, harmful: 'increase', margin: { absolute: margin } } as const;
  switch (metric) {
    case 'log-loss':
      return { ...common, kind: 'mean', unit: 'nats', critical: true, bounds: [0, -Math.log(SCORE_FLOOR)] };
    case 'brier':
      return { ...common, kind: 'mean', unit: '1', bounds: [0, 1] };
    case 'cost': {
      const { falseNegative = 1, falsePositive = 1 } = guard.cost ?? {};
      return {
        ...common,
        kind: 'mean',
        unit: 'cost a call',
        bounds: [0, Math.max(falseNegative, falsePositive)],
      };
    }
    default:
      // A good model may never fail, and no errors cannot prove a margin: errors guard, they are not needed as proof.
      return { ...common, kind: 'rate', unit: 'of calls', required: false };
  }
}

function latencyOf({ thresholdMs, margin }: GuardSpec): NonNullable<JudgeConfig['latency']> {
  return {
    quantiles: { slow: { thresholdMs: thresholdMs ?? 1000, margin, tolerance: margin } },
    required: false,
  };
}
