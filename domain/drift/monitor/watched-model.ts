import { FALLBACK_VERSION } from '../../../contracts/gateway.ts';
import type { LabelObserved, PredictionLogged } from '../../../contracts/live-events.ts';
import type { ClosedWindow, Finding } from './closed-window.ts';
import { eventTimeOf, hoursToMs, isoOf, windowStartOf } from './event-time.ts';
import { announce, remember, type VersionHistory } from './history.ts';
import type { Place, Stream, Watched } from './input.ts';
import { createLabelClock } from './label-clock.ts';
import {
  applyLabel,
  countsOf,
  evictOldest,
  openWindow,
  retain,
  rowsInOrder,
  type ObservedLabel,
  type OpenWindow,
} from './open-window.ts';
import { createPendingLabels } from './pending-labels.ts';
import type { Tally } from './tally.ts';
import type { MonitorTiming } from './timing.ts';
import { createWatermark } from './watermark.ts';
import type { WindowJudge } from './window-judge.ts';

export interface WatchedModelOptions {
  readonly model: string;
  readonly watched: Watched;
  /** Changed in place as windows close. */
  readonly history: VersionHistory;
  readonly partitions: readonly number[];
  readonly timing: MonitorTiming;
  readonly judge: WindowJudge;
  readonly tally: Tally;
  /** Next offset of each predictions partition. */
  readonly positions: ReadonlyMap<number, number>;
}

/** The open windows of one watched version, and the join of its predictions and labels. */
export interface WatchedModel {
  /** Another profile or other settings for the same version; the windows' length stays. */
  rewatch(watched: Watched): void;
  readonly watched: Watched;
  prediction(place: Place, prediction: PredictionLogged): void;
  label(place: Place, label: LabelObserved): void;
  caughtUp(stream: Stream, partition: number, reached: { predictions?: number; labels?: number }): void;
  /** Judges and takes out what is complete, oldest first. */
  close(): ClosedWindow[];
  progress(): { predictions?: number; labels?: number };
  /** Smallest offset by partition that an unfinished window needs. */
  retained(stream: Stream): Map<number, number>;
  readonly held: { readonly windows: number; readonly rows: number; readonly pendingLabels: number };
}

const SWEEP_EVERY = hoursToMs(1);

