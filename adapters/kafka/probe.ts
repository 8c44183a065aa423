import type { Logger } from '../log.ts';
import { createKafka } from './client.ts';
import { toLogError } from './errors.ts';
import { mismatch } from './explain.ts';
import { LogError } from './port.ts';
import type { KafkaSettings } from './settings.ts';

/**
 * Asks once whether Kafka takes us, because kafkajs tries a wrong certificate again for most of a minute. Rejects with LogError
 * `refused` when only other settings can help. Answers with a doubt in words when settings may be wrong or the broker away.
 */
export async function probe(settings: KafkaSettings, log: Logger): Promise<string | undefined> {
  const admin = createKafka(settings, log, { retries: 0 }).admin();
  try {
    await admin.connect();
    await admin.describeCluster();
    return undefined;
  } catch (error) {
    const { code, message } = toLogError(error, 'connect');
    const found = mismatch(error, settings);
    if (found?.certain) throw new LogError('refused', `Kafka: ${found.words}`, error);
    if (code === 'refused') throw new LogError('refused', `Kafka: ${message}`, error);
    log.warn(
      { brokers: settings.brokers, why: found?.words ?? message },
      'Kafka is not there yet; trying again',
    );
    return found?.words;
  } finally {
    await admin
      .disconnect()
      .catch((error: unknown) => log.debug({ err: error }, 'the probe did not disconnect'));
  }
}
