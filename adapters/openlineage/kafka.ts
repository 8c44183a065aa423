import type { TopicSettings } from '../../contracts/topics.ts';
import { LogError, type EventLog } from '../kafka/index.ts';
import { LineageUnavailable, type LineageTransport } from './port.ts';

const DAYS = 86_400_000;

/** Writes each event to a topic, which is made where it is missing; events of one job stay in order. */
export function kafkaTransport(log: EventLog, topic: string): LineageTransport {
  const settings: TopicSettings = { topic, partitions: 1, config: { 'retention.ms': String(30 * DAYS) } };
  let ready = false;
  return {
    place: `topic ${topic}`,
    send: async (events) => {
      try {
        if (!ready) await log.ensureTopics([settings]);
        ready = true;
        await log.publish(
          topic,
          // The key is that of OpenLineage's own Kafka transports.
          events.map((event) => ({
            key: `run:${event.job.namespace}/${event.job.name}`,
            value: JSON.stringify(event),
          })),
        );
      } catch (error) {
        if (error instanceof LogError && error.code !== 'too-large')
          throw new LineageUnavailable(`topic ${topic}: ${error.message}`, { cause: error });
        throw error;
      }
    },
    close: () => log.close(),
  };
}
