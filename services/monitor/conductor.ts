import type { EvidenceStore } from '../../adapters/evidence/index.ts';
import type { ReceivedRecord } from '../../adapters/kafka/index.ts';
import type { Logger } from '../../adapters/log.ts';
import { topics } from '../../contracts/topics.ts';
import type { WatchSet } from '../../contracts/watch.ts';
import {
  streams,
  type ClosedWindow,
  type Monitor,
  type MonitorInput,
  type Stream,
} from '../../domain/drift/monitor/index.ts';
import { ofEach } from './of-each.ts';
import { insist } from './insist.ts';
import { loadWatch } from './load-watch.ts';
import { readRecord } from './read-record.ts';
import type { StartingPoints } from './starting-points.ts';
import type { StateLog } from './state-log.ts';
import type { Troubles } from './troubles.ts';

export interface ConductorParts {
  readonly monitor: Monitor;
  readonly starts: StartingPoints;
  readonly state: StateLog;
  readonly evidence: EvidenceStore;
  readonly maxAheadHours: number;
  readonly logger: Logger;
  readonly troubles: Troubles;
  readonly signal: AbortSignal;
  /** Makes a closed window known. Safe to repeat. */
  report(closed: ClosedWindow): Promise<void>;
  refused(topic: string): void;
}

/**
 * Leads the fold: one input at a time, and what an input closes is made known before the next. Its methods must not run
 * side by side. They reject when stopped in the middle, or when the fold itself fails: then what was closed may be
 * unreported, and offsets are saved no more, so that the next life closes it again.
 */
export interface Conductor {
  apply(input: MonitorInput): Promise<void>;
  record(record: ReceivedRecord): Promise<void>;
  watch(model: string, watch: WatchSet | null): Promise<void>;
  /** Writes down from where the open windows can be rebuilt, when that has changed. */
  saveOffsets(): Promise<void>;
}

const TRIES_FOR_A_PROFILE = 6;

export function createConductor(parts: ConductorParts): Conductor {
  const { monitor, starts, state, evidence, maxAheadHours, logger, troubles, signal } = parts;
  let unreported = false;
  let saved = '';

  async function apply(input: MonitorInput): Promise<void> {
    unreported = true;
    for (const closed of monitor.apply(input)) {
      await insist(() => parts.report(closed), troubles.of('report'), signal);
    }
    unreported = false;
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
    if (topic !== topics.watch && !starts.predictions.has(partition)) return;
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
        if (topic === topics.watch) return;
        return apply({ type: 'skipped', stream: streams.find((one) => topics[one] === topic)!, place });
    }
  }

  async function saveOffsets(): Promise<void> {
    if (unreported) return;
    const points = (stream: Stream): Record<number, number> =>
      Object.fromEntries([...starts[stream], ...monitor.commitPoints(stream)]);
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

  return { apply, record, watch, saveOffsets };
}
