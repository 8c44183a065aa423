import {
  streams,
  type MonitorInput,
  type Place,
  type Progress,
  type Reached,
  type Stream,
  type Watched,
} from './input.ts';
import { retain } from './open-window.ts';
import type { PartitionNews, ProgressNews } from './partial-window.ts';
import {
  emptyPartitionHistory,
  rememberClosed,
  rememberPartial,
  rememberStanding,
  type PartitionHistory,
} from './partition-history.ts';
import { createPartitionWatch, type PartitionWatch } from './partition-watch.ts';
import { emptyTally, type Tally } from './tally.ts';
import { defaultTiming, type MonitorTiming } from './timing.ts';

export interface CollectorOptions {
  /** The partitions that this process owns, the same of predictions, labels and feedback. */
  readonly partitions: readonly number[];
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

export interface Reading {
  /** How far each watched model has come; note it before looking up where the partitions end. */
  progress(): Progress;
  /** Next offset to read, of each partition that was read. */
  positions(stream: Stream): ReadonlyMap<number, number>;
  /** Offsets that may be committed: everything before them is in finished windows, or is needed by none. */
  commitPoints(stream: Stream): ReadonlyMap<number, number>;
  status(): readonly MonitorStatus[];
}

/**
 * A fold: records go in one after the other, and what each partition has of each window comes out. Partitions do not see
 * each other here, so it does not matter which process owns which.
 */
export interface Collector extends Reading {
  /** Records that were applied before, by their offset, change nothing. */
  apply(input: MonitorInput): readonly PartitionNews[];
  /**
   * What was said of a model's windows that end by `end` (milliseconds) is written down, by one partition or all: only then
   * do the commit points pass their records.
   */
  release(model: string, end: number, partition?: number): void;
}

interface Model {
  watched: Watched;
  readonly partitions: ReadonlyMap<number, PartitionWatch>;
}

export function createCollector(options: CollectorOptions): Collector {
  const { partitions } = options;
  const timing: MonitorTiming = { ...defaultTiming, ...options.timing };
  const read = Object.fromEntries(streams.map((stream) => [stream, new Map<number, number>()])) as Record<
    Stream,
    Map<number, number>
  >;
  const histories = new Map<string, PartitionHistory>();
  const tallies = new Map<string, Tally>();
  const models = new Map<string, Model>();
  /** How far other processes have seen the traffic of a model come. */
  const elsewhere = new Map<string, Reached>();

  /** Takes the value under `key`, or makes it. */
  function obtain<V>(map: Map<string, V>, key: string, make: () => V): V {
    const found = map.get(key) ?? make();
    map.set(key, found);
    return found;
  }

  const historyOf = (model: string, version: string, partition: number): PartitionHistory =>
    obtain(histories, `${model}/${version}/${partition}`, emptyPartitionHistory);

  function watch(model: string, watched: Watched | null): void {
    const before = models.get(model);
    if (before !== undefined && watched !== null) {
      const { version, settings } = before.watched;
      if (version === watched.version && settings.windowHours === watched.settings.windowHours) {
        before.watched = watched;
        for (const one of before.partitions.values()) one.rewatch(watched);
        return;
      }
    }
    // Windows of a version that is watched no more are left: nobody would act on what they say.
    if (before !== undefined) {
      for (const partition of partitions)
        historyOf(model, before.watched.version, partition).awaiting.clear();
    }
    models.delete(model);
    if (watched === null) return;
    const tally = obtain(tallies, model, emptyTally);
    tally.pending = 0;
    tally.feedbackPending = 0;
    const watches = partitions.map((partition) => {
      const history = historyOf(model, watched.version, partition);
      const position = (): number => read.predictions.get(partition) ?? 0;
      const given = { model, watched, partition, history, timing, tally, position };
      return [partition, createPartitionWatch(given)] as const;
    });
    models.set(model, { watched, partitions: new Map(watches) });
  }

  /** True for a record that was not read before; notes that it is read now. */
  function advance(stream: Stream, { partition, offset }: Place): boolean {
    if (offset < (read[stream].get(partition) ?? 0)) return false;
    read[stream].set(partition, offset + 1);
    return true;
  }

  /** Over all partitions of a model, because traffic need not be spread evenly over them. */
  function evict(model: Model): void {
    const watches = [...model.partitions.values()];
    const excess = (): number => watches.reduce((sum, { held }) => sum + held.rows, 0) - timing.maxRows;
    while (excess() > 0) {
      const oldest = watches
        .filter(({ held }) => held.rows > 0)
        .reduce((a, b) => (Math.min(...b.held.windows) < Math.min(...a.held.windows) ? b : a));
      // A tenth at a time, because finding the oldest means sorting.
      oldest.evict(Math.ceil(timing.maxRows / 10));
    }
  }

  /** Gives a record to the partition's watch of its model, and says what that made complete. */
  function record(
    stream: Stream,
    place: Place,
    name: string,
    give: (watch: PartitionWatch) => void,
  ): readonly PartitionNews[] {
    if (!advance(stream, place)) return [];
    const model = models.get(name);
    const watch = model?.partitions.get(place.partition);
    if (model === undefined || watch === undefined) return [];
    give(watch);
    if (stream === 'predictions') evict(model);
    return watch.close();
  }

  function apply(input: MonitorInput): readonly PartitionNews[] {
    switch (input.type) {
      case 'restored': {
        const { model, version } = input.closed;
        for (const partition of partitions) {
          rememberClosed(historyOf(model, version, partition), input.closed, partition);
        }
        return [];
      }
      case 'news':
        return hear(input.news);
      case 'watch':
        watch(input.model, input.watched);
        return [];
      case 'prediction':
        return record('predictions', input.place, input.prediction.model, (watch) =>
          watch.prediction(input.place, input.prediction),
        );
      case 'label':
        return record('labels', input.place, input.label.model, (watch) =>
          watch.label(input.place, input.label),
        );
      case 'feedback':
        return record('feedback', input.place, input.feedback.model, (watch) =>
          watch.feedback(input.place, input.feedback),
        );
      case 'skipped':
        advance(input.stream, input.place);
        return [];
      case 'caughtUp':
        return [...models].flatMap(([name, model]) => {
          const watch = model.partitions.get(input.partition);
          watch?.caughtUp(input.stream, input.progress[name] ?? {});
          return watch?.close() ?? [];
        });
    }
  }

  /** Own news are of an earlier life; progress is that of other processes. What others found is no matter of this one. */
  function hear(news: PartitionNews | ProgressNews): readonly PartitionNews[] {
    if (news.type === 'progress') {
      for (const [model, reached] of Object.entries(news.progress)) {
        elsewhere.set(model, furthest(elsewhere.get(model), reached));
      }
      return [];
    }
    const { model, version, partition } = news.type === 'partial' ? news.partial : news.standing;
    if (!partitions.includes(partition)) return [];
    const history = historyOf(model, version, partition);
    if (news.type === 'partial') rememberPartial(history, news.partial);
    else rememberStanding(history, news.standing);
    return [];
  }

  return {
    apply,
    release(name, end, only) {
      for (const [partition, watch] of models.get(name)?.partitions ?? []) {
        if (only === undefined || only === partition) watch.release(end);
      }
    },
    progress: () =>
      Object.fromEntries(
        [...models].map(([name, model]) => [
          name,
          [...model.partitions.values()].reduce(
            (most, watch) => furthest(most, watch.reached()),
            elsewhere.get(name) ?? {},
          ),
        ]),
      ),
    positions: (stream) => read[stream],
    commitPoints(stream) {
      const points = new Map(read[stream]);
      for (const model of models.values()) {
        for (const watch of model.partitions.values()) {
          for (const [partition, offset] of watch.retained(stream)) retain(points, partition, offset);
        }
      }
      return points;
    },
    status: () =>
      [...models].map(([model, { watched, partitions: watches }]) => {
        const held = [...watches.values()].map((watch) => watch.held);
        return {
          model,
          version: watched.version,
          openWindows: new Set(held.flatMap(({ windows }) => windows)).size,
          rows: held.reduce((sum, { rows }) => sum + rows, 0),
          pendingLabels: held.reduce((sum, { pendingLabels }) => sum + pendingLabels, 0),
          tally: { ...obtain(tallies, model, emptyTally) },
        };
      }),
  };
}

function furthest(a: Reached = {}, b: Reached): Reached {
  const most = (x: number | undefined, y: number | undefined): number =>
    Math.max(x ?? -Infinity, y ?? -Infinity);
  const predictions = most(a.predictions, b.predictions);
  const labels = most(a.labels, b.labels);
  return {
    ...(Number.isFinite(predictions) ? { predictions } : {}),
    ...(Number.isFinite(labels) ? { labels } : {}),
  };
}
