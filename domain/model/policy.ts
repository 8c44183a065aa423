import type { DriftSummary } from '../../contracts/messages.ts';
import type { Severity } from '../../contracts/live-events.ts';
import type { DriftOutcome, RetrainingDecision } from './events.ts';
import { championOf } from './state.ts';
import type { ModelState } from './state.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const rank: Record<Severity, number> = { info: 0, warning: 1, critical: 2 };

export type Judged = Pick<DriftOutcome, 'bucket' | 'reason'>;

/** The retraining policy. The order of the rules is the order in which a person would ask. */
export function judge(event: DriftSummary, state: ModelState, running: RetrainingDecision | null): Judged {
  const suppressed = (reason: string): Judged => ({ bucket: 'suppressed', reason });
  const champion = championOf(state);
  if (event.verdict !== 'drift')
    return suppressed(event.verdict === 'no_drift' ? 'no drift' : 'unresolved: a person has to look');
  if (event.version !== champion)
    return suppressed(`version ${event.version} does not serve; ${champion ?? 'no version'} does`);
  if (!state.retraining) return suppressed('the release has no retraining settings');

  const { policy } = state.retraining.spec;
  const severity = event.severity ?? 'info';
  if (rank[severity] < rank[policy.minSeverity])
    return suppressed(`severity ${severity} is below ${policy.minSeverity}`);
  if (running) return { bucket: 'coalesced', reason: `retraining ${running.decision} is under way` };

  const end = Date.parse(event.windowEnd);
  const rested = end - dataEnd(state);
  if (rested < policy.coolDownHours * HOUR) {
    return suppressed(
      `cool-down: ${Math.floor(rested / HOUR)} h of ${policy.coolDownHours} h since the end of the data that it was trained on`,
    );
  }
  const recent = state.decisions.filter(({ windowEnd }) => end - Date.parse(windowEnd) < 30 * DAY).length;
  if (recent >= policy.budgetPer30Days) {
    return suppressed(`budget: ${recent} retrainings in 30 days; one more needs a person`);
  }
  return { bucket: 'started', reason: event.headline };
}

/** Where the newest training data ends, in milliseconds of event time: of a past retraining, or of the version that serves. */
function dataEnd({ decisions, retraining }: ModelState): number {
  const ends = [decisions.at(-1)?.windowEnd, retraining?.spec.trainedUntil].map((time) =>
    time === undefined ? NaN : Date.parse(time),
  );
  return Math.max(-Infinity, ...ends.filter((time) => Number.isFinite(time)));
}

export function decisionFor(event: DriftSummary, state: ModelState): RetrainingDecision {
  const base = `${event.version}.${event.windowEnd.slice(0, 10)}`;
  const taken = new Set(state.decisions.map(({ decision }) => decision));
  let decision = base;
  for (let n = 2; taken.has(decision); n += 1) decision = `${base}-${n}`;
  const { version, windowEnd, headline, id } = event;
  return { decision, version, reason: headline, driftEvents: [id], windowEnd };
}
