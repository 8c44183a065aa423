import { setImmediate } from 'node:timers/promises';
import { LogError } from '../../adapters/kafka/index.ts';
import type { ReceivedRecord, Slice, SliceOutcome } from '../../adapters/kafka/index.ts';
import type { Logger } from '../../adapters/log.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Delivery } from './deliver.ts';
import type { ModelFold } from './fold.ts';
import { createLimiter } from './limiter.ts';
import type { IngestMetrics } from './metrics.ts';
import type { Refusal, Refused } from './read-event.ts';
import { readSlice } from './read-slice.ts';
import type { SliceReading } from './read-slice.ts';

export interface SettleOptions {
  /** Names the log: `streamOf`. */
  readonly stream: string;
  readonly deliver: (fold: ModelFold) => Promise<Delivery>;
  readonly deadLetters: DeadLetters;
  /** Records that were let go of, in offset order; those that are no longer in their topic are missing. Rejects with LogError. */
  readonly fetchAgain: (
    topic: string,
    partition: number,
    offsets: readonly number[],
  ) => Promise<ReceivedRecord[]>;
  readonly metrics: IngestMetrics;
  readonly log: Logger;
}

/** Signals at the same time, over all partitions: about what a small Temporal server keeps up with. */
const SIGNALS_IN_FLIGHT = 16;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;
const GONE = 'the record itself is no longer in its topic';

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

  /** What Temporal will never take, with its records: they were let go of, because they are seldom asked for once they were read. */
  const refusedEvents = async (
    { topic, partition }: Slice,
    reading: SliceReading,
    { fold: { from, events } }: ModelFold,
    refusal: Refusal,
  ): Promise<Refused[]> => {
    const offsets = events.at.map((distance) => from + distance);
    const records = await options.fetchAgain(topic, partition, offsets);
    const found = new Map(records.map((record) => [record.offset, record]));
    return offsets.map((offset) => {
      const record = found.get(offset);
      if (record !== undefined) return { record, refusal };
      const timestamp = reading.timestamps[reading.offsets.indexOf(offset)]!;
      const gone = { topic, partition, offset, timestamp, key: null, value: null, headers: {} };
      return { record: gone, refusal: { ...refusal, reason: `${refusal.reason} (${GONE})` } };
    });
  };

  /** Sends a model's signals in turn. Returns the first offset that is not settled, with the reason, or undefined. */
  const send = async (
    folds: readonly ModelFold[],
    slice: Slice,
    reading: SliceReading,
  ): Promise<{ offset: number; reason: string } | undefined> => {
    const { signal } = slice;
    for (const one of folds) {
      const offset = one.fold.from;
      const delivery = await limit(async () => (signal.aborted ? undefined : options.deliver(one)));
      if (delivery === undefined) return { offset, reason: 'the partition is being handed over' };
      metrics.signal(delivery.kind);
      if (delivery.kind === 'wait') return { offset, reason: delivery.reason };
      if (delivery.kind === 'refused') {
        const { code, reason } = delivery;
        const letters = await refusedEvents(slice, reading, one, { code, stage: 'TASK_PUT', reason });
        await writeDeadLetters(letters, signal);
        reading.refused.push(...letters);
      }
    }
    return undefined;
  };

  /** Counts what is settled up to `through`, each record once. */
  const count = ({ topic, partition }: Slice, { offsets, refused }: SliceReading, through: number): void => {
    const before = counted.get(partition) ?? -1;
    const settled = offsets.filter((offset) => offset <= through);
    const fresh = settled.filter((offset) => offset > before);
    const bad = new Set(refused.map(({ record }) => record.offset));
    const dead = fresh.filter((offset) => bad.has(offset)).length;
    metrics.settled('dead_lettered', dead);
    metrics.settled('signalled', fresh.length - dead);
    metrics.settled('redelivered', settled.length - fresh.length);
    counted.set(partition, Math.max(before, through));
    deadLetters.forget(topic, partition, through);
  };

  // Slices of all partitions come at once. One is read in each turn of the event loop, so that Temporal works on the signals
  // of the first while the next is read, and heartbeats get through.
  let lastRead = Promise.resolve();
  const mayRead = (): Promise<void> => (lastRead = lastRead.then(() => setImmediate()));

  return async (slice) => {
    const { partition, signal } = slice;
    await mayRead();
    const reading = readSlice(slice.records);
    const { fold, refused, offsets, timestamps } = reading;
    // What comes before it in its partition comes again, and this with it.
    if (!(await slice.turn)) return { kind: 'retryLater', afterMs: FIRST_WAIT_MS };
    metrics.head(partition, timestamps[0]);
    let undone: { offset: number; reason: string } | undefined;
    try {
      await writeDeadLetters(refused, signal);
      const models = fold.models(stream, partition);
      // All settled, so that no signal is still in flight when the slice comes again.
      for (const result of await Promise.allSettled(models.map((folds) => send(folds, slice, reading)))) {
        if (result.status === 'rejected') throw result.reason;
        if (result.value !== undefined && (undone === undefined || result.value.offset < undone.offset))
          undone = result.value;
      }
    } catch (error) {
      if (error instanceof LogError && error.retryable) return wait(partition, error.message);
      throw error;
    }
    if (undone !== undefined && undone.offset === offsets[0]) return wait(partition, undone.reason);
    const through = undone === undefined ? offsets.at(-1)! : undone.offset - 1;
    count(slice, reading, through);
    if (undone !== undefined) {
      const head = offsets.findIndex((offset) => offset > through);
      metrics.head(partition, timestamps[head]);
      return wait(partition, undone.reason, through);
    }
    tries.delete(partition);
    metrics.head(partition, undefined);
    return { kind: 'done' };
  };
}
