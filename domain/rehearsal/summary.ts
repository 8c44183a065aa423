import { wilsonInterval, type Interval } from '../statistics/proportion.ts';
import { chiSquareQuantile, normalQuantile } from '../statistics/special.ts';
import type { DriftRun, FalseAlarms } from './outcome.ts';

export interface FalseAlarmInterval extends FalseAlarms {
  /** Windows between two false alarms; null when there was none. */
  readonly estimate: number | null;
  /** So many at least, by 95 %. */
  readonly lower: number;
}

const CONFIDENCE = 0.95;

/**
 * Windows between false alarms. Every look at every kind of drift counts, because any of them may alarm; windows in which
 * an alarm stands cannot raise another and count for nothing. The bound is Garwood's (1936) exact one of a Poisson rate, so it says
 * something without any alarm too: three in the number of windows at most.
 */
export function falseAlarmInterval(runs: readonly FalseAlarms[]): FalseAlarmInterval {
  const alarms = runs.reduce((sum, run) => sum + run.alarms, 0);
  const windowsAtRisk = runs.reduce((sum, run) => sum + run.windowsAtRisk, 0);
  const mostAlarms = chiSquareQuantile(CONFIDENCE, 2 * (alarms + 1)) / 2;
  return {
    alarms,
    windowsAtRisk,
    estimate: alarms === 0 ? null : windowsAtRisk / alarms,
    lower: windowsAtRisk / mostAlarms,
  };
}

export interface Quantile {
  readonly value: number;
  /** 95 % bounds by ranks; the extremes where there are too few values. */
  readonly lower: number;
  readonly upper: number;
}

export interface Noticed {
  /** Runs that say something: no alarm stood when the change began. */
  readonly runs: number;
  readonly alarmedBefore: number;
  /** Windows from the change to its alarm, both counted. A missed change counts as one window more than was looked at. */
  readonly delay: Quantile;
  readonly delay90: Quantile;
  readonly missed: Interval;
  /** Mean over the runs of the quality lost up to the alarm. */
  readonly loss: Quantile;
  /** Windows from the alarm to the break of the floor; 0 when both are in the same window, negative when the alarm is later. */
  readonly lead: Quantile;
}

/** Runs with a change, `after` windows of it each. Null when an alarm stood before the change in all of them. */
export function noticed(runs: readonly DriftRun[], after: number): Noticed | null {
  const telling = runs.filter(({ alarmedBefore }) => !alarmedBefore);
  if (telling.length === 0) return null;
  const alarmAt = ({ alarm }: DriftRun): number => alarm ?? after + 1;
  const sorted = (of: (run: DriftRun) => number): number[] => telling.map(of).sort((a, b) => a - b);
  const delays = sorted(alarmAt);
  // Where the floor holds to the end, the alarm came at least so much sooner.
  const leads = sorted((run) => (run.floor ?? after + 1) - alarmAt(run));
  const missed = telling.filter(({ alarm }) => alarm === null).length;
  return {
    runs: telling.length,
    alarmedBefore: runs.length - telling.length,
    delay: quantile(delays, 0.5),
    delay90: quantile(delays, 0.9),
    missed: wilsonInterval(missed, telling.length),
    loss: mean(telling.map(({ loss }) => loss)),
    lead: quantile(leads, 0.5),
  };
}

/** The smallest value that so large a share of the sorted values does not exceed, with bounds from the binomial of its rank. */
function quantile(sorted: readonly number[], share: number): Quantile {
  const n = sorted.length;
  const at = (rank: number): number => sorted[Math.min(n - 1, Math.max(0, rank))]!;
  const half = normalQuantile(1 - (1 - CONFIDENCE) / 2) * Math.sqrt(n * share * (1 - share));
  return {
    value: at(Math.ceil(n * share) - 1),
    lower: at(Math.floor(n * share - half) - 1),
    upper: at(Math.ceil(n * share + half)),
  };
}

function mean(values: readonly number[]): Quantile {
  const n = values.length;
  const value = values.reduce((sum, one) => sum + one, 0) / n;
  const variance = values.reduce((sum, one) => sum + (one - value) ** 2, 0) / Math.max(1, n - 1);
  const half = normalQuantile(1 - (1 - CONFIDENCE) / 2) * Math.sqrt(variance / n);
  return { value, lower: value - half, upper: value + half };
}
