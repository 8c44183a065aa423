import type { Kafka } from 'kafkajs';
import { randomUUID } from 'node:crypto';
import type { Logger } from '../log.ts';
import type { Administration } from './admin.ts';
import { joinGroup } from './member.ts';
import type { MemberBatch } from './member.ts';
import { LogError } from './port.ts';
import type { OnRecords, PartitionOffsets, ReadRangeOptions, TailOptions } from './port.ts';

/** Where a reader is and where it stops, by partition. */
interface Cursor {
  next: number;
  readonly to: number;
}

type Cursors = ReadonlyMap<string, Map<number, Cursor>>;

interface Reader {
  readonly kafka: Kafka;
  readonly admin: Administration;
  readonly log: Logger;
}

export async function readRange(
  reader: Reader,
  { topic, from, to, signal }: ReadRangeOptions,
  onRecords: OnRecords,
): Promise<void> {
  signal?.throwIfAborted();
  const partitions = new Map<number, Cursor>();
  for (const { partition, low, high } of await reader.admin.offsets(topic)) {
    const start = from[partition];
    if (start !== undefined)
      partitions.set(partition, {
        next: begin(topic, start, { partition, low, high }),
        to: Math.min(to?.[partition] ?? high, high),
      });
  }
  const unknown = Object.keys(from).find((partition) => !partitions.has(Number(partition)));
  if (unknown !== undefined) throw new LogError('unknown-topic', `${topic} has no partition ${unknown}`);
  await read(reader, new Map([[topic, partitions]]), signal, onRecords);
  signal?.throwIfAborted();
}

export async function tail(
  reader: Reader,
  { topics, from, only, signal }: TailOptions,
  onRecords: OnRecords,
): Promise<void> {
  const cursors = new Map<string, Map<number, Cursor>>();
  for (const topic of topics) {
    const wanted = only?.[topic];
    const offsets = (await reader.admin.offsets(topic)).filter(
      ({ partition }) => wanted?.includes(partition) ?? true,
    );
    cursors.set(
      topic,
      new Map(
        offsets.map((range) => {
          const next = begin(topic, from[topic]?.[range.partition] ?? range.low, range);
          return [range.partition, { next, to: Infinity }];
        }),
      ),
    );
  }
  await read(reader, cursors, signal, onRecords);
}

function begin(topic: string, wanted: number, { partition, low, high }: PartitionOffsets): number {
  if (wanted > high)
    throw new LogError(
      'out-of-range',
      `${topic}[${partition}] ends at offset ${high}, reading was to begin at ${wanted}: was the topic made anew?`,
    );
  return Math.max(wanted, low);
}

/**
 * Reads through a group of its own, deleted afterwards, because kafkajs cannot read without one. It never commits: at
 * every join each partition is set to where we are, so nothing is lost or doubled when the group forms anew.
 */
async function read(
  { kafka, admin, log }: Reader,
  cursors: Cursors,
  signal: AbortSignal | undefined,
  onRecords: OnRecords,
): Promise<void> {
  const isDone = (): boolean =>
    [...cursors.values()].every((one) => [...one.values()].every(({ next, to }) => next >= to));
  if (isDone() || signal?.aborted) return;
  const group = `seatrial-reader-${randomUUID()}`;
  const ended = new AbortController();
  let failure: { readonly error: unknown } | undefined;
  const end = (): void => ended.abort();

  const onBatch = async (batch: MemberBatch): Promise<void> => {
    const cursor = cursors.get(batch.topic)?.get(batch.partition);
    if (cursor === undefined || batch.mustLeave() || ended.signal.aborted) return;
    // The first fetch after a join may still come from before the seek.
    const wanted = batch.records.filter(({ offset }) => offset >= cursor.next && offset < cursor.to);
    try {
      if (wanted.length > 0) await batch.work(async () => onRecords(wanted));
      cursor.next = Math.max(cursor.next, batch.end);
      batch.advance(cursor.next);
    } catch (error) {
      failure = { error };
      end();
    }
    if (isDone()) end();
  };

  signal?.addEventListener('abort', end);
  try {
    const member = await joinGroup(kafka, admin, log, {
      group,
      topics: [...cursors.keys()],
      fromBeginning: true,
      concurrency: 1,
      onJoin: (assignment, _lost, joined) => {
        for (const [topic, partitions] of Object.entries(assignment))
          for (const partition of partitions) {
            const cursor = cursors.get(topic)?.get(partition);
            if (cursor === undefined || cursor.next >= cursor.to) joined.pause(topic, partition);
            else joined.seek(topic, partition, cursor.next);
          }
      },
      onBatch,
    });
    if (signal?.aborted) end();
    if (!ended.signal.aborted)
      await new Promise<void>((resolve) => ended.signal.addEventListener('abort', () => resolve()));
    await member.stop();
  } finally {
    signal?.removeEventListener('abort', end);
    await admin
      .deleteGroup(group)
      .catch((error: unknown) => log.debug({ err: error, group }, 'the group stays'));
  }
  if (failure !== undefined) throw failure.error;
}
