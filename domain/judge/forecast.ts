import type { Random } from '../statistics/random.ts';
import type { ArmBin, JudgeBin, MetricSums } from './bin.ts';
import { planOf } from './config.ts';
import type { JudgeConfig, Plan, Test } from './config.ts';
import { JudgeError } from './error.ts';
import { absorbBin } from './fold.ts';
import { provenSafe } from './evidence.ts';
import { initialState } from './state.ts';
import type { JudgeState } from './state.ts';

/** What the release will run on, as far as it is known before the start. */
export interface Traffic {
  /** Units a minute, both arms together. */
  unitsPerMinute: number;
  /** The canary's share by step; the last step goes on until the end. */
  steps: readonly { share: number; minutes: number }[];
  /**
   * Per metric: the baseline's rate, mean or amount a unit; `deviation` between rows (means and amounts); rows a unit
   * (1 unless told). Latency needs no entry: a frozen quantile says itself how many calls are above it.
   */
  metrics: Readonly<Record<string, { value: number; deviation?: number; rowsPerUnit?: number }>>;
  /** Length of a bin. Default 1 minute. */
  binMinutes?: number;
}

export interface Forecast {
  /** Simulated releases of each kind. */
  runs: number;
  /** Minutes until the abort when one metric's harm is `ratio` times the baseline; null when fewer than half are found in time. */
  abort: { metric: string; ratio: number; medianMinutes: number | null; found: number }[];
  /** Minutes until the promotion when nothing is worse; `finished` and `blockers` are shares of the runs. */
  promote: { medianMinutes: number | null; finished: number; blockers: Record<string, number> };
  /** Share of the harmless releases that were aborted. */
  falseAborts: number;
  /** Why this plan should not start, in one sentence; null when it may. */
  refuse: string | null;
}

/** How much worse the simulated canaries are, unless told. */
export const FORECAST_RATIOS: readonly number[] = [1.5, 2, 5];

/**
 * Simulates the judge on the expected traffic, with steady rates and independent rows: the best case, since real
 * traffic is never calmer. Refuses a plan when the exposure cannot be reached or fewer than half of the harmless
 * releases are promoted within the longest time. Throws `JudgeError` `BAD_CONFIG` when traffic and configuration do not fit.
 */
export function forecast(
  config: JudgeConfig,
  traffic: Traffic,
  random: Random,
  options: { runs?: number; ratios?: readonly number[] } = {},
): Forecast {
  const runs = options.runs ?? 200;
  const plan = { ...planOf({ ...config, historyPoints: 0 }) };
  checkTraffic(plan, traffic);
  const simulated: Plan = { ...plan, tests: plan.tests.map((test) => ({ ...test, bounds: undefined })) };
  const abort = simulated.tests.flatMap((test) =>
    (options.ratios ?? FORECAST_RATIOS).map((ratio) => ({
      metric: test.name,
      ratio,
      ...abortTimes(simulated, test, traffic, ratio, runs, random),
    })),
  );
  const { promote, falseAborts } = promotions(simulated, traffic, runs, random);
  return { runs, abort, promote, falseAborts, refuse: refusal(simulated, traffic, promote) };
}

function checkTraffic(plan: Plan, traffic: Traffic): void {
  const fail = (path: string, message: string): never => {
    throw new JudgeError('BAD_CONFIG', `traffic.${path}`, message);
  };
  if (!(traffic.unitsPerMinute > 0 && traffic.unitsPerMinute < Infinity))
    fail('unitsPerMinute', 'write units a minute, above 0.');
  if (traffic.steps.length === 0) fail('steps', 'name at least one step.');
  traffic.steps.forEach((step, i) => {
    if (!(step.share > 0 && step.share < 1))
      fail(`steps[${i}].share`, `${step.share}; write a share between 0 and 1.`);
    if (!(step.minutes > 0)) fail(`steps[${i}].minutes`, `${step.minutes}; write minutes above 0.`);
  });
  for (const test of plan.tests) {
    if (test.kind === 'latency') continue;
    const expected = traffic.metrics[test.metric];
    if (expected === undefined) return fail(`metrics.${test.metric}`, 'say what to expect of this metric.');
    if (!Number.isFinite(expected.value))
      fail(`metrics.${test.metric}.value`, `${expected.value} is not a finite number.`);
    if (test.kind === 'rate' && !(expected.value >= 0 && expected.value <= 1))
      fail(`metrics.${test.metric}.value`, 'a rate is between 0 and 1.');
    if (test.kind !== 'rate' && !((expected.deviation ?? -1) >= 0))
      fail(`metrics.${test.metric}.deviation`, 'say how much rows differ (standard deviation).');
  }
}

const median = (sorted: readonly number[], runs: number): number | null =>
  sorted[Math.ceil(runs / 2) - 1] ?? null;

/** One test alone, at its own share of the budget, in a canary that is `ratio` times worse. */
function abortTimes(
  plan: Plan,
  test: Test,
  traffic: Traffic,
  ratio: number,
  runs: number,
  random: Random,
): { medianMinutes: number | null; found: number } {
  const alone: Plan = { ...plan, tests: [test] };
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const state = simulate(alone, traffic, ratio, random, (s) => s.decision !== null);
    if (state.decision !== null) times.push(state.decision.at / 60_000);
  }
  times.sort((a, b) => a - b);
  return { medianMinutes: median(times, runs), found: times.length / runs };
}

