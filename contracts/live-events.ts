/** What travels over Kafka about a serving model: the `data` of CloudEvents 1.0. */

export const eventTypes = {
  prediction: 'dev.seatrial.prediction.logged.v1',
  label: 'dev.seatrial.label.observed.v1',
  feedback: 'dev.seatrial.feedback.given.v1',
  watch: 'dev.seatrial.watch.set.v1',
  driftDetected: 'dev.seatrial.drift.detected.v1',
  driftCleared: 'dev.seatrial.drift.cleared.v1',
  driftUnresolved: 'dev.seatrial.drift.unresolved.v1',
  incidentRaised: 'dev.seatrial.incident.raised.v1',
  alertRaised: 'dev.seatrial.alert.raised.v1',
  alertResolved: 'dev.seatrial.alert.resolved.v1',
} as const;

export interface PredictionLogged {
  readonly model: string;
  readonly version: string;
  readonly arm: 'baseline' | 'canary';
  /** Unique; the caller may choose it (the request's `id`), and labels name it. */
  readonly predictionId: string;
  /** Event time, ISO 8601 UTC. */
  readonly time: string;
  /** Digest of the caller's key: who belongs together, without saying who. Outcomes of one caller are not independent. */
  readonly unit?: string;
  readonly features: Readonly<Record<string, string | number | null>>;
  /** Probability of the positive class, or null when there was none. */
  readonly score: number | null;
  readonly status: 'ok' | 'fallback' | 'error';
  readonly latencyMs: number;
}

export interface LabelObserved {
  readonly model: string;
  readonly predictionId: string;
  readonly label: 0 | 1;
  /** Event time at which the truth was known, ISO 8601 UTC. */
  readonly observedAt: string;
}

/** What a user says of an answer, in numbers and fixed words: there is no field for free text, so none can be stored. */
export interface FeedbackGiven {
  readonly model: string;
  /** The answer that it is about; without it, `version` says which version as a whole. One of the two. */
  readonly predictionId?: string;
  readonly version?: string;
  /** 1 (worst) to 5 (best). One of `rating` and `complaint` at least. */
  readonly rating?: number;
  /** Category of a complaint, from a list of your own: lower-case letters, digits and dashes, such as `wrong-answer`. */
  readonly complaint?: string;
  /** Event time, ISO 8601 UTC. */
  readonly givenAt: string;
}

/**
 * What a drift event is about. `data`: what comes in. `prediction`: what goes out. `concept`: how the two belong together,
 * as outside monitors say it. `performance`, `calibration`, `fairness`: answers against the truth. `quality`: broken input,
 * which no retraining mends. `feedback`: what users say.
 */
export const driftKinds = [
  'data',
  'prediction',
  'concept',
  'performance',
  'calibration',
  'fairness',
  'quality',
  'feedback',
] as const;
export type DriftKind = (typeof driftKinds)[number];
export type Severity = 'info' | 'warning' | 'critical';

export interface Measurement {
  readonly scope: 'dataset' | 'feature' | 'prediction' | 'label';
  readonly name: string | null;
  readonly metric: string;
  readonly value: number;
  readonly threshold: number;
  /** A low p-value and a high stability index both mean drift, so the direction is part of the measurement. */
  readonly driftWhen: 'gt' | 'gte' | 'lt' | 'lte';
  readonly drifted: boolean;
}

export interface DriftReported {
  readonly model: { readonly name: string; readonly version: string; readonly environment: string };
  readonly monitor: { readonly tool: string; readonly toolVersion: string; readonly id: string };
  readonly kind: DriftKind;
  readonly verdict: 'drift' | 'no_drift' | 'unresolved';
  readonly severity: Severity | null;
  readonly window: { readonly start: string; readonly end: string; readonly rows: number };
  readonly reference: { readonly id: string };
  readonly measurements: readonly Measurement[];
  readonly evidence?: { readonly uri: string; readonly sha256: string };
}

/** A live model needs people, because its policy says that no retraining mends this: a broken sensor, for one. */
export interface IncidentRaised {
  readonly model: string;
  /** Names it within its model; an incident is told at least once, always under this name. */
  readonly incident: string;
  readonly kind: DriftKind;
  readonly version: string;
  readonly severity: Severity | null;
  /** Event time, ISO 8601 UTC. */
  readonly windowStart: string;
  readonly windowEnd: string;
  /** The measurement that spoke loudest, in words. */
  readonly headline: string;
  /** CloudEvents id of the drift event that led to it. */
  readonly driftEvent: string;
}
