import type { DriftKind, Measurement, Severity } from '../../../contracts/live-events.ts';
import type { AlarmState, Announcement, WindowVerdict } from './alarm.ts';

/** The kinds that the monitor judges, each with an alarm of its own. */
export const monitoredKinds = [
  'data',
  'prediction',
  'quality',
  'performance',
  'calibration',
  'fairness',
  'feedback',
] as const;
export type MonitoredKind = (typeof monitoredKinds)[number] & DriftKind;

/** What a judge says of one window and one kind of drift. Knows nothing of other windows. */
export interface Finding {
  readonly kind: MonitoredKind;
  readonly verdict: WindowVerdict;
  /** Set when the verdict is `drift`. */
  readonly severity: Severity | null;
  readonly measurements: readonly Measurement[];
  /** Finite numbers behind the verdict, for people: `logLoss`, `logLossExpected`. */
  readonly numbers: Readonly<Record<string, number>>;
  /** One sentence with numbers. */
  readonly reason: string;
}

/** A finding in its place among the windows: what is said aloud, and the alarm afterwards. */
export interface AnnouncedFinding extends Finding {
  readonly announce: Announcement | null;
  readonly alarm: AlarmState;
}

/** Rows of a window, each in one place. */
export interface WindowCounts {
  /** Answers of the watched version with a score: what is judged. */
  readonly rows: number;
  /** Answers of the model that were the declared fallback, and those that were errors. */
  readonly fallback: number;
  readonly error: number;
  /** Answers of the watched version that say `ok` and carry no score. */
  readonly unscored: number;
  /** Predictions that came again under the same id, anywhere in the log. */
  readonly duplicates: number;
  /** Rows let go because the monitor held too many. */
  readonly evicted: number;
}

/**
 * A closed window, or the half of one: its `data` part is judged when the window closes, its `performance` part when the
 * labels have come. Plain JSON, and all that a restart needs besides the log itself.
 */
export interface ClosedWindow {
  readonly schema: 1;
  readonly model: string;
  readonly version: string;
  readonly release: string;
  readonly part: 'data' | 'performance';
  /** Event time, ISO 8601 UTC; the end is not part of it. */
  readonly window: { readonly start: string; readonly end: string };
  /** Digest of the profile it was held against. */
  readonly profile: string;
  readonly counts: WindowCounts;
  /** Performance part only. `unlabelled`: rows whose label had not come by then. */
  readonly labels?: { readonly labelled: number; readonly unlabelled: number; readonly positive: number };
  readonly findings: readonly AnnouncedFinding[];
  /**
   * Data part only: the next offset of each predictions partition when the window closed. What stands at or after it came
   * too late; a restart that reads the rows again, to join their labels, takes exactly those before it.
   */
  readonly through?: Readonly<Record<string, number>>;
}

/** A window's name within its version: unique, sortable. */
export const windowKey = (closed: ClosedWindow): string =>
  `${closed.model}/${closed.version}/${closed.window.start}/${closed.part}`;
