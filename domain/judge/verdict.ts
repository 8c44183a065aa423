import type { Plan, Test } from './config.ts';
import {
  currentSeries,
  dispersionOf,
  fastPathOn,
  guardEvidence,
  lowerBound,
  provenSafe,
  upperBound,
} from './evidence.ts';
import { asHarm, asTime, asValue } from './format.ts';
import type { JudgeState, TestState } from './state.ts';
import { outlook } from './outlook.ts';

/** `pass`: promote. `fail`: roll back at once. `invalid`: the comparison is broken, hold. `inconclusive`: not known yet. */
export type VerdictKind = 'pass' | 'fail' | 'invalid' | 'inconclusive';

/** What the release should do now: `hold` means stop where we are and ask a person. */
export type JudgeAction = 'promote' | 'rollback' | 'hold' | 'continue';

/**
 * - `harmful`: harm above the tolerance is proven.
 * - `safe`: harm below the margin is proven.
 * - `undecided`: neither, yet.
 * - `unmeasured`: no bin had rows in both arms, or the arms miss different shares of their rows.
 */
export type MetricState = 'harmful' | 'safe' | 'undecided' | 'unmeasured';

/** What is known of one metric. */
export interface MetricVerdict {
  name: string;
  unit: string;
  /** Estimated harm: positive hurts. In the metric's unit, or as a share of the baseline's value when `relative`. */
  effect: number | null;
  relative: boolean;
  /** Always-valid bounds of the harm: the lower at this metric's share of alpha, the upper at the proof's level. */
  lowerBound: number | null;
  upperBound: number | null;
  margin: number;
  tolerance: number;
  /** Evidence against "harm <= tolerance"; the guard is lost at `failsAt`. Capped at 1e300. */
  eValue: number;
  failsAt: number;
  /** Values of the two arms: pooled, for people; no decision rests on them. */
  values: { baseline: number | null; canary: number | null };
  samples: { baseline: number; canary: number };
  missing: { baseline: number; canary: number };
  /** Closed bins with rows in both arms, and how many bins make one block of the slow path now. */
  bins: number;
  binWidth: number | null;
  /** Measured variance over that of independent rows; above 4 the fast path is off. */
  dispersion: number | null;
  fastPath: boolean;
  required: boolean;
  state: MetricState;
  /** What would change this state, and when, if things go on as now. */
  wouldChange: string;
}

/** What has been seen, and what must be seen before a promotion. */
export interface Exposure {
  bins: number;
  emptyBins: number;
  minutes: number;
  baselineUnits: number;
  canaryUnits: number;
  /** Events of the required rate that has fewest, both arms together; null without a required rate. */
  events: number | null;
  lateRows: number;
  required: { bins: number; canaryUnits: number; events: number; burnIn: number; maximumMinutes: number };
  met: boolean;
  /** What is still missing, in words; empty when met. */
  lacking: string[];
}

export interface Verdict {
  verdict: VerdictKind;
  action: JudgeAction;
  /** One sentence. */
  reason: string;
  /** End of the last bin, ISO 8601; null before the first. */
  at: string | null;
  metrics: MetricVerdict[];
  exposure: Exposure;
  /** Chance of a false abort: the whole release's, this try's, and each test's part. It is spent as a whole, however often one looks. */
  alphaSpent: { total: number; retry: number; proof: number; byMetric: Record<string, number> };
}

/** Reads the verdict off a state. Looking is free: it may be called after every bin. */
export function verdictOf(plan: Plan, state: JudgeState): Verdict {
  const exposure = exposureOf(plan, state);
  const metrics = plan.tests.map((test, i) => metricOf(plan, test, state.tests[i]!, exposure));
  return {
    ...judgement(plan, state, metrics, exposure),
    at: state.lastEnd === null ? null : asTime(state.lastEnd),
    metrics,
    exposure,
    alphaSpent: {
      total: plan.alpha,
      retry: plan.retry,
      proof: plan.proofAlpha,
      byMetric: Object.fromEntries(plan.tests.map((test) => [test.name, test.alpha])),
    },
  };
}

function judgement(
  plan: Plan,
  state: JudgeState,
  metrics: readonly MetricVerdict[],
  exposure: Exposure,
): { verdict: VerdictKind; action: JudgeAction; reason: string } {
  const decision = state.decision;
  if (decision?.kind === 'invalid')
    return {
      verdict: 'invalid',
      action: 'hold',
      reason: invalidReason(state, decision.cause, decision.what),
    };
  if (decision?.kind === 'fail')
    return { verdict: 'fail', action: 'rollback', reason: failReason(plan, state, metrics, decision.test) };
  const required = metrics.filter((metric) => metric.required);
  const open = required.filter((metric) => metric.state !== 'safe');
  if (open.length === 0 && exposure.met) {
    return {
      verdict: 'pass',
      action: 'promote',
      reason: `Proven safe on ${required.map((m) => `${m.name} (harm at most ${asHarm(m, m.upperBound)}, accepted ${asHarm(m, m.margin)})`).join(', ')} after ${exposure.bins} bins and ${exposure.canaryUnits} canary units.`,
    };
  }
  if (state.emptyRun >= plan.emptyBins) {
    return {
      verdict: 'inconclusive',
      action: 'hold',
      reason: `No traffic in one of the arms for ${state.emptyRun} bins; nothing can be learnt until it returns.`,
    };
  }
  const why =
    open.length > 0 ? open.map(openReason).join('; ') : `seen too little: ${exposure.lacking.join(', ')}`;
  if (exposure.minutes >= plan.maximumMinutes) {
    return {
      verdict: 'inconclusive',
      action: 'hold',
      reason: `Not decided in the longest time of ${plan.maximumMinutes} minutes: ${why}. A person decides.`,
    };
  }
  return {
    verdict: 'inconclusive',
    action: 'continue',
    reason: `Not decided after ${exposure.bins} bins: ${why}.`,
  };
}

