import type { Admin, Kafka } from 'kafkajs';
import type { TopicSettings } from '../../contracts/topics.ts';
import type { Logger } from '../log.ts';
import { toLogError } from './errors.ts';
import { LogError } from './port.ts';
import type { PartitionOffsets } from './port.ts';

export interface Administration {
  ensureTopics(settings: readonly TopicSettings[]): Promise<void>;
  clusterId(): Promise<string>;
  offsets(topic: string): Promise<PartitionOffsets[]>;
  /** Partition to the group's committed offset; partitions without one are left out. */
  committed(group: string, topic: string): Promise<Map<number, number>>;
  deleteGroup(group: string): Promise<void>;
  close(): Promise<void>;
}

/** Questions to the cluster over one connection, made anew when it breaks. Rejects with LogError. */
export function createAdministration(kafka: Kafka, log: Logger): Administration {
  let connected: Promise<Admin> | undefined;

  const connect = async (): Promise<Admin> => {
    const admin = kafka.admin();
    await admin.connect();
    return admin;
  };

  const discard = async (): Promise<void> => {
    const old = connected;
    connected = undefined;
    try {
      await (await old)?.disconnect();
    } catch (error) {
      log.debug({ err: error }, 'the old admin client did not disconnect cleanly');
    }
  };

  const attempt = async <T>(doing: string, question: (admin: Admin) => Promise<T>): Promise<T> => {
    try {
      connected ??= connect();
      return await question(await connected);
    } catch (error) {
      const failure = toLogError(error, doing);
      if (failure.code === 'unavailable' || failure.code === 'refused') await discard();
      throw failure;
    }
  };

  // Not every call of kafkajs survives the first use of a connection that the broker has closed: one more try does.
  const ask = async <T>(doing: string, question: (admin: Admin) => Promise<T>): Promise<T> => {
    try {
      return await attempt(doing, question);
    } catch (error) {
      if (!(error instanceof LogError) || !error.retryable) throw error;
      return attempt(doing, question);
    }
  };

  return {
    ensureTopics: (settings) =>
      ask('create topics', async (admin) => {
        const existing = new Set(await admin.listTopics());
        const missing = settings.filter(({ topic }) => !existing.has(topic));
        if (missing.length > 0)
          await admin.createTopics({
            waitForLeaders: true,
            topics: missing.map(({ topic, partitions, config }) => ({
              topic,
              numPartitions: partitions,
              // -1 is the broker's own default.
              replicationFactor: -1,
              configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
            })),
          });
        const present = settings.filter(({ topic }) => existing.has(topic));
        if (present.length === 0) return;
        const { topics } = await admin.fetchTopicMetadata({ topics: present.map(({ topic }) => topic) });
        for (const { name, partitions } of topics) {
          const wanted = present.find(({ topic }) => topic === name)?.partitions;
          if (wanted !== partitions.length)
            log.warn(
              { topic: name, partitions: partitions.length, wanted },
              'the topic has another number of partitions',
            );
        }
      }),

    clusterId: () =>
      ask('ask for the cluster id', async (admin) => (await admin.describeCluster()).clusterId),

    offsets: (topic) =>
      ask(`ask for the offsets of ${topic}`, async (admin) =>
        (await admin.fetchTopicOffsets(topic))
          .map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) }))
          .sort((a, b) => a.partition - b.partition),
      ),

    committed: (group, topic) =>
      ask(`ask for the offsets of group ${group}`, async (admin) => {
        const [answer] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
        const known = (answer?.partitions ?? []).map(
          ({ partition, offset }) => [partition, Number(offset)] as const,
        );
        return new Map(known.filter(([, offset]) => offset >= 0));
      }),

    deleteGroup: (group) =>
      ask(`delete group ${group}`, async (admin) => {
        await admin.deleteGroups([group]);
      }),

    close: discard,
  };
}
