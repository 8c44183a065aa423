import { LogError } from './port.ts';
import type { LogRecord } from './port.ts';

/** Records that one call to `publish` contributed to a batch. */
export interface BatchEntry {
  readonly topic: string;
  readonly records: readonly LogRecord[];
}

export interface BatcherOptions {
  /** Writes all entries or rejects with LogError. Called one at a time. */
  readonly send: (entries: readonly BatchEntry[]) => Promise<void>;
  readonly maxRecords: number;
  /** Keys, values and headers. A single bigger record goes alone. */
  readonly maxBytes: number;
  readonly lingerMs: number;
  /** Records that may wait; more are refused with `queue-full`, so that an absent broker cannot fill the memory. */
  readonly maxQueued: number;
}

export interface Batcher {
  publish(topic: string, records: readonly LogRecord[]): Promise<void>;
  /** Sends what waits; later calls are refused. */
  close(): Promise<void>;
}

interface Piece extends BatchEntry {
  readonly count: number;
  readonly bytes: number;
  readonly settle: (error?: unknown) => void;
}

/**
 * Gathers many small calls into few requests: kafkajs has no linger of its own, and one record a request costs ten times
 * the time. One chain of awaited requests keeps the order of the calls.
 */
export function createBatcher(options: BatcherOptions): Batcher {
  const queue: Piece[] = [];
  let queued = 0;
  let draining: Promise<void> | undefined;
  let wake: (() => void) | undefined;
  let closed = false;

  const drain = async (): Promise<void> => {
    await linger();
    while (queue.length > 0) await flush(take());
    draining = undefined;
  };

  const linger = (): Promise<void> =>
    new Promise((resolve) => {
      if (closed || queued >= options.maxRecords) return resolve();
      const timer = setTimeout(resolve, options.lingerMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const take = (): Piece[] => {
    const batch: Piece[] = [];
    let records = 0;
    let bytes = 0;
    for (;;) {
      const next = queue[0];
      if (next === undefined) break;
      const fits = records + next.count <= options.maxRecords && bytes + next.bytes <= options.maxBytes;
      if (batch.length > 0 && !fits) break;
      queue.shift();
      batch.push(next);
      records += next.count;
      bytes += next.bytes;
    }
    queued -= records;
    return batch;
  };

  const flush = async (batch: readonly Piece[]): Promise<void> => {
    try {
      await options.send(batch);
      for (const piece of batch) piece.settle();
    } catch (error) {
      // One record too large, or one topic that does not exist, is its caller's failure and nobody else's.
      const ownFault = error instanceof LogError && !error.retryable;
      if (batch.length > 1 && ownFault) for (const piece of batch) await flush([piece]);
      else for (const piece of batch) piece.settle(error);
    }
  };

  return {
    publish: async (topic, records) => {
      if (closed) throw new LogError('closed', 'the log is closed');
      if (queued + records.length > options.maxQueued && queued > 0)
        throw new LogError('queue-full', `${queued} records wait to be sent to Kafka; try again later`);
      const sent = pieces(topic, records, options).map(
        (piece) =>
          new Promise<void>((resolve, reject) => {
            const settle = (error?: unknown): void =>
              error === undefined ? resolve() : reject(error as Error);
            queue.push({ ...piece, settle });
            queued += piece.count;
          }),
      );
      if (sent.length === 0) return;
      if (queued >= options.maxRecords) wake?.();
      draining ??= drain();
      // All pieces settle before the first failure is told: the caller then knows that nothing is still on its way.
      const results = await Promise.allSettled(sent);
      const failed = results.find((result) => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
    close: async () => {
      closed = true;
      wake?.();
      await draining;
    },
  };
}

function pieces(
  topic: string,
  records: readonly LogRecord[],
  { maxRecords, maxBytes }: BatcherOptions,
): Omit<Piece, 'settle'>[] {
  const all: Omit<Piece, 'settle'>[] = [];
  let start = 0;
  let bytes = 0;
  records.forEach((record, index) => {
    const size = sizeOf(record);
    if (index > start && (index - start >= maxRecords || bytes + size > maxBytes)) {
      all.push({ topic, records: records.slice(start, index), count: index - start, bytes });
      start = index;
      bytes = 0;
    }
    bytes += size;
  });
  if (records.length > start)
    all.push({ topic, records: records.slice(start), count: records.length - start, bytes });
  return all;
}

/** Bytes that a record takes in a request, near enough: strings are counted as ASCII. */
export function sizeOf({ key, value, headers }: LogRecord): number {
  let bytes = 64 + (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) bytes += name.length + headers[name]!.length + 4;
  return bytes;
}