function promotions(
  plan: Plan,
  traffic: Traffic,
  runs: number,
  random: Random,
): Pick<Forecast, 'promote' | 'falseAborts'> {
  const times: number[] = [];
  const blockers: Record<string, number> = {};
  let aborted = 0;
  const open = (state: JudgeState): Test[] =>
    plan.tests.filter((test, i) => test.required && !provenSafe(test, state.tests[i]!, plan.burnIn));
  for (let run = 0; run < runs; run++) {
    let done = false;
    const state = simulate(plan, traffic, 1, random, (s) => {
      done = s.decision === null && exposed(plan, s) && open(s).length === 0;
      return done || s.decision !== null;
    });
    if (state.decision !== null) aborted++;
    else if (done) times.push((state.lastEnd ?? 0) / 60_000);
    else for (const test of open(state)) blockers[test.name] = (blockers[test.name] ?? 0) + 1 / runs;
  }
  times.sort((a, b) => a - b);
  return {
    promote: { medianMinutes: median(times, runs), finished: times.length / runs, blockers },
    falseAborts: aborted / runs,
  };
}

function exposed(plan: Plan, state: JudgeState): boolean {
  if (state.binsWithTraffic < plan.exposure.bins || state.units.canary < plan.exposure.canaryUnits)
    return false;
  return plan.tests.every((test, i) => {
    const own = state.tests[i]!;
    return (
      !test.required || test.kind !== 'rate' || own.canary.total + own.baseline.total >= plan.exposure.events
    );
  });
}

/** Folds simulated bins until `stop` says so or the longest time is over. */
function simulate(
  plan: Plan,
  traffic: Traffic,
  ratio: number,
  random: Random,
  stop: (state: JudgeState) => boolean,
): JudgeState {
  const state = initialState(plan);
  const width = traffic.binMinutes ?? 1;
  const bins = Math.floor(plan.maximumMinutes / width);
  for (let i = 0; i < bins; i++) {
    const share = shareAt(traffic, i * width);
    const units = traffic.unitsPerMinute * width;
    const arm = (worse: number, expected: number): ArmBin =>
      simulatedArm(plan, traffic, random.poisson(expected), worse, random);
    const bin: JudgeBin = {
      start: i * width * 60_000,
      end: (i + 1) * width * 60_000,
      arms: { baseline: arm(1, units * (1 - share)), canary: arm(ratio, units * share) },
    };
    absorbBin(plan, state, bin);
    if (stop(state)) break;
  }
  return state;
}

function shareAt(traffic: Traffic, minute: number): number {
  let end = 0;
  for (const step of traffic.steps) {
    end += step.minutes;
    if (minute < end) return step.share;
  }
  return traffic.steps.at(-1)!.share;
}

function simulatedArm(plan: Plan, traffic: Traffic, units: number, worse: number, random: Random): ArmBin {
  const metrics: Record<string, MetricSums> = {};
  const above: Record<string, number> = {};
  for (const test of plan.tests) {
    if (test.kind === 'latency') {
      const share = Math.min(1, worse * (1 - Number(test.quantile.replace(/\D+/g, '')) / 100) || 0.01);
      above[test.quantile] = binomial(random, units, share);
      continue;
    }
    const { value, deviation = 0, rowsPerUnit = 1 } = traffic.metrics[test.metric]!;
    const rows = test.kind === 'amount' ? units : Math.round(units * rowsPerUnit);
    const mean =
      test.sign > 0 ? value + (worse - 1) * Math.abs(value) : value - (1 - 1 / worse) * Math.abs(value);
    if (test.kind === 'rate') {
      metrics[test.metric] = { count: rows, events: binomial(random, rows, Math.min(mean, 1)) };
      continue;
    }
    const sum = rows * mean + Math.sqrt(rows) * deviation * random.normal();
    const sumOfSquares = rows === 0 ? 0 : (sum * sum) / rows + deviation * deviation * rows;
    metrics[test.metric] = { count: rows, sum: rows === 0 ? 0 : sum, sumOfSquares };
  }
  return { units, metrics, latency: { total: units, above } };
}

/** Binomial, by its Poisson approximation where events are rare and its normal one elsewhere. */
function binomial(random: Random, n: number, p: number): number {
  if (p < 0.1) return Math.min(n, random.poisson(n * p));
  if (p > 0.9) return n - Math.min(n, random.poisson(n * (1 - p)));
  if (n < 50) {
    let x = 0;
    for (let i = 0; i < n; i++) if (random.next() < p) x++;
    return x;
  }
  return Math.min(n, Math.max(0, Math.round(n * p + Math.sqrt(n * p * (1 - p)) * random.normal())));
}

function refusal(plan: Plan, traffic: Traffic, promote: Forecast['promote']): string | null {
  const width = traffic.binMinutes ?? 1;
  const bins = Math.floor(plan.maximumMinutes / width);
  if (bins < Math.max(plan.exposure.bins, plan.burnIn)) {
    return `${plan.maximumMinutes} minutes hold ${bins} bins of ${width} minutes, and ${Math.max(plan.exposure.bins, plan.burnIn)} are required.`;
  }
  let canaryUnits = 0;
  for (let i = 0; i < bins; i++) canaryUnits += shareAt(traffic, i * width) * traffic.unitsPerMinute * width;
  if (canaryUnits < plan.exposure.canaryUnits) {
    return `The canary would see about ${Math.round(canaryUnits)} units in ${plan.maximumMinutes} minutes, and ${plan.exposure.canaryUnits} are required.`;
  }
  if (promote.medianMinutes !== null) return null;
  const worst = Object.entries(promote.blockers).sort((a, b) => b[1] - a[1])[0];
  const cause =
    worst === undefined
      ? ''
      : `; ${worst[0]} is most often still open. Widen its margin, give the canary more traffic, or allow more time`;
  return `Only ${(100 * promote.finished).toFixed(0)} % of harmless canaries would be promoted within ${plan.maximumMinutes} minutes${cause}.`;
}
