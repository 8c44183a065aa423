import { decodeEvent } from '../../../contracts/cloudevents.ts';
import { topicSettings, topics } from '../../../contracts/topics.ts';
import type { EventLog } from '../../../adapters/kafka/index.ts';
import { failure } from '../../failure.ts';
import { messageOf } from '../trial.ts';

export type AlertPosition = Readonly<Record<number, number>>;

/** Where the topic of alerts stands. Throws `LogUnavailable`. */
export async function alertPosition(log: EventLog): Promise<AlertPosition> {
  return inLog(async () => {
    await log.ensureTopics(topicSettings.filter(({ topic }) => topic === topics.alerts));
    const offsets = await log.offsets(topics.alerts);
    return Object.fromEntries(offsets.map(({ partition, high }) => [partition, high]));
  });
}

/** Ids of the alerts that were written since. Throws `LogUnavailable`. */
export async function alertsBehind(
  log: EventLog,
  from: AlertPosition,
  signal: AbortSignal,
): Promise<Set<string>> {
  const ids = new Set<string>();
  await inLog(() =>
    log.readRange({ topic: topics.alerts, from, signal }, (records) => {
      for (const record of records) {
        const decoded = decodeEvent(record);
        if (decoded.ok) ids.add(decoded.event.id);
      }
    }),
  );
  return ids;
}

async function inLog<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failure('LogUnavailable', `the topic ${topics.alerts}: ${messageOf(error)}`, error);
  }
}
