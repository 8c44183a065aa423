import { planOf } from '../../domain/judge/config.ts';
import type { JudgeConfig, Plan } from '../../domain/judge/config.ts';
import type { ArmBin, JudgeBin } from '../../domain/judge/bin.ts';
import { provenSafe } from '../../domain/judge/evidence.ts';
import { absorbBin } from '../../domain/judge/fold.ts';
import { initialState } from '../../domain/judge/state.ts';
import { createRandom } from '../../domain/statistics/random.ts';
import type { Random } from '../../domain/statistics/random.ts';
import { countsAlone, fixedRule, kayentaHourly, ourJudge, zTest } from './rivals.ts';
import type { Watcher } from './rivals.ts';
import { outcomeOf, simulateAborts, standardPlan } from './simulate.ts';
import type { Outcome } from './simulate.ts';

export interface DetectionRow {
  rule: string;
  /** Aborts of harmless canaries within a day. */
  falseAlarms: Outcome;
  /** Aborts of canaries that are `ratio` times worse. */
  detection: Record<string, Outcome>;
}

export const RATIOS = [1.25, 1.5, 2, 3, 5] as const;

/** Each rule on the same streams: 600 requests a minute, a tenth to the canary, 1 % errors, a look a minute for a day. */
export function detectionTable(releases: number, kayentaReleases: number): DetectionRow[] {
  const rules: [string, () => Watcher, number][] = [
    ['this judge, alpha .05', ourJudge(standardPlan('rate'), 'rate'), releases],
    ['count e-process alone', countsAlone(0.05), releases],
    ['Kayenta hourly, growing window', kayentaHourly(), kayentaReleases],
    ['fixed: 5-minute rate > 2 %, limit 3', fixedRule(0.02), releases],
    ['fixed: 5-minute rate > 5 %, limit 3', fixedRule(0.05), releases],
    ['z-test every minute', zTest(), releases],
  ];
  return rules.map(([rule, watcher, n]) => {
    const at = (ratio: number): Outcome =>
      simulateAborts({ world: 'iid', ratio, releases: n, looks: 1440, seed: 21 }, watcher);
    return {
      rule,
      falseAlarms: at(1),
      detection: Object.fromEntries(RATIOS.map((ratio) => [`x${ratio}`, at(ratio)])),
    };
  });
}

export interface ConfigRow {
  scenario: string;
  aborted: Outcome;
  promoted: Outcome;
}

/** Counts one minute of one arm: `n` units, shifted by the scenario in the canary. */
type ArmMaker = (random: Random, n: number, canary: boolean) => ArmBin;

function runConfig(
  scenario: string,
  config: JudgeConfig,
  arm: ArmMaker,
  releases: number,
  seed: number,
): ConfigRow {
  const plan: Plan = planOf({ ...config, historyPoints: 0 });
  const random = createRandom(seed);
  const [aborts, promotions]: [number[], number[]] = [[], []];
  for (let release = 0; release < releases; release++) {
    const state = initialState(plan);
    for (let t = 0; t < 1440; t++) {
      const arms = {
        baseline: arm(random, random.poisson(540), false),
        canary: arm(random, random.poisson(60), true),
      };
      const bin: JudgeBin = { start: t * 60_000, end: (t + 1) * 60_000, arms };
      absorbBin(plan, state, bin);
      if (state.decision !== null) {
        aborts.push(t + 1);
        break;
      }
      if (plan.tests.every((test, i) => provenSafe(test, state.tests[i]!, plan.burnIn))) {
        promotions.push(t + 1);
        break;
      }
    }
  }
  return { scenario, aborted: outcomeOf(releases, aborts), promoted: outcomeOf(releases, promotions) };
}

/** Latency on frozen p50, p90, p99: shares of calls above them in the canary, instead of .5, .1, .01. */
export function latencyTable(releases: number): ConfigRow[] {
  const config: JudgeConfig = {
    metrics: [],
    latency: { quantiles: { p50: { thresholdMs: 20 }, p90: { thresholdMs: 50 }, p99: { thresholdMs: 120 } } },
  };
  const scenarios: [string, [number, number, number]][] = [
    ['no change', [0.5, 0.1, 0.01]],
    ['tail only: share above p99 x1.5', [0.5, 0.1, 0.015]],
    ['tail only: share above p99 x2', [0.5, 0.1, 0.02]],
    ['tail only: share above p99 x3', [0.5, 0.1, 0.03]],
    ['all 10 % slower (log-normal, sigma 0.8)', [0.547, 0.123, 0.0136]],
    ['all 25 % slower', [0.61, 0.158, 0.0204]],
    ['all 50 % slower', [0.694, 0.219, 0.0345]],
  ];
  return scenarios.map(([scenario, shares], i) =>
    runConfig(
      scenario,
      config,
      (random, n, canary) => {
        const [p50, p90, p99] = canary ? shares : [0.5, 0.1, 0.01];
        // Nested: a call above p99 is above p90 and p50 as well.
        const above99 = draw(random, n, p99);
        const above90 = above99 + draw(random, n - above99, (p90 - p99) / (1 - p99));
        const above50 = above90 + draw(random, n - above90, (p50 - p90) / (1 - p90));
        return {
          units: n,
          metrics: {},
          latency: { total: n, above: { p50: above50, p90: above90, p99: above99 } },
        };
      },
      releases,
      40 + i,
    ),
  );
}

/** A business metric: 30 % of units convert, margin 5 % of that. */
export function kpiTable(releases: number): ConfigRow[] {
  const config: JudgeConfig = {
    metrics: [{ name: 'conversion', kind: 'rate', harmful: 'decrease', margin: { relative: 0.05 } }],
  };
  return [1, 0.98, 0.95, 0.9, 0.8].map((ratio, i) =>
    runConfig(
      ratio === 1 ? 'no change' : `conversions x${ratio}`,
      config,
      (random, n, canary) => ({
        units: n,
        metrics: { conversion: { count: n, events: draw(random, n, canary ? 0.3 * ratio : 0.3) } },
      }),
      releases,
      60 + i,
    ),
  );
}

/** A mean a prediction (log-loss .5, deviation .5 between predictions), margin 5 %. */
export function meanTable(releases: number): ConfigRow[] {
  const config: JudgeConfig = {
    metrics: [{ name: 'logLoss', kind: 'mean', harmful: 'increase', margin: { relative: 0.05 } }],
  };
  return [1, 1.02, 1.05, 1.1, 1.2].map((ratio, i) =>
    runConfig(
      ratio === 1 ? 'no change' : `log-loss x${ratio}`,
      config,
      (random, n, canary) => {
        const sum = n * 0.5 * (canary ? ratio : 1) + Math.sqrt(n) * 0.5 * random.normal();
        return {
          units: n,
          metrics: { logLoss: { count: n, sum, sumOfSquares: (sum * sum) / Math.max(1, n) + 0.25 * n } },
        };
      },
      releases,
      80 + i,
    ),
  );
}

/** Binomial: one by one below 50 of them, by the Poisson approximation for rare events, else by the normal one. */
function draw(random: Random, n: number, p: number): number {
  if (n <= 0) return 0;
  if (n >= 50 && p < 0.05) return Math.min(n, random.poisson(n * p));
  if (n >= 50)
    return Math.min(n, Math.max(0, Math.round(n * p + Math.sqrt(n * p * (1 - p)) * random.normal())));
  let x = 0;
  for (let i = 0; i < n; i++) if (random.next() < p) x++;
  return x;
}
