import type { DriftBatch, DriftFold, DriftSummary } from '../../contracts/messages.ts';

/** A batch of either shape, event by event. */
export interface ReadBatch {
  readonly stream: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  /** In offset order. */
  readonly events: readonly BatchedEvent[];
}

export interface BatchedEvent {
  readonly offset: number;
  /** The same for every copy of an event, whatever its offset. */
  readonly key: string;
  /** What it says; events that share a statement share this object. */
  readonly summary: DriftSummary;
}

/** Undefined for a batch without events. */
export function readBatch(batch: DriftBatch | DriftFold): ReadBatch | undefined {
  const events = batch.v === 1 ? listed(batch) : unfolded(batch);
  const [first, last] = [events[0], events.at(-1)];
  if (!first || !last) return undefined;
  const { stream, partition } = batch;
  return { stream, partition, from: first.offset, to: last.offset, events };
}

function listed({ events }: DriftBatch): BatchedEvent[] {
  return events.map((summary) => ({ offset: summary.offset, key: summary.id, summary }));
}

function unfolded({ from, statements, events }: DriftFold): BatchedEvent[] {
  const summaries = statements.map((statement) => ({ ...statement, offset: from }));
  return events.at.flatMap((distance, n) => {
    const [key, summary] = [events.key[n], summaries[events.says[n] ?? -1]];
    return key === undefined || summary === undefined ? [] : [{ offset: from + distance, key, summary }];
  });
}
