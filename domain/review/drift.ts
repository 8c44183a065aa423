import type { Metrics } from '../../contracts/report.ts';
import { asCount, asNumber } from '../plan/index.ts';
import { comparison, type Comparison, type Predicted } from './comparison.ts';
import { detectionOf } from './detection.ts';

/** A window of production as it is known now that its labels have come; times in milliseconds of event time. */
export interface HindsightWindow {
  readonly start: number;
  readonly end: number;
  /** Its log-loss is proven to be above what the watch tolerates. */
  readonly broken: boolean;
}

export interface DriftFacts {
  readonly windows: readonly HindsightWindow[];
  readonly windowMs: number;
  /** Ends of the windows for which the monitor raised an alarm of this version that the model's ledger holds. */
  readonly alarms: readonly number[];
  /** Metrics of `drift-rehearsal`; null where it was left out. */
  readonly rehearsed: Metrics | null;
}

const FROM = 'drift-rehearsal';
/** Fewer alarms than this would be seen by chance in one of twenty such soaks. */
const RARE = 0.05;

/** The monitor's alarms against what its rehearsal predicted of them: how often without cause, and how late with one. */
export function compareDrift(facts: DriftFacts): Comparison[] {
  return [compareFalseAlarms(facts), compareDelay(facts)];
}

function compareFalseAlarms({ windows, alarms, rehearsed }: DriftFacts): Comparison {
  const metric = 'false-alarm-interval-windows';
  const predicted = predictedOf(rehearsed, metric);
  const calm = windows.filter(({ broken }) => !broken);
  const broken = windows.filter((window) => window.broken);
  const falseAlarms = [...new Set(alarms)].filter((end) => !broken.some((window) => window.end === end));
  const count = falseAlarms.length;
  const observed = count === 0 ? null : { value: calm.length / count, unit: 'windows', samples: calm.length };
  const parts = { predicted, observed, severity: 'warning' } as const;
  const name = 'false-alarms-as-predicted';
  const said = `${asCount(count)} alarms in ${asCount(calm.length)} windows whose labels show no loss`;
  if (predicted === null)
    return comparison(name, metric, {
      ...parts,
      verdict: 'inconclusive',
      reason: `${said}; no rehearsal predicted any`,
    });
  const expected = calm.length / predicted.value;
  const text = `${said}; at most one in ${asNumber(predicted.value)} was predicted by ${FROM}`;
  if (count > 0 && tail(count, expected) < RARE)
    return comparison(name, metric, { ...parts, verdict: 'fail', reason: text });
  const enough = calm.length >= predicted.value;
  return comparison(name, metric, {
    ...parts,
    verdict: enough ? 'pass' : 'inconclusive',
    reason: enough ? text : `${text}: ${asCount(Math.ceil(predicted.value))} windows would show it`,
  });
}

function compareDelay({ windows, windowMs, alarms, rehearsed }: DriftFacts): Comparison {
  const metric = 'detection-delay-windows';
  const predicted = predictedOf(rehearsed, metric);
  const name = 'detection-delay-as-predicted';
  const parts = { predicted, observed: null, severity: 'warning' } as const;
  const first = windows.find(({ broken }) => broken);
  if (first === undefined)
    return comparison(name, metric, {
      ...parts,
      verdict: 'inconclusive',
      reason: `in none of ${asCount(windows.length)} windows is a loss proven, so there was nothing to notice`,
    });
  const day = new Date(first.start).toISOString().slice(0, 10);
  const latest = rehearsed?.['detection-delay-windows-p90']?.value ?? predicted?.value ?? null;
  const alarm = [...alarms].sort((a, b) => a - b).find((end) => end > first.start);
  if (alarm === undefined) {
    const passed = windows.filter(({ start }) => start >= first.start).length;
    const late = latest !== null && passed > latest;
    const reason = `quality broke in the window from ${day}, and no alarm came in ${asCount(passed)} windows${latest === null ? '' : `; by window ${asNumber(latest)} was predicted for nine changes of ten`}`;
    return comparison(name, metric, { ...parts, verdict: late ? 'fail' : 'inconclusive', reason });
  }
  const detection = detectionOf(rehearsed ?? {}, first.start, alarm, windowMs);
  const delay = detection?.windows ?? 0;
  const observed = { value: delay, unit: 'windows', samples: 1 };
  const reason = `quality broke in the window from ${day}, and the alarm came with window ${asNumber(delay)}`;
  if (latest === null)
    return comparison(name, metric, {
      ...parts,
      observed,
      verdict: 'inconclusive',
      reason: `${reason}; no rehearsal predicted when`,
    });
  return comparison(name, metric, {
    ...parts,
    observed,
    verdict: delay <= latest ? 'pass' : 'fail',
    reason: `${reason}; nine of ten by window ${asNumber(latest)} were predicted`,
  });
}

function predictedOf(rehearsed: Metrics | null, metric: string): Predicted | null {
  const found = rehearsed?.[metric];
  return found && Number.isFinite(found.value) && found.value > 0 ? { ...found, from: FROM } : null;
}

/** Chance of `count` or more events where `mean` are expected (Poisson). */
function tail(count: number, mean: number): number {
  let term = Math.exp(-mean);
  let below = 0;
  for (let k = 0; k < count; k++) {
    below += term;
    term *= mean / (k + 1);
  }
  return Math.max(0, 1 - below);
}
