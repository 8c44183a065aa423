import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { CanarySpec, CheckSpec, GateStep, GuardSpec, Plan, StageStep } from '../../contracts/plan.ts';
import type { PlanPlaybook } from '../../contracts/playbook.ts';
import { forecastCanary, minutesText } from '../../domain/canary/index.ts';
import type { CanaryForecast } from '../../domain/canary/index.ts';
import { createRandom } from '../../domain/statistics/index.ts';
import { paint } from './output.ts';

/** By stage, what its canary will take on the traffic that it expects; the same for the same plan. */
export function planForecasts(plan: Plan): Readonly<Record<string, CanaryForecast>> {
  return Object.fromEntries(
    plan.steps.flatMap((step) => {
      if (step.kind !== 'stage' || !step.canary) return [];
      const found = forecastCanary(step.canary, step.parameters['minBins'], createRandom(1));
      return found === undefined ? [] : [[step.name, found]];
    }),
  );
}

/** A plan in words, as people read it before they start it. */
export function planText(
  plan: Plan,
  planRef: EvidenceRef,
  forecasts: Readonly<Record<string, CanaryForecast>> = {},
): string {
  const lines = [
    `${paint('bold', `${plan.model}/${plan.version}`)}  ${plan.summary}`,
    `asked for by ${plan.requester}, risk ${plan.risk}`,
    `plan      ${planRef.sha256}`,
    ...(plan.playbook ? playbookLines(plan.playbook) : []),
    `artifact  ${plan.artifact.sha256}  ${plan.artifact.name}`,
    ...Object.entries(plan.data).map(([name, ref]) => `${name.padEnd(9)} ${ref.sha256}  ${ref.name}`),
    '',
  ];
  plan.steps.forEach((step, index) => {
    const text = step.kind === 'gate' ? gateLines(step, plan) : stageLines(step, forecasts[step.name]);
    lines.push(
      ...text.map((line, i) => (i === 0 ? `${String(index + 1).padStart(2)}. ${line}` : `    ${line}`)),
    );
  });
  lines.push('', `rollback within ${span(plan.rollback.objectiveSeconds)}`);
  if (plan.watch) lines.push(`watched in windows of ${span(plan.watch.windowHours * 3_600)}`);
  if (plan.retraining) {
    const { policy } = plan.retraining;
    lines.push(
      `retrained on ${policy.minSeverity} drift, at most ${policy.budgetPer30Days} times in 30 days, ` +
        `${span(policy.coolDownHours * 3_600)} apart`,
      ...Object.entries(policy.signals ?? {}).map(
        ([kind, { action, minSeverity, persistence }]) =>
          `  ${kind.padEnd(12)} ${action}` +
          (minSeverity === undefined ? '' : `, from ${minSeverity}`) +
          (persistence ? `, in ${persistence.windows} of ${persistence.of} windows` : ''),
      ),
    );
  }
  return lines.join('\n');
}

/** Where the rules came from, and what the file changes of them. */
function playbookLines({ name, version, sha256, builtOn, changes }: PlanPlaybook): string[] {
  const ids = [{ name, version, sha256 }, ...builtOn];
  return [
    `playbook  ${ids.map((one) => `${one.name} ${one.version} (${one.sha256.slice(0, 12)})`).join(', built on ')}`,
    ...changes.map(({ effect, text, by }) => {
      const who = by === undefined ? '' : ` (by the playbook ${by})`;
      return `  ${effect === 'weaker' ? paint('yellow', effect) : effect}: ${text}${who}`;
    }),
  ];
}