function openReason(metric: MetricVerdict): string {
  if (metric.state === 'unmeasured') return `${metric.name} is not measurable (${metric.wouldChange})`;
  if (metric.upperBound === null) return `${metric.name} has ${metric.bins} bins, too few for a bound`;
  return `${metric.name} may still be worse by ${asHarm(metric, metric.upperBound)}, accepted ${asHarm(metric, metric.margin)}`;
}

function invalidReason(state: JudgeState, cause: string, what: string): string {
  if (cause === 'balance') {
    return `The arms are not comparable: ${what.replace('=', ' = ')} is not spread over them as the traffic is.`;
  }
  const { canary, baseline, expectedCanary } = state.assigned;
  return `Sample-ratio mismatch: ${canary} of ${canary + baseline} assignments went to the canary where about ${Math.round(expectedCanary)} were intended, so no metric is believed.`;
}

function failReason(plan: Plan, state: JudgeState, metrics: readonly MetricVerdict[], name: string): string {
  const index = plan.tests.findIndex((test) => test.name === name);
  const metric = metrics[index]!;
  const lost = state.tests[index]!.lost!;
  const values = `${asValue(metric, lost.canary)} in the canary against ${asValue(metric, lost.baseline)} in the baseline`;
  const proof =
    lost.path === 'fast'
      ? 'events came too fast to be less than twice the baseline'
      : `harm at least ${asHarm(metric, lost.lower ?? metric.tolerance)}`;
  return `${name} is proven worse: ${values}, ${proof}, decided ${asTime(lost.at)} with e-value ${Math.exp(Math.min(lost.logE, 690)).toPrecision(3)} of ${metric.failsAt.toPrecision(3)}.`;
}

function metricOf(plan: Plan, test: Test, state: TestState, exposure: Exposure): MetricVerdict {
  const current = currentSeries(state, plan.burnIn);
  const series = current?.series ?? state.widths[0]!;
  const effect = series.b > 0 ? series.a / series.b : null;
  const gap = missingGap(state);
  const unmeasured = effect === null || gap > plan.missingGap;
  const kind: MetricState =
    state.lost !== null
      ? 'harmful'
      : unmeasured
        ? 'unmeasured'
        : provenSafe(test, state, plan.burnIn)
          ? 'safe'
          : 'undecided';
  const { logE } = guardEvidence(test, state, plan.burnIn);
  const value = (arm: TestState['canary']): number | null => (arm.rows > 0 ? arm.total / arm.rows : null);
  const verdict: MetricVerdict = {
    name: test.name,
    unit: test.unit,
    effect,
    relative: test.relative,
    lowerBound: lowerBound(test, state, plan.burnIn),
    upperBound: upperBound(test, state, plan.burnIn),
    margin: test.margin,
    tolerance: test.tolerance,
    eValue: Math.exp(Math.min(logE, 690)),
    failsAt: 1 / test.alpha,
    values: { baseline: value(state.baseline), canary: value(state.canary) },
    samples: { baseline: state.baseline.rows, canary: state.canary.rows },
    missing: { baseline: state.baseline.missing, canary: state.canary.missing },
    bins: state.bins,
    binWidth: current?.width ?? null,
    dispersion: dispersionOf(state),
    fastPath: fastPathOn(state),
    required: test.required,
    state: kind,
    wouldChange: '',
  };
  verdict.wouldChange = outlook(plan, test, state, verdict, exposure, gap);
  return verdict;
}

/** Difference between the arms' shares of missing rows: what is missing for a reason in one arm biases every mean. */
function missingGap(state: TestState): number {
  const share = (arm: TestState['canary']): number =>
    arm.missing === 0 ? 0 : arm.missing / (arm.missing + arm.rows);
  return Math.abs(share(state.canary) - share(state.baseline));
}

function exposureOf(plan: Plan, state: JudgeState): Exposure {
  const rates = plan.tests.flatMap((test, i) =>
    test.required && test.kind === 'rate' ? [state.tests[i]!] : [],
  );
  const events =
    rates.length === 0 ? null : Math.min(...rates.map((test) => test.canary.total + test.baseline.total));
  const lacking: string[] = [];
  const { bins, canaryUnits } = plan.exposure;
  if (state.binsWithTraffic < bins) lacking.push(`${state.binsWithTraffic} of ${bins} bins`);
  if (state.units.canary < canaryUnits) lacking.push(`${state.units.canary} of ${canaryUnits} canary units`);
  if (events !== null && events < plan.exposure.events)
    lacking.push(`${events} of ${plan.exposure.events} events`);
  return {
    bins: state.binsWithTraffic,
    emptyBins: state.slices - state.binsWithTraffic,
    minutes: state.startedAt === null ? 0 : ((state.lastEnd ?? 0) - state.startedAt) / 60_000,
    baselineUnits: state.units.baseline,
    canaryUnits: state.units.canary,
    events,
    lateRows: state.late,
    required: { ...plan.exposure, burnIn: plan.burnIn, maximumMinutes: plan.maximumMinutes },
    met: lacking.length === 0,
    lacking,
  };
}
