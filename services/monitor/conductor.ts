import type { EvidenceStore } from '../../adapters/evidence/index.ts';
import type { ReceivedRecord } from '../../adapters/kafka/index.ts';
import type { Logger } from '../../adapters/log.ts';
import { topics } from '../../contracts/topics.ts';
import type { WatchSet } from '../../contracts/watch.ts';
import {
  newsKey,
  streams,
  type Assemblies,
  type ClosedWindow,
  type Collector,
  type MonitorInput,
  type PartialWindow,
  type PartitionNews,
  type Stream,
} from '../../domain/drift/monitor/index.ts';
import { insist } from './insist.ts';
import { loadWatch } from './load-watch.ts';
import { ofEach } from './of-each.ts';
import { readRecord } from './read-record.ts';
import type { StartingPoints } from './starting-points.ts';
import type { EarlierState, StateLog } from './state-log.ts';
import type { Troubles } from './troubles.ts';

export interface ConductorParts {
  readonly collector: Collector;
  /** Null: another process judges. */
  readonly assemblies: Assemblies | null;
  /** The model is shared with other processes: what partitions say goes through the state topic, also to ourselves. */
  readonly shared: boolean;
  readonly starts: StartingPoints;
  readonly state: StateLog;
  readonly evidence: EvidenceStore;
  readonly maxAheadHours: number;
  readonly logger: Logger;
  readonly troubles: Troubles;
  readonly signal: AbortSignal;
  /** Makes a closed window known. Safe to repeat. */
  report(closed: ClosedWindow): Promise<void>;
  /** A window that another process made known. */
  reportedElsewhere(closed: ClosedWindow): void;
  refused(topic: string): void;
}

/**
 * Leads the folds: one input at a time, and what an input closes is made known before the next. Its methods must not run
 * side by side. They reject when stopped in the middle, or when a fold itself fails: then what was closed may be
 * unreported, and offsets are saved no more, so that the next life closes it again.
 */
export interface Conductor {
  apply(input: MonitorInput): Promise<void>;
  record(record: ReceivedRecord): Promise<void>;
  watch(model: string, watch: WatchSet | null): Promise<void>;
  /** What was said in an earlier life, by whichever process. First of all. */
  recall(before: EarlierState): Promise<void>;
  /** Takes back what is in closed windows. */
  tidy(): Promise<void>;
  /** Writes down from where the open windows can be rebuilt, when that has changed. */
  saveOffsets(): Promise<void>;
}

const TRIES_FOR_A_PROFILE = 6;

