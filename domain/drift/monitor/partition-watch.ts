import { FALLBACK_VERSION } from '../../../contracts/gateway.ts';
import type { FeedbackGiven, LabelObserved, PredictionLogged } from '../../../contracts/live-events.ts';
import { basisOf } from './basis.ts';
import { dataSummaryOf } from './data-summary.ts';
import { eventTimeOf, hoursToMs, isoOf, windowStartOf } from './event-time.ts';
import type { Place, Reached, Stream, Watched } from './input.ts';
import {
  countsOf,
  evictOldest,
  keptFeatures,
  openWindow,
  retain,
  rowsInOrder,
  type OpenWindow,
} from './open-window.ts';
import type { PartialWindow, PartitionNews, Standing } from './partial-window.ts';
import type { PartitionHistory } from './partition-history.ts';
import type { Tally } from './tally.ts';
import type { MonitorTiming } from './timing.ts';
import { createTruthClock } from './truth-clock.ts';
import { isComplaint, joinFeedback, joinLabels } from './truth-joins.ts';
import { truthSummaryOf, watchedFeatures } from './truth-summary.ts';
import { createWatermark } from './watermark.ts';

export interface PartitionWatchOptions {
  readonly model: string;
  readonly watched: Watched;
  readonly partition: number;
  /** Changed in place as windows close. */
  readonly history: PartitionHistory;
  readonly timing: MonitorTiming;
  readonly tally: Tally;
  /** Next offset of the partition's predictions. */
  position(): number;
}

/** The open windows of one watched version in one partition, and the join of its predictions, labels and feedback. */
export interface PartitionWatch {
  /** Another profile or other settings for the same version; the windows' length stays. */
  rewatch(watched: Watched): void;
  prediction(place: Place, prediction: PredictionLogged): void;
  label(place: Place, label: LabelObserved): void;
  feedback(place: Place, feedback: FeedbackGiven): void;
  caughtUp(stream: Stream, reached: Reached): void;
  /** Takes out what is complete, oldest first; then where it stands, when that has changed. */
  close(): PartitionNews[];
  standing(): Standing;
  /** Largest event times that were seen. */
  reached(): Reached;
  /** What was said of windows that end by `end` is safe: their records need not be read again. */
  release(end: number): void;
  /** Smallest offset that a window needs that is unfinished, or not released, by partition. */
  retained(stream: Stream): ReadonlyMap<number, number>;
  /** Lets the oldest rows go. */
  evict(count: number): void;
  readonly held: PartitionHeld;
}

export interface PartitionHeld {
  readonly windows: readonly number[];
  readonly rows: number;
  readonly pendingLabels: number;
}

const SWEEP_EVERY = hoursToMs(1);

