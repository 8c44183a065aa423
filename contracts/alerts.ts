/** What is wrong with serving, as it is told to people and programs: the `data` of CloudEvents 1.0. */

export const alertNames = [
  /** A gateway does not answer. */
  'replica-down',
  /** It answers, and says that it is not well: a version does not answer, or predictions were dropped. */
  'unhealthy',
  /** Answers are slow: the gateway's own, or the way to it. */
  'slow-answers',
  /** A model does not answer, and callers get the declared score in its place. */
  'fallback-answers',
  /** An input is missing in nearly every request: the source that it comes from is gone. */
  'missing-inputs',
] as const;
export type AlertName = (typeof alertNames)[number];

export interface AlertReported {
  readonly alert: AlertName;
  readonly severity: 'warning' | 'critical';
  /** `production`, or a drill's own name: nobody need get up for a drill. */
  readonly environment: string;
  /** The gateway that it is about, by the name that the watch gives it. */
  readonly target: string;
  /** One sentence with numbers and units. */
  readonly summary: string;
  readonly value: number;
  readonly threshold: number;
  readonly unit: string;
  /** When the condition was first seen, ISO 8601 UTC. */
  readonly since: string;
}
