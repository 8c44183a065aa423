import type { EventLog } from '../../../adapters/kafka/index.ts';
import type { AlertReported } from '../../../contracts/alerts.ts';
import { eventTypes, type DriftReported, type Severity } from '../../../contracts/live-events.ts';
import { topics } from '../../../contracts/topics.ts';
import { readFrom } from './production-log.ts';

const order: readonly Severity[] = ['info', 'warning', 'critical'];

export interface Alarms {
  /** Ends of the windows, milliseconds of event time. */
  readonly windowEnds: readonly number[];
  /** Alarms in the topic that the model's ledger does not hold. */
  readonly unheard: number;
}

/** Drift alarms of a version that are as severe as would lead to a retraining. Throws `LogUnavailable`. */
export async function alarmsOf(
  log: EventLog,
  { model, version, minSeverity }: { model: string; version: string; minSeverity: Severity },
  heard: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Alarms> {
  const ends: number[] = [];
  let unheard = 0;
  await readFrom<DriftReported>(log, topics.drift, {}, signal, (type, data, id) => {
    if (type !== eventTypes.driftDetected || data.verdict !== 'drift' || data.severity === null) return;
    if (data.model.name !== model || data.model.version !== version) return;
    if (order.indexOf(data.severity) < order.indexOf(minSeverity)) return;
    if (heard.has(id)) ends.push(Date.parse(data.window.end));
    else unheard += 1;
  });
  return { windowEnds: [...new Set(ends)].filter(Number.isFinite).sort((a, b) => a - b), unheard };
}

/** Alerts of production since a moment of the clock, in words. Throws `LogUnavailable`. */
export async function alertsSince(log: EventLog, since: string, signal: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  await readFrom<AlertReported>(log, topics.alerts, {}, signal, (type, data) => {
    if (type !== eventTypes.alertRaised || data.environment !== 'production') return;
    if (Date.parse(data.since) >= Date.parse(since)) found.push(`${data.alert}: ${data.summary}`);
  });
  return found;
}
