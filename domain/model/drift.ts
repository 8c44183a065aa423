import type { DriftSummary } from '../../contracts/messages.ts';
import { readBatch } from './batch.ts';
import type { BatchedEvent } from './batch.ts';
import type { ModelCommandOf } from './commands.ts';
import { noEvents } from './events.ts';
import type { DriftOutcome, ModelEvent } from './events.ts';
import { PolicyJudge } from './policy.ts';
import type { Judged } from './policy.ts';
import type { ModelState } from './state.ts';

/** A window may end in the day that is under way, and clocks differ. */
const AHEAD_MS = 24 * 3_600_000;

/**
 * Puts every event of a batch into exactly one bucket and decides on at most one retraining. Redelivery is told by the
 * offset and counted apart, a monitor that repeats itself by the event's key. All times are event times, so a replay
 * decides the same; the clock only tells a window that cannot have ended.
 */
export function receiveDrift({ batch, at }: ModelCommandOf<'ReceiveDrift'>, state: ModelState): ModelEvent[] {
  const read = readBatch(batch);
  if (!read) return [];
  const { stream, partition, from, to, events } = read;

  const watermark = state.watermarks[`${stream}/${partition}`] ?? -1;
  const seen = new Set(state.recentIds);
  const keys: string[] = [];
  const buckets = { ...noEvents };
  const outcomes = new Outcomes();
  const policy = new PolicyJudge(state, at);
  let redelivered = 0;

  for (const event of events) {
    if (event.offset <= watermark) {
      redelivered += 1;
    } else if (seen.has(event.key)) {
      buckets.duplicate += 1;
    } else {
      seen.add(event.key);
      keys.push(event.key);
      // Batches of the older shape were judged without this rule, and their replays have to decide the same.
      const judged = (batch.v === 2 ? ahead(event.summary, at) : null) ?? policy.judge(event.summary);
      buckets[judged.bucket] += 1;
      outcomes.add(event, judged);
    }
  }

  const received: ModelEvent = {
    type: 'DriftReceived',
    data: { stream, partition, from, to, buckets, redelivered, keys, outcomes: outcomes.all },
    at,
  };
  return [received, ...policy.facts()];
}

/**
 * News from the future would be harmful, not just wrong: cool-down and budgets count in event time, so a retraining on a
 * window of next year would leave no room for another until then.
 */
function ahead({ windowEnd }: DriftSummary, at: string): Judged | null {
  if (Date.parse(windowEnd) <= Date.parse(at) + AHEAD_MS) return null;
  return { bucket: 'rejected', reason: `its window ends in the future, at ${windowEnd}` };
}

/** What became of the events; those of one statement that met the same end are one line with their number. */
class Outcomes {
  private readonly lines = new Map<DriftSummary, Map<string, DriftOutcome>>();

  add({ offset, summary }: BatchedEvent, judged: Judged): void {
    const ends = this.lines.get(summary) ?? new Map<string, DriftOutcome>();
    this.lines.set(summary, ends);
    const end = `${judged.bucket} ${judged.reason}`;
    const line = ends.get(end);
    const { id, version, source, windowEnd } = summary;
    const first = { id, offset, ...judged, count: 0, version, ...(source ? { source } : {}), windowEnd };
    ends.set(end, { ...(line ?? first), count: (line?.count ?? 0) + 1 });
  }

  get all(): DriftOutcome[] {
    const lines = [...this.lines.values()].flatMap((ends) => [...ends.values()]);
    return lines.sort((a, b) => a.offset - b.offset);
  }
}
