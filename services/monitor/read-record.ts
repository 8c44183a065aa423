import type { ReceivedRecord } from '../../adapters/kafka/index.ts';
import { decodeEvent } from '../../contracts/cloudevents.ts';
import {
  eventTypes,
  type FeedbackGiven,
  type LabelObserved,
  type PredictionLogged,
} from '../../contracts/live-events.ts';
import {
  explain,
  feedbackGiven,
  labelObserved,
  predictionLogged,
  watchSet,
} from '../../contracts/schemas/live-events.ts';
import { topics } from '../../contracts/topics.ts';
import type { WatchSet } from '../../contracts/watch.ts';
import { eventTimeOf } from '../../domain/drift/monitor/index.ts';

/** What a record of one of the four topics is, or why it is not used. */
export type Read =
  | { readonly kind: 'prediction'; readonly prediction: PredictionLogged }
  | { readonly kind: 'label'; readonly label: LabelObserved }
  | { readonly kind: 'feedback'; readonly feedback: FeedbackGiven }
  | { readonly kind: 'watch'; readonly model: string; readonly watch: WatchSet | null }
  | { readonly kind: 'refused'; readonly reason: string };

const HOUR = 3_600_000;
const refused = (reason: string): Read => ({ kind: 'refused', reason });

const expectedType: Readonly<Record<string, string>> = {
  [topics.predictions]: eventTypes.prediction,
  [topics.labels]: eventTypes.label,
  [topics.feedback]: eventTypes.feedback,
  [topics.watch]: eventTypes.watch,
};

/** Checks a record against its schema. Never throws. A tombstone on the watch topic ends its model's watch. */
export function readRecord(record: ReceivedRecord, maxAheadHours: number): Read {
  if (record.topic === topics.watch && record.value === null) {
    return record.key === null ? refused('a watch without key') : endOfWatch(record.key.toString('utf8'));
  }
  const decoded = decodeEvent(record);
  if (!decoded.ok) return refused(`${decoded.code}: ${decoded.reason}`);
  const { type, data } = decoded.event;
  if (type !== expectedType[record.topic])
    return refused(`type '${type}' does not belong on ${record.topic}`);

  /** The fold's watermark goes by event time, so one record from the year 2099 would end every window of its model. */
  const tooEarly = (time: string): boolean => {
    const at = eventTimeOf(time);
    return at === undefined || at > record.timestamp + maxAheadHours * HOUR;
  };
  if (record.topic === topics.predictions) {
    const parsed = predictionLogged.safeParse(data);
    if (!parsed.success) return refused(explain(parsed.error));
    if (tooEarly(parsed.data.time)) return refused(`time ${parsed.data.time} is ahead of the record's own`);
    return { kind: 'prediction', prediction: parsed.data };
  }
  if (record.topic === topics.labels) {
    const parsed = labelObserved.safeParse(data);
    if (!parsed.success) return refused(explain(parsed.error));
    if (tooEarly(parsed.data.observedAt)) {
      return refused(`observedAt ${parsed.data.observedAt} is ahead of the record's own time`);
    }
    return { kind: 'label', label: parsed.data };
  }
  if (record.topic === topics.feedback) {
    const parsed = feedbackGiven.safeParse(data);
    if (!parsed.success) return refused(explain(parsed.error));
    if (tooEarly(parsed.data.givenAt)) {
      return refused(`givenAt ${parsed.data.givenAt} is ahead of the record's own time`);
    }
    return { kind: 'feedback', feedback: parsed.data };
  }
  const parsed = watchSet.safeParse(data);
  if (!parsed.success) return refused(explain(parsed.error));
  return { kind: 'watch', model: parsed.data.model, watch: parsed.data };
}

const endOfWatch = (model: string): Read => ({ kind: 'watch', model, watch: null });
