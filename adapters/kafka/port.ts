import type { TopicSettings } from '../../contracts/topics.ts';

/**
 * The log as the rest of the system sees it. No type of a Kafka library crosses this file, so that another client can
 * take its place; `test/kafka/conformance/` is the suite that it would have to pass. Offsets are numbers: exact up to 2^53.
 */

export interface LogRecord {
  readonly key: Buffer | string | null;
  /** null is a tombstone: in a compacted topic it deletes the key. */
  readonly value: Buffer | string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ReceivedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970, as the producer or the broker stamped it. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Read as UTF-8; of a header that comes twice, the last. */
  readonly headers: Record<string, string>;
}

export interface PartitionOffsets {
  readonly partition: number;
  /** First offset that is still there. */
  readonly low: number;
  /** Offset that the next record will get. */
  readonly high: number;
}

/** Some records of one partition, in order. */
export interface Slice {
  readonly topic: string;
  readonly partition: number;
  /**
   * 1 to `sliceRecords`, in offset order. The list is the handler's own: one that takes the records out of it when it has read them
   * lets go of their memory long before the slice is settled.
   */
  readonly records: ReceivedRecord[];
  /**
   * Resolves when the slices before it in the partition are settled: to true when nothing of them is left, and then it may have
   * effects; to false when they come again, and this one after them, and then whatever it answers is not heard. Only with
   * `readAhead` is it ever to be waited for.
   */
  readonly turn: Promise<boolean>;
  /** Aborted when the partition is being taken away or the consumption stops: finish what is in flight, begin nothing. */
  readonly signal: AbortSignal;
}

export type SliceOutcome =
  /** All records are settled; their offset is committed. */
  | { readonly kind: 'done' }
  /**
   * The partition pauses and comes again from the first unsettled record, in order, after `afterMs`. `doneThrough` is the
   * offset of the last record of the settled beginning, if any.
   */
  | { readonly kind: 'retryLater'; readonly afterMs: number; readonly doneThrough?: number };

export interface ConsumeOptions {
  readonly group: string;
  readonly topics: string[];
  /** Where a group without a committed offset begins: at the oldest record (default), or at the next to come. */
  readonly fromBeginning?: boolean;
  /** Most records of a slice; 100 unless given. What a crash brings again is a slice of each partition at most. */
  readonly sliceRecords?: number;
  /** Most bytes of a slice's values (one record may have more), and of one fetch from a partition; 1 MiB unless given. */
  readonly sliceBytes?: number;
  /**
   * Hands a partition's next slice over while the one before is being settled, so that one is read while the other waits for somebody
   * else. Two of a partition are then in hand, and as many come again after a crash. A rebalance waits for them only if the consumer
   * hears of it while it works on a batch, so a partition's next owner may begin while its last still finishes: effects have to bear that.
   */
  readonly readAhead?: boolean;
}

export interface Consumption {
  /** Waits for the slices in hand, leaves the group. */
  stop(): Promise<void>;
  health(): { readonly ok: boolean; readonly detail: string };
}

export interface ReadRangeOptions {
  readonly topic: string;
  /** Partition to the first offset wanted. Partitions that are left out are not read. */
  readonly from: Readonly<Record<number, number>>;
  /** Partition to the offset to stop before; the high watermark at the call where left out. */
  readonly to?: Readonly<Record<number, number>>;
  readonly signal?: AbortSignal;
}

export interface TailOptions {
  readonly topics: string[];
  /** Topic to partition to first offset. A partition that is left out is read from its beginning. */
  readonly from: Readonly<Record<string, Readonly<Record<number, number>>>>;
  /** Topic to the partitions that are read at all; every partition of a topic that is left out. */
  readonly only?: Readonly<Record<string, readonly number[]>>;
  readonly signal: AbortSignal;
}

/** Gets records of one partition at a time, in order; partitions never overlap in time. */
export type OnRecords = (records: ReceivedRecord[]) => void | Promise<void>;

export interface EventLog {
  /** Creates what is missing. Leaves what exists as it is, and logs a warning when its number of partitions differs. */
  ensureTopics(settings: readonly TopicSettings[]): Promise<void>;
  /**
   * Resolves when every in-sync replica has the records. Calls are gathered for up to 5 ms or 1,000 records; records with
   * one key stay in the order of the calls. An absence of the brokers is outlived for half a minute. Rejects with
   * LogError: then the records may or may not have been written.
   */
  publish(topic: string, records: readonly LogRecord[]): Promise<void>;
  clusterId(): Promise<string>;
  offsets(topic: string): Promise<PartitionOffsets[]>;
  /**
   * Reads as a member of a group, at least once: a record comes again after a crash or a rebalance between its slice and
   * the commit. Slices of one partition never overlap in time, unless `readAhead` is asked for; those of several partitions do.
   * A handler that throws is tried again later, for ever, and shows in `health`.
   */
  consume(options: ConsumeOptions, onSlice: (slice: Slice) => Promise<SliceOutcome>): Promise<Consumption>;
  /** Reads [from, to) of each partition, each record once, and returns. Rejects when aborted or when `onRecords` throws. */
  readRange(options: ReadRangeOptions, onRecords: OnRecords): Promise<void>;
  /** Reads on and on, each record once, and resolves when aborted. Rejects when `onRecords` throws. */
  tail(options: TailOptions, onRecords: OnRecords): Promise<void>;
  /** Records that the group has not committed yet. Control records of transactions count, so 0 may never be reached. */
  lag(group: string, topics: string[]): Promise<number>;
  /** Sends what is gathered, stops all consumptions, disconnects. */
  close(): Promise<void>;
}

export type LogErrorCode =
  'unavailable' | 'too-large' | 'unknown-topic' | 'out-of-range' | 'queue-full' | 'refused' | 'closed';

/** What went wrong with the log, in our words. `retryable` says whether the same call may succeed later. */
export class LogError extends Error {
  override readonly name = 'LogError';
  readonly code: LogErrorCode;
  readonly retryable: boolean;

  constructor(code: LogErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.retryable = code === 'unavailable' || code === 'queue-full';
  }
}
