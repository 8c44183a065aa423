import { setTimeout as sleep } from 'node:timers/promises';
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

  // A connection that the broker has closed, and a topic whose leader is still being chosen, pass: a few more tries do.
  const ask = <T>(doing: string, question: (admin: Admin) => Promise<T>): Promise<T> =>
    outliving(
      (error) => error.retryable,
      10_000,
      () => attempt(doing, question),
    );

  return {
    ensureTopics: (settings) =>
      // Several processes make the same topics as they start, and a topic is named before its leader is known.
      outliving(
        (error) => error.code === 'unknown-topic',
        15_000,
        () =>
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
      ),

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

const PAUSE_MS = 250;

/** Tries again as long as errors of the passing kind come, for at most `patienceMs`. At least one more try is made. */
async function outliving<T>(
  passes: (error: LogError) => boolean,
  patienceMs: number,
  act: () => Promise<T>,
): Promise<T> {
  const until = Date.now() + patienceMs;
  for (let tries = 1; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      const again = error instanceof LogError && passes(error) && (tries === 1 || Date.now() < until);
      if (!again) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
