import type { CheckSpec } from '../../contracts/plan.ts';
import type { CheckResult, Metric, Metrics, Verdict } from '../../contracts/report.ts';
import { asCount, asNumber, withUnit } from './format.ts';

/**
 * Holds each metric against its check's limits, which a value may touch. What was not measured is an `error` and is
 * never compared; too small a sample is `inconclusive`, whatever the value.
 */
export function judgeChecks(specs: readonly CheckSpec[], metrics: Metrics): CheckResult[] {
  return specs.map((spec) => {
    const { name, metric, severity } = spec;
    return { name, metric, severity, ...judge(spec, measured(metrics, metric)) };
  });
}

const ORDER: readonly Verdict[] = ['fail', 'error', 'inconclusive', 'pass'];

// A stage is as good as its worst blocking check: fail, then error, then inconclusive, then pass.
// Warnings are shown and never stop a release, and with nothing that blocks there is nothing to stop for.
export function worstVerdict(results: readonly CheckResult[]): Verdict {
  const blocking = results.filter(({ severity }) => severity === 'blocking');
  return ORDER.find((verdict) => blocking.some((result) => result.verdict === verdict)) ?? 'pass';
}

type Judgement = Pick<CheckResult, 'verdict' | 'reason'>;

/** The metric as the stage reported it. Reports cross JSON, where NaN has become null, so nothing is taken for granted. */
function measured(metrics: Metrics, name: string): Partial<Metric> | undefined {
  const metric: unknown = Object.hasOwn(metrics, name) ? metrics[name] : undefined;
  return typeof metric === 'object' && metric !== null ? metric : undefined;
}

function judge(spec: CheckSpec, metric: Partial<Metric> | undefined): Judgement {
  const { min, max, minSamples } = spec;
  if (metric === undefined) return error(`${spec.metric} was not measured`);
  const { value, unit = '1', samples } = metric;
  if (!isFinite(value)) return error(`${spec.metric} was measured as ${String(value)}, which is no number`);
  const limits = [min, max].filter((limit) => limit !== undefined);
  if (limits.length === 0 || !limits.every(isFinite)) {
    return error(`the check has no limit for ${spec.metric} that is a number; give it \`min\` or \`max\``);
  }
  if (minSamples !== undefined && !isFinite(samples)) {
    return error(
      `${spec.metric} does not say on how many samples it rests, and ${asCount(minSamples)} are needed`,
    );
  }
  const what = `${spec.metric} is ${withUnit(value, unit)}${isFinite(samples) ? ` on ${asCount(samples)} samples` : ''}`;
  if (minSamples !== undefined && samples !== undefined && samples < minSamples) {
    return {
      verdict: 'inconclusive',
      reason: `${what}, and ${asCount(minSamples)} are needed to judge it: ${asCount(minSamples - samples)} more`,
    };
  }
  if (min !== undefined && value < min) {
    return {
      verdict: 'fail',
      reason: `${what}, below the least allowed ${withUnit(min, unit)} by ${asNumber(min - value)}`,
    };
  }
  if (max !== undefined && value > max) {
    return {
      verdict: 'fail',
      reason: `${what}, above the most allowed ${withUnit(max, unit)} by ${asNumber(value - max)}`,
    };
  }
  const asked = [
    ...(min === undefined ? [] : [`at least ${withUnit(min, unit)}`]),
    ...(max === undefined ? [] : [`at most ${withUnit(max, unit)}`]),
  ];
  return { verdict: 'pass', reason: `${what}, as asked: ${asked.join(' and ')}` };
}

function error(reason: string): Judgement {
  return { verdict: 'error', reason };
}

function isFinite(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
