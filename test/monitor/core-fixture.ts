import type { FeedbackGiven, LabelObserved, PredictionLogged } from '../../contracts/live-events.ts';
import type { WatchSpec } from '../../contracts/plan.ts';
import type { ReferenceProfile } from '../../domain/drift/index.ts';
import { ExactSum } from '../../domain/quality/index.ts';
import {
  createMonitor,
  type ClosedWindow,
  type Finding,
  type Monitor,
  type MonitorInput,
  type MonitorTiming,
  type Place,
  type Stream,
  type Watched,
  type WindowJudge,
} from '../../domain/drift/monitor/index.ts';

/** The first instant of the fixture's time: a Thursday, the beginning of a weekly window. */
export const T0 = Date.parse('2013-02-28T00:00:00Z');
const HOUR = 3_600_000;
export const at = (hours: number): string => new Date(T0 + Math.round(hours * HOUR)).toISOString();

export const spec: WatchSpec = {
  windowHours: 24,
  minRows: 3,
  psi: 0.2,
  logLossIncrease: 0.05,
  aucDecrease: 0.05,
  persistence: 1,
};

/** The plain judge below does not look into the profile. */
const noProfile: ReferenceProfile = { schema: 1, rows: 0, features: [], output: null, expected: null };

export const watchedAs = (version: string, settings: Partial<WatchSpec> = {}): Watched => ({
  version,
  release: `release/flights/${version}`,
  settings: { ...spec, ...settings },
  profile: noProfile,
  profileId: 'f'.repeat(64),
});

/** Judges by eye: a window drifts when its mean score, or its share of positive labels, is above one half. */
export const plainJudge: WindowJudge = {
  data({ rows, scores }, { settings }) {
    return [finding('prediction', new ExactSum(scores).value() / (rows || 1), rows, settings.minRows)];
  },
  truth({ labelled, positives, rows, complaints }, { settings }) {
    const found = finding('performance', positives / (labelled || 1), labelled, settings.minRows);
    if (settings.complaintRate === undefined) return [found];
    return [found, finding('feedback', complaints / (rows || 1), rows, settings.minRows)];
  },
};

function finding(kind: Finding['kind'], value: number, rows: number, minRows: number): Finding {
  const drifted = value > 0.5;
  const verdict = rows < minRows ? 'unresolved' : drifted ? 'drift' : 'no_drift';
  const severity = verdict === 'drift' ? (kind === 'performance' ? 'critical' : 'warning') : null;
  const measurements = [
    { scope: 'dataset', name: null, metric: 'mean', value, threshold: 0.5, driftWhen: 'gt', drifted },
  ] as const;
  return { kind, verdict, severity, measurements, numbers: {}, reason: `mean ${value} of ${rows}` };
}

export const prediction = (
  id: string,
  hours: number,
  more: Partial<PredictionLogged> = {},
): PredictionLogged => ({
  model: 'flights',
  version: '1.0.0',
  arm: 'baseline',
  predictionId: id,
  time: at(hours),
  features: { carrier: 'UA', distance: 500 },
  score: 0.2,
  status: 'ok',
  latencyMs: 1,
  ...more,
});

export const label = (id: string, hours: number, value: 0 | 1 = 0): LabelObserved => ({
  model: 'flights',
  predictionId: id,
  label: value,
  observedAt: at(hours),
});

/** A log in memory: gives out offsets, keeps the inputs so that they can be read again from an offset. */
export function memoryLog(partitions = 2) {
  const none = (): number[] => Array<number>(partitions).fill(0);
  const next = { predictions: none(), labels: none(), feedback: none() };
  const inputs: MonitorInput[] = [];
  const place = (stream: Stream, partition: number): Place => ({
    partition,
    offset: next[stream][partition]!++,
  });
  return {
    inputs,
    predict(logged: PredictionLogged, partition = 0): void {
      inputs.push({ type: 'prediction', place: place('predictions', partition), prediction: logged });
    },
    label(observed: LabelObserved, partition = 0): void {
      inputs.push({ type: 'label', place: place('labels', partition), label: observed });
    },
    feedback(given: FeedbackGiven, partition = 0): void {
      inputs.push({ type: 'feedback', place: place('feedback', partition), feedback: given });
    },
  };
}

export interface Fixture {
  readonly monitor: Monitor;
  readonly closed: ClosedWindow[];
  feed(inputs: readonly MonitorInput[]): void;
}

/** A monitor over `partitions` that watches version 1.0.0. Lateness is 2 hours, labels are awaited 6 hours. */
export function watching(
  options: {
    readonly settings?: Partial<WatchSpec>;
    readonly timing?: Partial<MonitorTiming>;
    readonly partitions?: readonly number[];
    readonly restored?: readonly ClosedWindow[];
    readonly judge?: WindowJudge;
  } = {},
): Fixture {
  const monitor = createMonitor({
    partitions: options.partitions ?? [0],
    judge: options.judge ?? plainJudge,
    timing: { latenessHours: 2, labelLatenessHours: 6, ...options.timing },
  });
  const closed: ClosedWindow[] = [];
  const feed = (inputs: readonly MonitorInput[]): void => {
    for (const input of inputs) closed.push(...monitor.apply(input));
  };
  feed((options.restored ?? []).map((before) => ({ type: 'restored', closed: before })));
  feed([{ type: 'watch', model: 'flights', watched: watchedAs('1.0.0', options.settings) }]);
  return { monitor, closed, feed };
}

/** A closed window in few words: `data 2013-02-28 3 no_drift`. */
export const brief = ({ part, window, counts, findings }: ClosedWindow): string =>
  `${part} ${window.start.slice(0, 13)} ${counts.rows} ${findings.map((found) => found.verdict).join(',')}`;
