/**
 * Kafka topics. Predictions, labels and feedback have the same key (the prediction id) and the same number of partitions,
 * so that one monitor process can join the partitions it owns. Drift and watch events are keyed by model: their order matters.
 */
export const topics = {
  predictions: 'seatrial.predictions',
  labels: 'seatrial.labels',
  /** What users say of answers. */
  feedback: 'seatrial.feedback',
  /** Compacted: the last value for a model says which version is watched, against which profile. */
  watch: 'seatrial.watch',
  drift: 'seatrial.drift',
  driftDeadLetters: 'seatrial.drift.dlq',
  /** What people have to look at; for pagers and chat. */
  incidents: 'seatrial.incidents',
  /** Keyed by environment and gateway: an alert's end never comes before its beginning. */
  alerts: 'seatrial.alerts',
} as const;

export interface TopicSettings {
  readonly topic: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

const DAYS = 86_400_000;

export const topicSettings: readonly TopicSettings[] = [
  { topic: topics.predictions, partitions: 6, config: { 'retention.ms': String(30 * DAYS) } },
  { topic: topics.labels, partitions: 6, config: { 'retention.ms': String(90 * DAYS) } },
  { topic: topics.feedback, partitions: 6, config: { 'retention.ms': String(90 * DAYS) } },
  { topic: topics.watch, partitions: 1, config: { 'cleanup.policy': 'compact' } },
  { topic: topics.drift, partitions: 6, config: { 'retention.ms': String(30 * DAYS) } },
  { topic: topics.incidents, partitions: 1, config: { 'retention.ms': String(90 * DAYS) } },
  { topic: topics.alerts, partitions: 1, config: { 'retention.ms': String(30 * DAYS) } },
  { topic: topics.driftDeadLetters, partitions: 1, config: { 'retention.ms': String(30 * DAYS) } },
];

/**
 * Where the stage `resilience` lets a backlog grow and drain. A trial's records have its id as key, are read by that trial
 * alone, and mean nothing to anybody else; so the topic is no part of the published interface.
 */
export const trialTopic: TopicSettings = {
  topic: 'seatrial.trials',
  partitions: 1,
  config: { 'retention.ms': String(DAYS) },
};
