import type { CanarySpec, ExpectedTraffic, GuardSpec } from '../../contracts/plan.ts';
import { forecast, FORECAST_RATIOS, JudgeError } from '../judge/index.ts';
import type { Forecast, JudgeConfig, Traffic } from '../judge/index.ts';
import type { Random } from '../statistics/random.ts';
import { judgeConfig } from './settings.ts';

export interface CanaryForecast {
  /** Minutes until each step but the last has its samples, labels included. */
  readonly stepMinutes: readonly number[];
  /** Minutes from the canary's start to the end of its last step's longest time. */
  readonly longestMinutes: number;
  /** null where the steps themselves cannot end or the guards cannot be forecast, so that nothing was simulated. */
  readonly judged: Forecast | null;
  /** Why this canary cannot finish, in one sentence; null when it can. */
  readonly refuse: string | null;
  /** What to change; empty where `refuse` is null. */
  readonly mend: string;
}

/** Simulated bins in all for one question: keeps a forecast of many bins within seconds. */
const BINS = 300_000;

/**
 * A canary on the traffic that its plan expects: how long its steps take, when harm would abort it and when it would be
 * promoted. The best case (see `forecast`), with event time running with the clock. `quick` asks only whether it can
 * finish. Undefined without `expect`.
 */
export function forecastCanary(
  spec: CanarySpec,
  minBins: unknown,
  random: Random,
  { quick = false }: { quick?: boolean } = {},
): CanaryForecast | undefined {
  const { expect } = spec;
  if (expect === undefined) return undefined;
  const delay = (spec.labelDelaySeconds ?? 0) / 60;
  const longest = spec.maxSecondsPerStep / 60;
  const needs = spec.steps.map(({ weight, minSamples }) => {
    const smaller = (expect.requestsPerMinute * Math.min(weight, 100 - weight)) / 100;
    return minSamples / smaller + delay;
  });
  const stepMinutes = needs.slice(0, -1);
  const longestMinutes = stepMinutes.reduce((sum, minutes) => sum + minutes, longest);
  const nothing = { stepMinutes, longestMinutes, judged: null };

  const unknown = spec.guards.find((guard) => !isExpected(guard, expect));
  if (unknown !== undefined) {
    return {
      ...nothing,
      refuse: `the guard ${unknown.metric} cannot be forecast, because \`expect\` says nothing of it`,
      mend: `add \`${EXPECTED[unknown.metric] ?? unknown.metric}\` to \`expect\``,
    };
  }
  const slow = needs.findIndex((minutes) => minutes > longest);
  if (slow >= 0) {
    const { weight, minSamples } = spec.steps[slow]!;
    const refuse =
      weight === 100
        ? 'at 100 % no caller is left for the baseline, so nothing can be compared'
        : `at ${weight} % it takes ${minutesText(needs[slow]!)} to see ${minSamples} labelled predictions in each arm, and a step may last ${minutesText(longest)}`;
    const mend =
      weight === 100
        ? 'end with a smaller weight; a passed canary is promoted anyway'
        : 'raise the weight or `maxTimePerStep`, or lower `minSamples`';
    return { ...nothing, refuse, mend };
  }
  return { ...nothing, ...simulated(spec, expect, minBins, random, { stepMinutes, longestMinutes, quick }) };
}

function simulated(
  spec: CanarySpec,
  expect: ExpectedTraffic,
  minBins: unknown,
  random: Random,
  time: { stepMinutes: readonly number[]; longestMinutes: number; quick: boolean },
): Pick<CanaryForecast, 'judged' | 'refuse' | 'mend'> {
  const binMinutes = (spec.binSeconds ?? 60) / 60;
  // The last labels must be in when the time is up.
  const maximumMinutes = time.longestMinutes - (spec.labelDelaySeconds ?? 0) / 60;
  const config: JudgeConfig = { ...judgeConfig(spec, minBins), maximumMinutes };
  const traffic: Traffic = {
    unitsPerMinute: expect.requestsPerMinute,
    steps: spec.steps.map(({ weight }, i) => ({
      share: weight / 100,
      minutes: time.stepMinutes[i] ?? time.longestMinutes,
    })),
    metrics: {
      errors: { value: expect.errorRate ?? 0 },
      'log-loss': expect.logLoss ?? NOTHING,
      brier: expect.brier ?? NOTHING,
      cost: expect.cost ?? NOTHING,
    },
    binMinutes,
  };
  const runs = Math.min(200, Math.max(20, Math.floor((BINS * binMinutes) / maximumMinutes)));
  try {
    const judged = forecast(config, traffic, random, { runs, ratios: time.quick ? [] : FORECAST_RATIOS });
    return {
      judged,
      // The judge's own advice knows of minutes and margins; the file's words for them are below.
      refuse: judged.refuse?.split(/\. /)[0] ?? null,
      mend: judged.refuse === null ? '' : 'widen a margin, give it more traffic or a longer `maxTimePerStep`',
    };
  } catch (error) {
    if (!(error instanceof JudgeError)) throw error;
    return { judged: null, refuse: error.message, mend: 'correct `expect`, or the guard' };
  }
}

const NOTHING = { value: 0, deviation: 0 };

/** Where `expect` says what a guard's metric is like now. A latency's threshold is taken to say it. */
const EXPECTED: Readonly<Record<GuardSpec['metric'], keyof ExpectedTraffic | null>> = {
  'log-loss': 'logLoss',
  brier: 'brier',
  cost: 'cost',
  errors: 'errorRate',
  latency: null,
};

function isExpected({ metric }: GuardSpec, expect: ExpectedTraffic): boolean {
  const field = EXPECTED[metric];
  return field === null || expect[field] !== undefined;
}

/** A time for people: `40 min`, `31 h`, `9 d`. */
export function minutesText(minutes: number): string {
  if (minutes >= 3 * 1440) return `${(minutes / 1440).toFixed(1)} d`;
  if (minutes >= 180) return `${(minutes / 60).toFixed(1)} h`;
  return `${Math.ceil(minutes)} min`;
}
