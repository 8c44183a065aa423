import { decodeEvent } from '../../../contracts/cloudevents.ts';
import { eventTypes, type PredictionLogged } from '../../../contracts/live-events.ts';
import { topics, topicSettings } from '../../../contracts/topics.ts';
import type { EventLog } from '../../../adapters/kafka/index.ts';
import { failure } from '../../failure.ts';
import type { FeatureRow } from '../model-client.ts';
import { messageOf } from '../trial.ts';

export interface RecordedCall {
  /** Event time, milliseconds since 1970: when it happened, also where a recording was played faster. */
  readonly at: number;
  readonly row: FeatureRow;
}

/**
 * The latest requests of a model in the prediction log, in the order of event time. Looks at `records` of the log's newest records, of all
 * models. What callers sent stays in memory and is stored nowhere. Throws `LogUnavailable`.
 */
export async function recordedCalls(
  log: EventLog,
  model: string,
  records: number,
  signal: AbortSignal,
): Promise<RecordedCall[]> {
  const calls: RecordedCall[] = [];
  try {
    await log.ensureTopics(topicSettings.filter(({ topic }) => topic === topics.predictions));
    const offsets = await log.offsets(topics.predictions);
    const each = Math.ceil(records / offsets.length);
    const from = Object.fromEntries(
      offsets.map(({ partition, low, high }) => [partition, Math.max(low, high - each)]),
    );
    await log.readRange({ topic: topics.predictions, from, signal }, (batch) => {
      for (const record of batch) {
        const decoded = decodeEvent(record);
        if (!decoded.ok || decoded.event.type !== eventTypes.prediction) continue;
        const prediction = decoded.event.data as PredictionLogged;
        if (prediction.model !== model) continue;
        calls.push({ at: Date.parse(prediction.time), row: prediction.features });
      }
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw failure('LogUnavailable', `the recorded traffic could not be read: ${messageOf(error)}`, error);
  }
  return calls.filter(({ at }) => Number.isFinite(at)).sort((a, b) => a.at - b.at);
}