/** One stage: name, limits, canary; the first line is its head. */
export function stageLines(step: StageStep, forecast: CanaryForecast | undefined): string[] {
  const wait =
    step.startWithinSeconds === undefined ? '' : ` (begun within ${span(step.startWithinSeconds)})`;
  const where = step.taskQueue === undefined ? '' : ` on ${step.taskQueue}${wait}`;
  const name = step.name === step.stage ? step.name : `${step.name} (${step.stage})`;
  return [
    `${paint('bold', name)}${where}, within ${span(step.timeoutSeconds)}`,
    ...(step.skip
      ? [paint('yellow', `skipped, signed for by ${step.skip.approvedBy}: ${step.skip.reason}`)]
      : []),
    ...step.checks.map(checkText),
    ...(step.canary ? canaryLines(step.canary) : []),
    ...(forecast ? forecastLines(forecast) : []),
  ];
}

/** The best case: steady traffic and independent rows, with event time running with the clock. */
function forecastLines({ judged, longestMinutes, refuse, mend }: CanaryForecast): string[] {
  if (judged === null) return [`forecast: ${refuse}; ${mend}`];
  const { medianMinutes, finished } = judged.promote;
  const when = medianMinutes === null ? 'not in time' : `after about ${minutesText(medianMinutes)}`;
  const byMetric = new Map<string, string[]>();
  for (const { metric, ratio, medianMinutes: median, found } of judged.abort) {
    const text = median === null ? `seldom (${percent(found)})` : minutesText(median);
    byMetric.set(metric, [...(byMetric.get(metric) ?? []), `x${ratio} ${text}`]);
  }
  return [
    `forecast on the expected traffic, ${judged.runs} simulated canaries of each kind, at most ${minutesText(longestMinutes)}:`,
    `  nothing worse: promoted ${when}, ${percent(finished)} in time, ${percent(judged.falseAborts)} aborted falsely`,
    ...[...byMetric].map(([metric, times]) => `  ${metric} worse: aborted after ${times.join(', ')}`),
    ...(refuse === null ? [] : [`  ${paint('red', refuse)}`]),
  ];
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

function checkText({ name, metric, min, max, severity, minSamples }: CheckSpec): string {
  const limits = [min === undefined ? '' : `at least ${min}`, max === undefined ? '' : `at most ${max}`];
  const label = name === metric ? metric : `${name}: ${metric}`;
  const samples = minSamples === undefined ? '' : ` from ${minSamples} samples`;
  return `${label} ${limits.filter(Boolean).join(', ')}${samples}${severity === 'warning' ? ' (warning)' : ''}`;
}

function canaryLines(canary: CanarySpec): string[] {
  return [
    ...canary.steps.map(
      ({ weight, minSamples }) => `${weight} % until ${minSamples} labelled samples an arm`,
    ),
    ...canary.guards.map((guard) => `guard ${guardText(guard)}`),
    `a step that lasts ${span(canary.maxSecondsPerStep)} is inconclusive; false aborts at most ${canary.alpha}`,
    ...(canary.judge === 'mannwhitney'
      ? ['judge mannwhitney: reports also say what Kayenta’s judge would; the sequential judge decides']
      : []),
  ];
}

function guardText({ metric, margin, thresholdMs }: GuardSpec): string {
  if (metric === 'latency')
    return `latency: share of calls over ${thresholdMs} ms, worse by at most ${margin}`;
  return `${metric}: worse by at most ${margin}`;
}

function gateLines(gate: GateStep, plan: Plan): string[] {
  const self = gate.preventSelfReview ? `, not ${plan.requester}` : '';
  return [
    `${paint('bold', `gate ${gate.name}`)}, within ${span(gate.timeoutSeconds)}, then ${gate.onTimeout}${self}`,
    ...gate.requirements.map(
      ({ role, requiredApproverCount }) =>
        `${requiredApproverCount} of ${role}: ${(plan.people[role] ?? []).join(', ')}`,
    ),
  ];
}

/** `48h` rather than 172800 s; a day and more in days when they are whole. */
export function span(seconds: number): string {
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
  ] as const) {
    if (seconds >= size && seconds % size === 0) return `${seconds / size}${unit}`;
  }
  return `${seconds}s`;
}
