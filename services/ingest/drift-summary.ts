import type { CloudEvent } from '../../contracts/cloudevents.ts';
import { eventTypes } from '../../contracts/live-events.ts';
import type { DriftReported, Measurement } from '../../contracts/live-events.ts';
import type { DriftSummary } from '../../contracts/messages.ts';
import { toUtc } from '../../contracts/utc.ts';

const HEADLINE_LENGTH = 160;
const SIGNS = { gt: '>', gte: '≥', lt: '<', lte: '≤' } as const;
const OPPOSITES = { gt: '≤', gte: '<', lt: '≥', lte: '>' } as const;

/** One event without its headline. */
export type Said = Omit<DriftSummary, 'headline'> & { readonly source: string };

/** What the model's workflow needs of a drift event; times in UTC. */
export function summarise(event: CloudEvent<DriftReported>, offset: number): Said {
  const { model, kind, severity, window } = event.data;
  return {
    offset,
    id: event.id,
    source: event.source,
    version: model.version,
    kind,
    verdict: settledVerdict(event),
    severity,
    windowStart: toUtc(window.start),
    windowEnd: toUtc(window.end),
  };
}

const CLAIMS: Readonly<Record<string, DriftReported['verdict']>> = {
  [eventTypes.driftDetected]: 'drift',
  [eventTypes.driftCleared]: 'no_drift',
  [eventTypes.driftUnresolved]: 'unresolved',
};

/**
 * A retraining must not start from input that contradicts itself. The event's type has to agree with its verdict, and
 * drift needs at least one measurement that says so in its flag and in its numbers; otherwise it is `unresolved`.
 */
export function settledVerdict({ type, data }: CloudEvent<DriftReported>): DriftReported['verdict'] {
  if (CLAIMS[type] !== data.verdict) return 'unresolved';
  const borneOut = data.measurements.some((one) => one.drifted && isBeyond(one));
  return data.verdict === 'drift' && !borneOut ? 'unresolved' : data.verdict;
}

function isBeyond({ value, threshold, driftWhen }: Measurement): boolean {
  switch (driftWhen) {
    case 'gt':
      return value > threshold;
    case 'gte':
      return value >= threshold;
    case 'lt':
      return value < threshold;
    case 'lte':
      return value <= threshold;
  }
}

/** The measurement that spoke loudest, in words: `psi of dep_hour 0.31 > 0.2`. */
export function headlineOf(measurements: readonly Measurement[]): string {
  const [worst] = [...measurements].sort((a, b) => loudness(b) - loudness(a));
  if (worst === undefined) return 'no measurements';
  const { metric, name, value, threshold, driftWhen } = worst;
  const sign = (isBeyond(worst) ? SIGNS : OPPOSITES)[driftWhen];
  const words = `${metric}${name === null ? '' : ` of ${name}`} ${short(value)} ${sign} ${short(threshold)}`;
  return words.length > HEADLINE_LENGTH ? `${words.slice(0, HEADLINE_LENGTH - 1)}…` : words;
}

/**
 * How far beyond its threshold, relative to it; what drifted is louder than anything that did not. The ratio saturates
 * at 1, so that a threshold of zero compares with others.
 */
function loudness({ value, threshold, driftWhen, drifted }: Measurement): number {
  const beyond = driftWhen === 'gt' || driftWhen === 'gte' ? value - threshold : threshold - value;
  const relative = beyond / (Math.abs(threshold) + Math.abs(beyond) || 1);
  return (drifted ? 10 : 0) + relative;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
