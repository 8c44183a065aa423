import { setImmediate } from 'node:timers/promises';
import { LogError } from '../../adapters/kafka/index.ts';
import type { Slice, SliceOutcome } from '../../adapters/kafka/index.ts';
import type { Logger } from '../../adapters/log.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Delivery } from './deliver.ts';
import { foldByModel } from './fold.ts';
import type { ModelFold } from './fold.ts';
import { createLimiter } from './limiter.ts';
import type { IngestMetrics } from './metrics.ts';
import { readEvent } from './read-event.ts';
import type { Accepted, Refused } from './read-event.ts';

export interface SettleOptions {
  /** Names the log: `streamOf`. */
  readonly stream: string;
  readonly deliver: (fold: ModelFold) => Promise<Delivery>;
  readonly deadLetters: DeadLetters;
  readonly metrics: IngestMetrics;
  readonly log: Logger;
}

/** Signals at the same time, over all partitions: about what a small Temporal server keeps up with. */
const SIGNALS_IN_FLIGHT = 16;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

/**
 * Settles each record of a slice: dead letters first, then signals, and only then may its offset be committed. Models of a
 * slice are signalled side by side, the signals of one model in turn. While Temporal or Kafka is away the slice waits.
 */
export function createSliceSettler(options: SettleOptions): (slice: Slice) => Promise<SliceOutcome> {
  const { stream, deadLetters, metrics, log } = options;
  const limit = createLimiter(SIGNALS_IN_FLIGHT);
  const tries = new Map<number, number>();
  const counted = new Map<number, number>();

  const wait = (partition: number, reason: string, doneThrough?: number): SliceOutcome => {
    const before = doneThrough === undefined ? (tries.get(partition) ?? 0) : 0;
    tries.set(partition, before + 1);
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(before, 10));
    const afterMs = Math.round(longest * (0.75 + Math.random() / 4));
    log.warn({ partition, reason, tries: before + 1, afterMs }, 'the partition waits');
    return { kind: 'retryLater', afterMs, ...(doneThrough === undefined ? {} : { doneThrough }) };
  };

  const writeDeadLetters = async (refused: readonly Refused[], held: AbortSignal): Promise<void> => {
    const fresh = await deadLetters.write(refused, held);
    for (const { record, refusal } of fresh) {
      metrics.deadLettered(refusal.code);
      const { topic, partition, offset } = record;
      log.warn({ topic, partition, offset, ...refusal }, 'a record went to the dead letters');
    }
  };

  /** Sends a model's signals in turn. Returns the first offset that is not settled, with the reason, or undefined. */
  const send = async (
    folds: readonly ModelFold[],
    signal: AbortSignal,
    refused: Refused[],
  ): Promise<{ offset: number; reason: string } | undefined> => {
    for (const one of folds) {
      const offset = one.fold.from;
      const delivery = await limit(async () => (signal.aborted ? undefined : options.deliver(one)));
      if (delivery === undefined) return { offset, reason: 'the partition is being handed over' };
      metrics.signal(delivery.kind);
      if (delivery.kind === 'wait') return { offset, reason: delivery.reason };
      if (delivery.kind === 'refused') {
        const { code, reason } = delivery;
        const letters = one.accepted.map(({ record }) => ({
          record,
          refusal: { code, stage: 'TASK_PUT' as const, reason },
        }));
        await writeDeadLetters(letters, signal);
        refused.push(...letters);
      }
    }
    return undefined;
  };

  /** Counts what is settled up to `through`, each record once. */
  const count = (
    { topic, partition, records }: Slice,
    refused: readonly Refused[],
    through: number,
  ): void => {
    const before = counted.get(partition) ?? -1;
    const settled = records.filter(({ offset }) => offset <= through);
    const fresh = settled.filter(({ offset }) => offset > before);
    const bad = new Set(refused.map(({ record }) => record.offset));
    const dead = fresh.filter(({ offset }) => bad.has(offset)).length;
    metrics.settled('dead_lettered', dead);
    metrics.settled('signalled', fresh.length - dead);
    metrics.settled('redelivered', settled.length - fresh.length);
    counted.set(partition, Math.max(before, through));
    deadLetters.forget(topic, partition, through);
  };

  // Slices of all partitions come at once. One is read in each turn of the event loop, so that Temporal works on the signals
  // of the first while the next is read, and heartbeats get through.
  let turn = Promise.resolve();
  const nextTurn = (): Promise<void> => (turn = turn.then(() => setImmediate()));

  return async (slice) => {
    const { partition, records, signal } = slice;
    const first = records[0]!;
    const last = records.at(-1)!;
    metrics.head(partition, first.timestamp);
    const accepted: Accepted[] = [];
    const refused: Refused[] = [];
    await nextTurn();
    for (const record of records) {
      const reading = readEvent(record);
      if (reading.ok) accepted.push(reading.accepted);
      else refused.push(reading.refused);
    }
    let undone: { offset: number; reason: string } | undefined;
    try {
      await writeDeadLetters(refused, signal);
      const models = foldByModel(accepted, stream, partition);
      // All settled, so that no signal is still in flight when the slice comes again.
      for (const result of await Promise.allSettled(models.map((folds) => send(folds, signal, refused)))) {
        if (result.status === 'rejected') throw result.reason;
        if (result.value !== undefined && (undone === undefined || result.value.offset < undone.offset))
          undone = result.value;
      }
    } catch (error) {
      if (error instanceof LogError && error.retryable) return wait(partition, error.message);
      throw error;
    }
    if (undone !== undefined && undone.offset === first.offset) return wait(partition, undone.reason);
    const through = undone === undefined ? last.offset : undone.offset - 1;
    count(slice, refused, through);
    if (undone !== undefined) {
      metrics.head(partition, records.find(({ offset }) => offset > through)?.timestamp);
      return wait(partition, undone.reason, through);
    }
    tries.delete(partition);
    metrics.head(partition, undefined);
    return { kind: 'done' };
  };
}
