import type { EventLog } from '../../../adapters/kafka/index.ts';
import type { LogPosition, Promotion } from '../../../contracts/activities.ts';
import { decodeEvent } from '../../../contracts/cloudevents.ts';
import {
  eventTypes,
  type FeedbackGiven,
  type LabelObserved,
  type PredictionLogged,
} from '../../../contracts/live-events.ts';
import { topics } from '../../../contracts/topics.ts';
import type { Said } from '../../../domain/review/index.ts';
import { failure } from '../../failure.ts';
import { readableFrom } from '../../log-start.ts';
import { messageOf } from '../trial.ts';

export interface Answered {
  /** Event time, milliseconds since 1970. */
  readonly at: number;
  /** Null where the model gave none. */
  readonly score: number | null;
  readonly latencyMs: number;
  readonly slices: Readonly<Record<string, string>>;
  label: 0 | 1 | null;
}

export interface ProductionLog {
  /** The version's predictions since its promotion, at most as many as asked for, in the order of event time. */
  readonly answers: readonly Answered[];
  /** There were more. */
  readonly cut: boolean;
  readonly said: readonly Said[];
}

export interface Wanted {
  readonly model: string;
  readonly version: string;
  readonly promotion: Promotion;
  readonly slices: readonly string[];
  readonly maxRows: number;
}

/** What a version answered in production, with the labels and the feedback that have come since. Throws `LogUnavailable`. */
export async function readProduction(
  log: EventLog,
  { model, version, promotion, slices, maxRows }: Wanted,
  signal: AbortSignal,
): Promise<ProductionLog> {
  const byId = new Map<string, Answered>();
  let cut = false;
  await readFrom<PredictionLogged>(log, topics.predictions, promotion.from, signal, (type, data) => {
    if (type !== eventTypes.prediction || data.model !== model || data.version !== version) return;
    // The log brings a record again after a failure; its id is the same.
    if (byId.has(data.predictionId)) return;
    if (byId.size >= maxRows) {
      cut = true;
      return;
    }
    const ok = data.status === 'ok' && data.score !== null && Number.isFinite(data.score);
    byId.set(data.predictionId, {
      at: Date.parse(data.time),
      score: ok ? data.score : null,
      latencyMs: data.latencyMs,
      slices: Object.fromEntries(slices.map((name) => [name, String(data.features[name] ?? '')])),
      label: null,
    });
  });
  await readFrom<LabelObserved>(log, topics.labels, promotion.from, signal, (type, data) => {
    if (type !== eventTypes.label || data.model !== model) return;
    const answer = byId.get(data.predictionId);
    if (answer) answer.label = data.label;
  });
  const said: Said[] = [];
  // Feedback has no position of the promotion; what is about other versions says so itself.
  await readFrom<FeedbackGiven>(log, topics.feedback, {}, signal, (type, data) => {
    if (type !== eventTypes.feedback || data.model !== model) return;
    const answer = data.predictionId === undefined ? undefined : byId.get(data.predictionId);
    if (!answer && data.version !== version) return;
    const negative = data.complaint !== undefined || (data.rating ?? 5) <= 2;
    said.push({ negative, slices: answer?.slices ?? {} });
  });
  const answers = [...byId.values()].filter(({ at }) => Number.isFinite(at)).sort((a, b) => a.at - b.at);
  return { answers, cut, said };
}

/** Every event of a topic from a position to its present end, decoded; what is no event of ours is left out. */
export async function readFrom<T>(
  log: EventLog,
  topic: string,
  position: LogPosition,
  signal: AbortSignal,
  take: (type: string, data: T, id: string) => void,
): Promise<void> {
  try {
    const from = readableFrom(await log.offsets(topic), position[topic]);
    await log.readRange({ topic, from, signal }, (records) => {
      for (const record of records) {
        const decoded = decodeEvent(record);
        if (decoded.ok) take(decoded.event.type, decoded.event.data as T, decoded.event.id);
      }
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw failure('LogUnavailable', `the topic ${topic} could not be read: ${messageOf(error)}`, error);
  }
}
