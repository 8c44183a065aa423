import { CompressionTypes } from 'kafkajs';
import type { Kafka, Message, Producer, TopicMessages } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import { createBatcher, sizeOf } from './batcher.ts';
import type { BatchEntry, Batcher } from './batcher.ts';
import { producerConfig } from './client.ts';
import { toLogError } from './errors.ts';
import { LogError } from './port.ts';

/** Brokers refuse batches above 1 MiB, and one request makes one batch a partition: half of it leaves room. */
const MAX_BATCH_BYTES = 524_288;
const MAX_BATCH_RECORDS = 1_000;
const LINGER_MS = 5;
const MAX_QUEUED_RECORDS = 100_000;
/**
 * How long an absent broker is outlived. kafkajs alone gives up at once when the connection is refused while it repairs
 * its own, so the trying again is ours.
 */
const PATIENCE_MS = 30_000;
const RETRY_MS = 500;

/** The only producer of a log: idempotent, one request in flight, acknowledged by all in-sync replicas. */
export function createPublisher(kafka: Kafka, log: Logger): Batcher {
  let connected: Promise<Producer> | undefined;
  let closing = false;

  const connect = async (): Promise<Producer> => {
    const producer = kafka.producer(producerConfig());
    await producer.connect();
    return producer;
  };

  const discard = async (): Promise<void> => {
    const old = connected;
    connected = undefined;
    try {
      await (await old)?.disconnect();
    } catch (error) {
      log.debug({ err: error }, 'the old producer did not disconnect cleanly');
    }
  };

  const attempt = async (entries: readonly BatchEntry[]): Promise<void> => {
    try {
      connected ??= connect();
      const producer = await connected;
      await producer.sendBatch({
        acks: -1,
        topicMessages: byTopic(entries),
        // Only a single large record makes a batch this big; compressed it may yet fit.
        compression: bytesOf(entries) > MAX_BATCH_BYTES ? CompressionTypes.GZIP : CompressionTypes.None,
      });
    } catch (error) {
      // See producerConfig: after giving up, its sequence numbers cannot be trusted any more.
      await discard();
      throw toLogError(error, `publish to ${[...new Set(entries.map(({ topic }) => topic))].join(', ')}`);
    }
  };

  const send = async (entries: readonly BatchEntry[]): Promise<void> => {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await attempt(entries);
      } catch (error) {
        if (!(error instanceof LogError) || !error.retryable || closing || Date.now() > deadline) throw error;
        log.info({ err: error }, 'publishing is tried again');
        await sleep(RETRY_MS);
      }
    }
  };

  const batcher = createBatcher({
    send,
    maxRecords: MAX_BATCH_RECORDS,
    maxBytes: MAX_BATCH_BYTES,
    lingerMs: LINGER_MS,
    maxQueued: MAX_QUEUED_RECORDS,
  });
  return {
    publish: batcher.publish,
    close: async () => {
      closing = true;
      await batcher.close();
      await discard();
    },
  };
}

function byTopic(entries: readonly BatchEntry[]): TopicMessages[] {
  const messages = new Map<string, Message[]>();
  for (const { topic, records } of entries) {
    const list = messages.get(topic) ?? [];
    if (list.length === 0) messages.set(topic, list);
    for (const { key, value, headers } of records)
      list.push({ key, value, ...(headers === undefined ? {} : { headers: { ...headers } }) });
  }
  return [...messages].map(([topic, list]) => ({ topic, messages: list }));
}

function bytesOf(entries: readonly BatchEntry[]): number {
  let bytes = 0;
  for (const { records } of entries) for (const record of records) bytes += sizeOf(record);
  return bytes;
}
