import type { ClosedWindow } from './closed-window.ts';
import { emptyHistory, remember, type VersionHistory } from './history.ts';
import type { MonitorInput, Place, Progress, Stream, Watched } from './input.ts';
import { retain } from './open-window.ts';
import { emptyTally, type Tally } from './tally.ts';
import { defaultTiming, type MonitorTiming } from './timing.ts';
import { createWatchedModel, type WatchedModel } from './watched-model.ts';
import type { WindowJudge } from './window-judge.ts';

export interface MonitorOptions {
  /** The partitions that this monitor owns, the same of predictions and labels. Each judges what its own rows say. */
  readonly partitions: readonly number[];
  readonly judge: WindowJudge;
  readonly timing?: Partial<MonitorTiming>;
}

export interface MonitorStatus {
  readonly model: string;
  readonly version: string;
  readonly openWindows: number;
  readonly rows: number;
  readonly pendingLabels: number;
  readonly tally: Readonly<Tally>;
}

/**
 * A fold: inputs go in one after the other, closed windows come out. It does no input or output and asks no clock, so
 * a rehearsal over simulated data runs the very code that watches production.
 */
export interface Monitor {
  /** Records that were applied before, by their offset, change nothing. */
  apply(input: MonitorInput): readonly ClosedWindow[];
  /** How far each watched model has come; note it before looking up where the partitions end. */
  progress(): Progress;
  /** Next offset to read, of each partition that was read. */
  positions(stream: Stream): ReadonlyMap<number, number>;
  /** Offsets that may be committed: everything before them is in finished windows, or is needed by none. */
  commitPoints(stream: Stream): ReadonlyMap<number, number>;
  status(): readonly MonitorStatus[];
}

export function createMonitor(options: MonitorOptions): Monitor {
  const { partitions, judge } = options;
  const timing: MonitorTiming = { ...defaultTiming, ...options.timing };
  const read: Record<Stream, Map<number, number>> = { predictions: new Map(), labels: new Map() };
  const histories = new Map<string, VersionHistory>();
  const tallies = new Map<string, Tally>();
  const models = new Map<string, WatchedModel>();

  /** Takes the value under `key`, or makes it. */
  function obtain<V>(map: Map<string, V>, key: string, make: () => V): V {
    const found = map.get(key) ?? make();
    map.set(key, found);
    return found;
  }

  const historyOf = (model: string, version: string): VersionHistory =>
    obtain(histories, `${model}/${version}`, emptyHistory);

  function watch(model: string, watched: Watched | null): void {
    const before = models.get(model);
    if (before !== undefined && watched !== null) {
      const { version, settings } = before.watched;
      if (version === watched.version && settings.windowHours === watched.settings.windowHours) {
        before.rewatch(watched);
        return;
      }
    }
    // Windows of a version that is watched no more are left: nobody would act on what they say.
    if (before !== undefined) historyOf(model, before.watched.version).awaiting.clear();
    models.delete(model);
    if (watched === null) return;
    const tally = obtain(tallies, model, emptyTally);
    tally.pending = 0;
    const history = historyOf(model, watched.version);
    const positions = read.predictions;
    models.set(
      model,
      createWatchedModel({ model, watched, history, partitions, timing, judge, tally, positions }),
    );
  }

  /** True for a record that was not read before; notes that it is read now. */
  function advance(stream: Stream, { partition, offset }: Place): boolean {
    if (offset < (read[stream].get(partition) ?? 0)) return false;
    read[stream].set(partition, offset + 1);
    return true;
  }

  function apply(input: MonitorInput): readonly ClosedWindow[] {
    switch (input.type) {
      case 'restored':
        remember(historyOf(input.closed.model, input.closed.version), input.closed);
        return [];
      case 'watch':
        watch(input.model, input.watched);
        return [];
      case 'prediction': {
        if (!advance('predictions', input.place)) return [];
        const model = models.get(input.prediction.model);
        model?.prediction(input.place, input.prediction);
        return model?.close() ?? [];
      }
      case 'label': {
        if (!advance('labels', input.place)) return [];
        const model = models.get(input.label.model);
        model?.label(input.place, input.label);
        return model?.close() ?? [];
      }
      case 'skipped':
        advance(input.stream, input.place);
        return [];
      case 'caughtUp':
        return [...models].flatMap(([name, model]) => {
          model.caughtUp(input.stream, input.partition, input.progress[name] ?? {});
          return model.close();
        });
    }
  }

  return {
    apply,
    progress: () => Object.fromEntries([...models].map(([name, model]) => [name, model.progress()])),
    positions: (stream) => read[stream],
    commitPoints(stream) {
      const points = new Map(read[stream]);
      for (const model of models.values()) {
        for (const [partition, offset] of model.retained(stream)) retain(points, partition, offset);
      }
      return points;
    },
    status: () =>
      [...models].map(([model, { watched, held }]) => ({
        model,
        version: watched.version,
        openWindows: held.windows,
        rows: held.rows,
        pendingLabels: held.pendingLabels,
        tally: { ...obtain(tallies, model, emptyTally) },
      })),
  };
}
