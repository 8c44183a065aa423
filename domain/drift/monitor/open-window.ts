import { hoursToMs } from './event-time.ts';
import type { WindowCounts } from './closed-window.ts';

export type Features = Readonly<Record<string, string | number | null>>;

export interface ObservedLabel {
  readonly value: 0 | 1;
  /** Event time in milliseconds. */
  readonly observedAt: number;
}

export interface Row {
  readonly id: string;
  /** Event time in milliseconds. */
  readonly time: number;
  readonly score: number;
  /** All of them, and once the data part was judged only those by which the answers are judged too. */
  features: Features | null;
  label: ObservedLabel | null;
  /** 1: a user complained. 0: users said something else. */
  complaint: ObservedLabel | null;
}

/** A window that is not finished: it collects rows, or its data part is judged and it awaits labels. */
export interface OpenWindow {
  readonly start: number;
  readonly end: number;
  phase: 'collecting' | 'awaiting-labels';
  readonly rows: Map<string, Row>;
  labelled: number;
  readonly counts: { -readonly [K in Exclude<keyof WindowCounts, 'rows'>]: number };
  /** Smallest offset of a record that this window needs, by partition: the log must be read again from there. */
  readonly firstPrediction: Map<number, number>;
  readonly firstLabel: Map<number, number>;
  readonly firstFeedback: Map<number, number>;
}

export function openWindow(start: number, windowHours: number): OpenWindow {
  return {
    start,
    end: start + hoursToMs(windowHours),
    phase: 'collecting',
    rows: new Map(),
    labelled: 0,
    counts: { fallback: 0, error: 0, unscored: 0, duplicates: 0, evicted: 0 },
    firstPrediction: new Map(),
    firstLabel: new Map(),
    firstFeedback: new Map(),
  };
}

/** Rows by event time, then id: sums of floating point numbers then do not depend on the order of arrival. */
export function rowsInOrder(window: OpenWindow): Row[] {
  return [...window.rows.values()].sort(
    (a, b) => a.time - b.time || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
}

/** Whether one of two records about the same prediction counts instead of the other. Must not depend on their order. */
export type Supersedes = (next: ObservedLabel, before: ObservedLabel) => boolean;

/** Of two labels the later truth counts; at the same instant, the positive one. */
export const laterTruth: Supersedes = (next, before) =>
  next.observedAt > before.observedAt || (next.observedAt === before.observedAt && next.value > before.value);

/** Whoever complains counts, whatever others say of the same answer. */
export const anyComplaint: Supersedes = (next, before) =>
  next.value > before.value || (next.value === before.value && next.observedAt < before.observedAt);

export function applyLabel(window: OpenWindow, row: Row, label: ObservedLabel): void {
  if (row.label === null) window.labelled++;
  else if (!laterTruth(label, row.label)) return;
  row.label = label;
}

export function applyFeedback(row: Row, feedback: ObservedLabel): void {
  if (row.complaint === null || anyComplaint(feedback, row.complaint)) row.complaint = feedback;
}

/** The features of a row that are needed until its labels have come. */
export function keptFeatures(features: Features, names: readonly string[]): Features | null {
  if (names.length === 0) return null;
  return Object.fromEntries(
    names.map((name) => [name, Object.hasOwn(features, name) ? (features[name] ?? null) : null]),
  );
}

/** Keeps the smaller offset of a partition. */
export function retain(firsts: Map<number, number>, partition: number, offset: number): void {
  const first = firsts.get(partition);
  if (first === undefined || offset < first) firsts.set(partition, offset);
}

/** Lets the oldest rows go, `count` at most; they stay counted. Returns their ids. */
export function evictOldest(window: OpenWindow, count: number): string[] {
  const evicted = rowsInOrder(window).slice(0, count);
  for (const row of evicted) {
    window.rows.delete(row.id);
    if (row.label !== null) window.labelled--;
  }
  window.counts.evicted += evicted.length;
  return evicted.map((row) => row.id);
}

export const countsOf = (window: OpenWindow): WindowCounts => ({
  rows: window.rows.size,
  ...window.counts,
});
