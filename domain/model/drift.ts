import type { ModelCommandOf } from './commands.ts';
import type { DriftBucket, DriftOutcome, ModelEvent } from './events.ts';
import { PolicyJudge } from './policy.ts';
import type { ModelState } from './state.ts';

/**
 * Puts every event of a batch into exactly one bucket and decides on at most one retraining. Redelivery is told by the
 * offset, a monitor that repeats itself by the event's id. All times are event times, so a replay decides the same.
 */
export function receiveDrift({ batch, at }: ModelCommandOf<'ReceiveDrift'>, state: ModelState): ModelEvent[] {
  const { stream, partition, events } = batch;
  const first = events[0];
  const last = events.at(-1);
  if (!first || !last) return [];

  const watermark = state.watermarks[`${stream}/${partition}`] ?? -1;
  const seen = new Set(state.recentIds);
  const outcomes: DriftOutcome[] = [];
  const buckets: Record<DriftBucket, number> = { started: 0, coalesced: 0, suppressed: 0, duplicate: 0 };
  const policy = new PolicyJudge(state, at);

  for (const event of events) {
    if (event.offset <= watermark || seen.has(event.id)) {
      buckets.duplicate += 1;
      continue;
    }
    seen.add(event.id);
    const judged = policy.judge(event);
    buckets[judged.bucket] += 1;
    const { id, offset, version, source } = event;
    outcomes.push({ id, offset, ...judged, version, ...(source === undefined ? {} : { source }) });
  }

  const received: ModelEvent = {
    type: 'DriftReceived',
    data: { stream, partition, from: first.offset, to: last.offset, buckets, outcomes },
    at,
  };
  return [received, ...policy.facts()];
}