export function createWatchedModel(options: WatchedModelOptions): WatchedModel {
  const { model, history, timing, judge, tally, partitions, positions } = options;
  let { watched } = options;
  const lateness = hoursToMs(timing.latenessHours);
  const clock = createWatermark(partitions);
  const labelClock = createLabelClock(partitions, timing);
  const pending = createPendingLabels();
  const windows = new Map<number, OpenWindow>();
  const windowOfRow = new Map<string, OpenWindow>();
  let sweptTo = -Infinity;

  for (const [start] of history.awaiting) windowAt(start).phase = 'awaiting-labels';

  function windowAt(start: number): OpenWindow {
    let window = windows.get(start);
    if (window === undefined) {
      window = openWindow(start, watched.settings.windowHours);
      windows.set(start, window);
    }
    return window;
  }

  /** Everything before this was read, save what comes later than is allowed. */
  const settledTo = (): number => (clock.value() ?? -Infinity) - lateness;

  /** The window that takes a row of this time, or undefined when the row is too late. */
  function accept(time: number, place: Place): OpenWindow | undefined {
    const start = windowStartOf(time, watched.settings.windowHours);
    const reported = history.awaiting.get(start);
    if (reported !== undefined) {
      return place.offset < (reported.through?.[place.partition] ?? 0) ? windowAt(start) : undefined;
    }
    const end = start + hoursToMs(watched.settings.windowHours);
    return start < history.closedThrough || end <= settledTo() ? undefined : windowAt(start);
  }

  function join(window: OpenWindow, id: string, label: ObservedLabel, place: Place): void {
    const row = window.rows.get(id);
    if (row === undefined) return;
    if (!labelClock.inTime(label.observedAt, window.end)) {
      tally.labelsLate++;
      return;
    }
    applyLabel(window, row, label);
    retain(window.firstLabel, place.partition, place.offset);
    tally.joined++;
  }

  function evictRows(): void {
    for (const start of [...windows.keys()].sort((a, b) => a - b)) {
      if (windowOfRow.size <= timing.maxRows) return;
      // A tenth at a time, because finding the oldest means sorting.
      const ids = evictOldest(windows.get(start)!, Math.ceil(timing.maxRows / 10));
      for (const id of ids) windowOfRow.delete(id);
      tally.rowsEvicted += ids.length;
    }
  }

  function prediction(place: Place, logged: PredictionLogged): void {
    tally.predictions++;
    const time = eventTimeOf(logged.time);
    if (time === undefined) {
      tally.invalid++;
      return;
    }
    clock.observe(place.partition, time);
    const mine = logged.version === watched.version;
    if (!mine && (logged.version !== FALLBACK_VERSION || logged.status === 'ok')) {
      tally.otherVersions++;
      return;
    }
    const twin = windowOfRow.get(logged.predictionId);
    if (twin !== undefined) {
      tally.duplicates++;
      twin.counts.duplicates++;
      return;
    }
    const window = accept(time, place);
    if (window === undefined) {
      tally.late++;
      return;
    }
    tally.counted++;
    retain(window.firstPrediction, place.partition, place.offset);
    if (logged.status === 'fallback') window.counts.fallback++;
    else if (logged.status === 'error') window.counts.error++;
    else if (logged.score === null || !Number.isFinite(logged.score)) window.counts.unscored++;
    else {
      const id = logged.predictionId;
      const features = window.phase === 'collecting' ? logged.features : null;
      window.rows.set(id, { id, time, score: logged.score, features, label: null });
      windowOfRow.set(id, window);
      const waiting = pending.take(id);
      if (waiting !== undefined) {
        tally.pending--;
        join(window, id, waiting.label, waiting);
      }
      if (windowOfRow.size > timing.maxRows) evictRows();
    }
  }

  function label(place: Place, observed: LabelObserved): void {
    tally.labels++;
    const observedAt = eventTimeOf(observed.observedAt);
    if (observedAt === undefined) {
      tally.labelsInvalid++;
      return;
    }
    labelClock.observe(place.partition, observedAt);
    const truth: ObservedLabel = { value: observed.label, observedAt };
    const window = windowOfRow.get(observed.predictionId);
    if (window !== undefined) {
      join(window, observed.predictionId, truth, place);
    } else if (observedAt < settledTo()) {
      // Its prediction is older still, and everything that old was read.
      tally.unmatched++;
    } else {
      const size = pending.size;
      pending.hold(observed.predictionId, truth, place);
      tally.pending += pending.size - size;
      // A second label of a prediction that is itself awaited: the later truth is kept.
      tally.joined += 1 - (pending.size - size);
      if (pending.size > timing.maxPendingLabels) {
        const dropped = pending.dropOldest(Math.floor(timing.maxPendingLabels * 0.9));
        tally.labelsEvicted += dropped;
        tally.pending -= dropped;
      }
    }
  }

  function sweep(): void {
    const settled = settledTo();
    if (settled < sweptTo + SWEEP_EVERY) return;
    sweptTo = settled;
    const dropped = pending.dropBefore(settled);
    tally.unmatched += dropped;
    tally.pending -= dropped;
  }

  function report(
    window: OpenWindow,
    part: ClosedWindow['part'],
    findings: readonly Finding[],
  ): ClosedWindow {
    const counts = part === 'data' ? countsOf(window) : { ...countsOf(window), ...reportedCounts(window) };
    const labels = {
      labelled: window.labelled,
      unlabelled: window.rows.size - window.labelled,
      positive: [...window.rows.values()].filter((row) => row.label?.value === 1).length,
    };
    const closed: ClosedWindow = {
      schema: 1,
      model,
      version: watched.version,
      release: watched.release,
      part,
      window: { start: isoOf(window.start), end: isoOf(window.end) },
      profile: watched.profileId,
      counts,
      ...(part === 'performance' ? { labels } : {}),
      findings: announce(history, findings, watched.settings.persistence),
      ...(part === 'data' ? { through: Object.fromEntries(positions) } : {}),
    };
    remember(history, closed);
    return closed;
  }

  /** A window that was read again after a restart has only its rows; its other counts are in what was reported. */
  function reportedCounts(window: OpenWindow): Partial<ClosedWindow['counts']> {
    const before = history.awaiting.get(window.start)?.counts;
    if (before === undefined) return {};
    return { fallback: before.fallback, error: before.error, unscored: before.unscored };
  }

  function closeData(window: OpenWindow): ClosedWindow {
    const closed = report(window, 'data', judge.data(rowsInOrder(window), watched));
    window.phase = 'awaiting-labels';
    for (const row of window.rows.values()) row.features = null;
    return closed;
  }

  function closePerformance(window: OpenWindow): ClosedWindow {
    const closed = report(window, 'performance', [judge.performance(rowsInOrder(window), watched)]);
    for (const id of window.rows.keys()) windowOfRow.delete(id);
    windows.delete(window.start);
    return closed;
  }

  const labelsAreIn = ({ end, labelled, rows }: OpenWindow): boolean =>
    labelClock.hasPassed(end) || labelled >= timing.labelShare * rows.size;

  function close(): ClosedWindow[] {
    sweep();
    const settled = settledTo();
    const closed: ClosedWindow[] = [];
    let finishing = true;
    for (const window of [...windows.values()].sort((a, b) => a.start - b.start)) {
      if (window.end > settled) break;
      if (window.phase === 'collecting') closed.push(closeData(window));
      // In order: an alarm counts windows in a row.
      finishing &&= labelsAreIn(window);
      if (finishing) closed.push(closePerformance(window));
    }
    return closed;
  }

  return {
    get watched() {
      return watched;
    },
    rewatch(next) {
      watched = next;
    },
    prediction,
    label,
    caughtUp(stream, partition, reached) {
      if (stream === 'labels') labelClock.caughtUp(partition, reached.labels, reached.predictions);
      else if (reached.predictions !== undefined) clock.observe(partition, reached.predictions);
    },
    close,
    progress() {
      const traffic = clock.latest();
      const truth = labelClock.latest();
      return {
        ...(traffic === undefined ? {} : { predictions: traffic }),
        ...(truth === undefined ? {} : { labels: truth }),
      };
    },
    retained(stream) {
      const firsts = new Map<number, number>();
      for (const window of windows.values()) {
        const needed = stream === 'predictions' ? window.firstPrediction : window.firstLabel;
        for (const [partition, offset] of needed) retain(firsts, partition, offset);
      }
      if (stream === 'labels') pending.retainIn(firsts);
      return firsts;
    },
    get held() {
      return { windows: windows.size, rows: windowOfRow.size, pendingLabels: pending.size };
    },
  };
}
