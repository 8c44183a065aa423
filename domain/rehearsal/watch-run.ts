import type { Severity } from '../../contracts/live-events.ts';
import {
  createMonitor,
  judgeWindow,
  streams,
  type ClosedWindow,
  type MonitorInput,
  type Watched,
} from '../drift/monitor/index.ts';
import type { PoolRow } from './pool.ts';

/** What the monitor said of one window. */
export interface SeenWindow {
  /** Kinds of drift that were announced, severe enough to count. */
  readonly detected: readonly string[];
  /** Whether an alarm that counts stood before this window was looked at. */
  readonly standing: boolean;
  /** Findings that could not be judged, and all findings. */
  readonly unresolved: number;
  readonly findings: number;
}

const MODEL = 'rehearsed';
const ORDER: readonly Severity[] = ['info', 'warning', 'critical'];
const iso = (time: number): string => new Date(time).toISOString();

/**
 * Runs the monitor that watches production over traffic of consecutive windows that begin at `start`, and says what it made of
 * each window. Alarms below `minSeverity` do not count.
 */
export function watchRun(
  rows: readonly PoolRow[],
  watched: Watched,
  span: { readonly start: number; readonly windows: number; readonly minSeverity: Severity },
): SeenWindow[] {
  const { start, windows } = span;
  const length = watched.settings.windowHours * 3_600_000;
  const monitor = createMonitor({ partitions: [0], judge: judgeWindow });
  monitor.apply({ type: 'watch', model: MODEL, watched });
  const closed = trafficOf(rows, watched.version).flatMap((input) => monitor.apply(input));
  // All topics are read to their ends, long after the last window.
  const reached = start + (windows + 2) * length + 365 * 24 * 3_600_000;
  for (const stream of streams) {
    const progress = { [MODEL]: { predictions: reached, labels: reached } };
    closed.push(...monitor.apply({ type: 'caughtUp', stream, partition: 0, progress }));
  }
  return seen(closed, span, length);
}

/** A prediction at each row's time, and its label when that was known, in the order of time; `rows` are in it already. */
function trafficOf(rows: readonly PoolRow[], version: string): MonitorInput[] {
  const truths = inOrderOfTruth(rows);
  const inputs: MonitorInput[] = [];
  let known = 0;
  const tell = (until: number): void => {
    for (; known < truths.length; known++) {
      const id = truths[known]!;
      const { label, knownAt } = rows[id]!;
      if (knownAt >= until) return;
      const observed = { model: MODEL, predictionId: String(id), label: label!, observedAt: iso(knownAt) };
      inputs.push({ type: 'label', place: { partition: 0, offset: known }, label: observed });
    }
  };
  rows.forEach(({ at, features, score }, id) => {
    tell(at);
    inputs.push({
      type: 'prediction',
      place: { partition: 0, offset: id },
      prediction: {
        model: MODEL,
        version,
        arm: 'baseline',
        predictionId: String(id),
        time: iso(at),
        features,
        score,
        status: 'ok',
        latencyMs: 1,
      },
    });
  });
  tell(Infinity);
  return inputs;
}

/** Positions of the rows with a label, by the second in which it was known: both in one double, which sorts natively. */
function inOrderOfTruth(rows: readonly PoolRow[]): number[] {
  const places = 2 ** Math.ceil(Math.log2(rows.length + 1));
  const keys = new Float64Array(rows.length);
  let labelled = 0;
  rows.forEach(({ label, knownAt }, id) => {
    if (label !== null) keys[labelled++] = Math.floor(knownAt / 1000) * places + id;
  });
  return Array.from(keys.subarray(0, labelled).sort(), (key) => key % places);
}

interface Said {
  readonly detected: Set<string>;
  readonly cleared: Set<string>;
  unresolved: number;
  findings: number;
}

function seen(
  closed: readonly ClosedWindow[],
  { start, windows, minSeverity }: { start: number; windows: number; minSeverity: Severity },
  length: number,
): SeenWindow[] {
  const said = Array.from({ length: windows }, (): Said => ({
    detected: new Set(),
    cleared: new Set(),
    unresolved: 0,
    findings: 0,
  }));
  for (const { window, findings } of closed) {
    const one = said[Math.round((Date.parse(window.start) - start) / length)];
    if (one === undefined) continue;
    for (const { kind, verdict, severity, announce } of findings) {
      one.findings++;
      if (verdict === 'unresolved') one.unresolved++;
      const counts = severity !== null && ORDER.indexOf(severity) >= ORDER.indexOf(minSeverity);
      if (announce === 'detected' && counts) one.detected.add(kind);
      if (announce === 'cleared') one.cleared.add(kind);
    }
  }
  const standing = new Set<string>();
  return said.map(({ detected, cleared, unresolved, findings }) => {
    const before = standing.size > 0;
    for (const kind of cleared) standing.delete(kind);
    for (const kind of detected) standing.add(kind);
    return { detected: [...detected], standing: before, unresolved, findings };
  });
}
