import type { Logger } from '../log.ts';
import { createLogger } from '../log.ts';
import { createAdministration } from './admin.ts';
import { createKafka } from './client.ts';
import { consume } from './consume.ts';
import { LogError } from './port.ts';
import type { Consumption, EventLog } from './port.ts';
import { probe } from './probe.ts';
import { createPublisher } from './producer.ts';
import { readRange, tail } from './reader.ts';
import type { KafkaSettings } from './settings.ts';

export * from './port.ts';
export { kafkaSettings } from './settings.ts';
export type { KafkaSasl, KafkaSettings, KafkaSsl } from './settings.ts';

/**
 * Connects to Kafka through kafkajs 2.2.4 (works with brokers 4.1 to 4.4). Rejects with LogError `unavailable` when no
 * broker answers within a minute, and `refused`, at once and with the setting to mend, when certificate, user or token are not
 * accepted. Once connected, absences of the brokers are outlived.
 */
export async function connectLog(
  settings: KafkaSettings,
  log: Logger = createLogger('kafka'),
): Promise<EventLog> {
  const doubt = await probe(settings, log);
  const kafka = createKafka(settings, log);
  const admin = createAdministration(kafka, log);
  const publisher = createPublisher(kafka, log);
  const consumptions = new Set<Consumption>();
  const readers = new AbortController();
  try {
    await admin.clusterId();
  } catch (error) {
    await admin.close();
    if (!(error instanceof LogError) || doubt === undefined) throw error;
    throw new LogError(error.code, `Kafka: ${doubt} (${error.message})`, error);
  }
  const reader = { kafka, admin, log };
  const untilClosed = (signal?: AbortSignal): AbortSignal =>
    signal === undefined ? readers.signal : AbortSignal.any([signal, readers.signal]);

  return {
    ensureTopics: admin.ensureTopics,
    publish: publisher.publish,
    clusterId: admin.clusterId,
    offsets: admin.offsets,
    consume: async (options, onSlice) => {
      const consumption = await consume(kafka, admin, log, options, onSlice);
      const tracked: Consumption = {
        health: consumption.health,
        stop: async () => {
          consumptions.delete(tracked);
          await consumption.stop();
        },
      };
      consumptions.add(tracked);
      return tracked;
    },
    readRange: (options, onRecords) =>
      readRange(reader, { ...options, signal: untilClosed(options.signal) }, onRecords),
    tail: (options, onRecords) =>
      tail(reader, { ...options, signal: untilClosed(options.signal) }, onRecords),
    lag: async (group, topics) => {
      let lag = 0;
      for (const topic of topics) {
        const [committed, offsets] = await Promise.all([admin.committed(group, topic), admin.offsets(topic)]);
        for (const { partition, low, high } of offsets)
          lag += high - Math.max(committed.get(partition) ?? low, low);
      }
      return lag;
    },
    close: async () => {
      readers.abort();
      await Promise.all([...consumptions].map((consumption) => consumption.stop()));
      await publisher.close();
      await admin.close();
    },
  };
}