export function createPartitionWatch(options: PartitionWatchOptions): PartitionWatch {
  const { model, partition, history, timing, tally } = options;
  let { watched } = options;
  const lateness = hoursToMs(timing.latenessHours);
  const clock = createWatermark([partition]);
  const truth = createTruthClock(partition, timing);
  const windows = new Map<number, OpenWindow>();
  const windowOfRow = new Map<string, OpenWindow>();
  /** Finished windows whose summaries are nowhere but in memory, without their rows. */
  const unreleased = new Map<number, OpenWindow>();
  let sweptTo = -Infinity;
  let said = '';

  /** Everything before this was read, save what comes later than is allowed. */
  const settledTo = (): number => (clock.value() ?? -Infinity) - lateness;
  const shared = {
    tally,
    maxPending: timing.maxPendingLabels,
    windowOf: (id: string) => windowOfRow.get(id),
    settledTo,
    inTime: truth.inTime,
  };
  const labels = joinLabels(partition, shared);
  const complaints = joinFeedback(partition, shared);

  for (const start of history.awaiting.keys()) windowAt(start).phase = 'awaiting-labels';

  function windowAt(start: number): OpenWindow {
    let window = windows.get(start);
    if (window === undefined) {
      window = openWindow(start, watched.settings.windowHours);
      windows.set(start, window);
    }
    return window;
  }

  /** The window that takes a row of this time, or undefined when the row is too late. */
  function accept(time: number, { offset }: Place): OpenWindow | undefined {
    const start = windowStartOf(time, watched.settings.windowHours);
    const through = history.awaiting.get(start);
    if (through !== undefined) return offset < through ? windowAt(start) : undefined;
    const end = start + hoursToMs(watched.settings.windowHours);
    return start < history.closedThrough || end <= settledTo() ? undefined : windowAt(start);
  }

  function prediction(place: Place, logged: PredictionLogged): void {
    tally.predictions++;
    const time = eventTimeOf(logged.time);
    if (time === undefined) {
      tally.invalid++;
      return;
    }
    clock.observe(partition, time);
    const mine = logged.version === watched.version;
    if (!mine && (logged.version !== FALLBACK_VERSION || logged.status === 'ok')) {
      tally.otherVersions++;
      return;
    }
    const id = logged.predictionId;
    const twin = windowOfRow.get(id);
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
    retain(window.firstPrediction, partition, place.offset);
    if (logged.status === 'fallback') window.counts.fallback++;
    else if (logged.status === 'error') window.counts.error++;
    else if (logged.score === null || !Number.isFinite(logged.score)) window.counts.unscored++;
    else {
      const features =
        window.phase === 'collecting'
          ? logged.features
          : keptFeatures(logged.features, watchedFeatures(watched.settings));
      window.rows.set(id, { id, time, score: logged.score, features, label: null, complaint: null });
      windowOfRow.set(id, window);
      labels.rowCame(id);
      complaints.rowCame(id);
    }
  }

  function label(place: Place, observed: LabelObserved): void {
    tally.labels++;
    const observedAt = eventTimeOf(observed.observedAt);
    if (observedAt === undefined) {
      tally.labelsInvalid++;
      return;
    }
    truth.label(observedAt);
    labels.take(place, observed.predictionId, { value: observed.label, observedAt });
  }

  function feedback(place: Place, given: FeedbackGiven): void {
    tally.feedback++;
    const observedAt = eventTimeOf(given.givenAt);
    if (observedAt === undefined) {
      tally.feedbackInvalid++;
      return;
    }
    truth.feedback(observedAt);
    if (given.predictionId === undefined) tally.feedbackOfVersion++;
    else complaints.take(place, given.predictionId, { value: isComplaint(given) ? 1 : 0, observedAt });
  }

  const head = ({ start, end }: OpenWindow) => ({
    schema: 1 as const,
    model,
    version: watched.version,
    partition,
    window: { start: isoOf(start), end: isoOf(end) },
    basis: basisOf(watched),
  });

  function closeData(window: OpenWindow): PartialWindow {
    const summary = dataSummaryOf(rowsInOrder(window), watched.profile);
    window.phase = 'awaiting-labels';
    const kept = watchedFeatures(watched.settings);
    for (const row of window.rows.values()) row.features = keptFeatures(row.features ?? {}, kept);
    const through = options.position();
    history.closedThrough = Math.max(history.closedThrough, window.end);
    history.awaiting.set(window.start, through);
    return { ...head(window), part: 'data', counts: countsOf(window), summary, through };
  }

  function closePerformance(window: OpenWindow): PartialWindow {
    const summary = truthSummaryOf(rowsInOrder(window), watched.profile, watched.settings);
    for (const id of window.rows.keys()) windowOfRow.delete(id);
    windows.delete(window.start);
    unreleased.set(window.start, { ...window, rows: new Map() });
    history.finishedThrough = Math.max(history.finishedThrough, window.end);
    history.awaiting.delete(window.start);
    return { ...head(window), part: 'performance', counts: countsOf(window), summary };
  }

  /** Feedback is awaited only by whoever judges it. */
  const truthIsIn = ({ end, labelled, rows }: OpenWindow): boolean =>
    (truth.labelsHavePassed(end) || labelled >= timing.labelShare * rows.size) &&
    (watched.settings.complaintRate === undefined || truth.feedbackHasPassed(end));

  function sweep(settled: number): void {
    if (settled < sweptTo + SWEEP_EVERY) return;
    sweptTo = settled;
    labels.sweep();
    complaints.sweep();
  }

  function standing(): Standing {
    const settled = settledTo();
    const grid = Number.isFinite(settled) ? windowStartOf(settled, watched.settings.windowHours) : -Infinity;
    const closedThrough = Math.max(history.closedThrough, grid);
    const oldest = Math.min(...windows.keys());
    const finishedThrough = Math.max(history.finishedThrough, Math.min(closedThrough, oldest));
    return {
      model,
      version: watched.version,
      partition,
      closedThrough: Number.isFinite(closedThrough) ? closedThrough : null,
      finishedThrough: Number.isFinite(finishedThrough) ? finishedThrough : null,
    };
  }

  function close(): PartitionNews[] {
    const settled = settledTo();
    sweep(settled);
    const news: PartitionNews[] = [];
    let finishing = true;
    for (const window of [...windows.values()].sort((a, b) => a.start - b.start)) {
      if (window.end > settled) break;
      if (window.phase === 'collecting') news.push({ type: 'partial', partial: closeData(window) });
      // In order: an alarm counts windows in a row.
      finishing &&= truthIsIn(window);
      if (finishing) news.push({ type: 'partial', partial: closePerformance(window) });
    }
    const now = standing();
    const place = `${now.closedThrough}/${now.finishedThrough}`;
    if (place !== said && now.closedThrough !== null) news.push({ type: 'standing', standing: now });
    said = place;
    return news;
  }

  return {
    rewatch(next) {
      watched = next;
    },
    prediction,
    label,
    feedback,
    caughtUp(stream, reached) {
      if (stream !== 'predictions') truth.caughtUp(stream, reached);
      else if (reached.predictions !== undefined) clock.observe(partition, reached.predictions);
    },
    close,
    standing,
    reached() {
      const traffic = clock.latest();
      const known = truth.latestLabel();
      return {
        ...(traffic === undefined ? {} : { predictions: traffic }),
        ...(known === undefined ? {} : { labels: known }),
      };
    },
    release(end) {
      for (const window of unreleased.values()) if (window.end <= end) unreleased.delete(window.start);
    },
    retained(stream) {
      const firsts = new Map<number, number>();
      for (const window of [...windows.values(), ...unreleased.values()]) {
        const needed = {
          predictions: window.firstPrediction,
          labels: window.firstLabel,
          feedback: window.firstFeedback,
        }[stream];
        for (const [of, offset] of needed) retain(firsts, of, offset);
      }
      if (stream === 'labels') labels.retainIn(firsts);
      if (stream === 'feedback') complaints.retainIn(firsts);
      return firsts;
    },
    evict(count) {
      const oldest = windows.get(Math.min(...windows.keys()));
      if (oldest === undefined) return;
      const ids = evictOldest(oldest, count);
      for (const id of ids) windowOfRow.delete(id);
      tally.rowsEvicted += ids.length;
    },
    get held() {
      return {
        windows: [...windows.keys()],
        rows: windowOfRow.size,
        pendingLabels: labels.size + complaints.size,
      };
    },
  };
}