export function createConductor(parts: ConductorParts): Conductor {
  const { collector, assemblies, shared, starts, state, evidence, maxAheadHours, logger, troubles, signal } =
    parts;
  let unreported = false;
  let saved = '';
  /** Shares of windows that stand in the state topic, by key; the judge takes them back once they are in a closed window. */
  const standing = new Map<string, Omit<PartialWindow, 'summary'>>();
  const over = new Set<string>();

  async function made(closed: readonly ClosedWindow[]): Promise<void> {
    for (const one of closed) {
      await insist(() => parts.report(one), troubles.of('report'), signal);
      note(one);
      if (!shared && one.part === 'performance') collector.release(one.model, Date.parse(one.window.end));
    }
  }

  /** The shares of this window have done their duty. */
  function note({ model, version, part, window }: ClosedWindow): void {
    for (const [key, share] of standing) {
      const same = share.model === model && share.version === version && share.part === part;
      if (same && share.window.start === window.start) over.add(key);
    }
  }

  function stand(news: PartitionNews): void {
    if (!assemblies || news.type !== 'partial') return;
    const { summary: _, ...share } = news.partial;
    standing.set(newsKey(news), share);
  }

  async function apply(input: MonitorInput): Promise<void> {
    unreported = true;
    const news = collector.apply(input);
    if (assemblies && (input.type === 'restored' || input.type === 'watch'))
      await made(assemblies.apply(input));
    if (shared) await share(news);
    else for (const one of news) await made(assemblies?.apply({ type: 'news', news: one }) ?? []);
    unreported = false;
  }

  async function share(news: readonly PartitionNews[]): Promise<void> {
    if (news.length === 0) return;
    await insist(() => state.saveNews(news), troubles.of('shares'), signal);
    for (const one of news) {
      if (one.type !== 'partial' || one.partial.part !== 'performance') continue;
      const { model, partition, window } = one.partial;
      collector.release(model, Date.parse(window.end), partition);
    }
  }

  async function hear(received: ReceivedRecord): Promise<void> {
    const said = state.read(received);
    if (said === null) return;
    unreported = true;
    switch (said.kind) {
      case 'progress':
        collector.apply({ type: 'news', news: said.news });
        break;
      case 'news':
        stand(said.news);
        if (assemblies) await made(assemblies.apply({ type: 'news', news: said.news }));
        break;
      case 'forgotten':
        standing.delete(said.key);
        break;
      case 'window':
        if (!assemblies) parts.reportedElsewhere(said.closed);
        break;
      case 'offsets':
        break;
    }
    unreported = false;
  }

  async function recall({ windows, news, progress }: EarlierState): Promise<void> {
    for (const closed of windows) await apply({ type: 'restored', closed });
    for (const one of news) {
      stand(one);
      collector.apply({ type: 'news', news: one });
      // Nothing is watched yet, so nothing closes.
      assemblies?.apply({ type: 'news', news: one });
    }
    for (const one of progress) collector.apply({ type: 'news', news: one });
    for (const closed of windows) note(closed);
  }

  async function watch(model: string, set: WatchSet | null): Promise<void> {
    const trouble = troubles.of(`profile of ${model}`);
    if (set === null) {
      trouble(null);
      return apply({ type: 'watch', model, watched: null });
    }
    try {
      const watched = await insist(() => loadWatch(set, evidence), trouble, signal, TRIES_FOR_A_PROFILE);
      await apply({ type: 'watch', model, watched });
      // Shares of a version that is watched no more are never judged.
      for (const [key, share] of standing) {
        if (share.model === model && share.version !== set.version) over.add(key);
      }
      logger.info({ model, version: set.version }, 'watching');
    } catch (error) {
      if (signal.aborted || unreported) throw error;
      // One model's lost profile must not stop the others. Health stays red until the watch is set anew.
      logger.error({ model, version: set.version, err: error }, 'not watched: its profile cannot be read');
      await apply({ type: 'watch', model, watched: null });
    }
  }

  async function record(received: ReceivedRecord): Promise<void> {
    const { topic, partition, offset } = received;
    const stream = streams.find((one) => topics[one] === topic);
    if (stream === undefined && topic !== topics.watch) return hear(received);
    if (stream !== undefined && !starts.predictions.has(partition)) return;
    const place = { partition, offset };
    const read = readRecord(received, maxAheadHours);
    switch (read.kind) {
      case 'watch':
        return watch(read.model, read.watch);
      case 'prediction':
        return apply({ type: 'prediction', place, prediction: read.prediction });
      case 'label':
        return apply({ type: 'label', place, label: read.label });
      case 'feedback':
        return apply({ type: 'feedback', place, feedback: read.feedback });
      case 'refused':
        parts.refused(topic);
        logger.warn({ topic, partition, offset, reason: read.reason }, 'record refused');
        if (stream !== undefined) return apply({ type: 'skipped', stream, place });
    }
  }

  async function tidy(): Promise<void> {
    if (over.size === 0) return;
    const keys = [...over];
    await insist(() => state.forget(keys), troubles.of('shares'), signal);
    for (const key of keys) {
      over.delete(key);
      standing.delete(key);
    }
  }

  async function saveOffsets(): Promise<void> {
    if (unreported) return;
    const points = (stream: Stream): Record<number, number> =>
      Object.fromEntries([...starts[stream], ...collector.commitPoints(stream)]);
    const offsets = ofEach(points);
    const text = JSON.stringify(offsets);
    if (text === saved) return;
    await insist(
      () => state.saveOffsets(offsets),
      troubles.of('offsets'),
      signal,
      signal.aborted ? 1 : Infinity,
    );
    saved = text;
  }

  return { apply, record, watch, recall, tidy, saveOffsets };
}
