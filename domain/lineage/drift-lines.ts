import type { Books, DriftLine } from './lineage.ts';
import { modelEvents, modelOf } from './streams.ts';

/** Every drift event that a model heard, in order, but for those that came twice. */
export function driftLines(books: Books, modelStream: string): DriftLine[] {
  return modelEvents(books, modelOf(modelStream)).flatMap((event) => {
    if (event.type !== 'DriftReceived') return [];
    const { stream, partition, outcomes } = event.data;
    return outcomes.map(({ id, offset, bucket, reason, version = null, source = null }) => {
      const place = `${stream}/${partition}/${offset}`;
      return { id, at: event.at, place, source, version, bucket, reason };
    });
  });
}
