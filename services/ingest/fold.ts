import type { DriftBatch } from '../../contracts/messages.ts';
import type { Accepted } from './read-event.ts';

/** A signal's payload warns at 256 KB and its history holds all of them, so batches stay well below. */
export const batchLimits = { events: 100, bytes: 65_536 } as const;

/** One signal: events of one model and one partition, in offset order. */
export interface ModelBatch {
  readonly model: string;
  readonly batch: DriftBatch;
  readonly accepted: readonly Accepted[];
}

/**
 * Folds a slice into as few signals as the limits allow. The outer list has one entry a model; its batches are sent one
 * after the other, because a later offset that arrives first makes the workflow drop the earlier ones as old.
 */
export function foldByModel(
  accepted: readonly Accepted[],
  stream: string,
  partition: number,
): ModelBatch[][] {
  const models = new Map<string, Accepted[]>();
  for (const one of accepted) {
    const list = models.get(one.model) ?? [];
    if (list.length === 0) models.set(one.model, list);
    list.push(one);
  }
  return [...models].map(([model, list]) =>
    cut(list).map((part) => ({
      model,
      accepted: part,
      batch: { v: 1, stream, partition, events: part.map(({ summary }) => summary) },
    })),
  );
}

function cut(accepted: readonly Accepted[]): Accepted[][] {
  const parts: Accepted[][] = [];
  let part: Accepted[] = [];
  let bytes = 0;
  for (const one of accepted) {
    const size = Buffer.byteLength(JSON.stringify(one.summary)) + 1;
    if (part.length > 0 && (part.length >= batchLimits.events || bytes + size > batchLimits.bytes)) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(one);
    bytes += size;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
