import { setTimeout as sleep } from 'node:timers/promises';
import type { EvidenceStore } from '../../adapters/evidence/index.ts';
import type { EventLog } from '../../adapters/kafka/index.ts';
import type { Logger } from '../../adapters/log.ts';
import { topics } from '../../contracts/topics.ts';
import {
  createAssemblies,
  createCollector,
  judgeWindow,
  streams,
  type ClosedWindow,
  type Stream,
} from '../../domain/drift/monitor/index.ts';
import { serveApi } from './api.ts';
import { createClosedWindows } from './closed-windows.ts';
import { createConductor } from './conductor.ts';
import { insist } from './insist.ts';
import { createMetrics } from './metrics.ts';
import { watchQuietPartitions } from './quiet-partitions.ts';
import { reportWindow } from './report-window.ts';
import type { MonitorSettings } from './settings.ts';
import { recall } from './start-up.ts';
import { openStateLog, stateTopic } from './state-log.ts';
import { createTroubles } from './troubles.ts';

export interface MonitorParts {
  readonly log: EventLog;
  readonly evidence: EvidenceStore;
  readonly logger: Logger;
  readonly toolVersion: string;
}

export interface RunningMonitor {
  readonly port: number;
  /** Rejects when the fold itself failed. The process must then end; a new one begins where the last window was reported. */
  readonly failed: Promise<never>;
  /** Stops reading after what is in hand, and saves how far it came. */
  close(): Promise<void>;
}

const LOOK_EVERY_MS = 500;
const SAVE_EVERY_MS = 2_000;

/** Starts the drift monitor: recalls what it knew, then reads on until it is closed. */
export async function startMonitor(settings: MonitorSettings, parts: MonitorParts): Promise<RunningMonitor> {
  const { log, evidence, logger, toolVersion } = parts;
  const stopping = new AbortController();
  const { signal } = stopping;
  const troubles = createTroubles(logger);
  const state = openStateLog(log, settings.id);
  const { before, starts, watches, watchedTo } = await recall(log, state, settings);
  const owned = [...starts.predictions.keys()];
  const shared = owned.length < starts.partitions.length;
  // One rule that every process can apply by itself: who owns the first partition judges for all.
  const judges = owned.includes(starts.partitions[0]!);
  const collector = createCollector({ partitions: owned, timing: settings.timing });
  const assemblies = judges ? createAssemblies(starts.partitions, judgeWindow) : null;
  const quiet = watchQuietPartitions(log, collector, starts);
  const metrics = createMetrics(collector, quiet.lag, () => assemblies?.waiting ?? 0);
  const windows = createClosedWindows();
  const show = (closed: ClosedWindow): void => {
    windows.add(closed);
    metrics.restored(closed);
  };
  before.windows.forEach(show);

  const { id: monitorId, environment } = settings;
  const reporting = { log, evidence, state, monitorId, toolVersion, environment };
  const conductor = createConductor({
    collector,
    assemblies,
    shared,
    starts,
    state,
    evidence,
    maxAheadHours: settings.maxAheadHours,
    logger,
    troubles,
    signal,
    async report(closed) {
      const events = await reportWindow(closed, reporting);
      windows.add(closed);
      metrics.closed(closed, events);
      const { model, version, part, window, counts } = closed;
      logger.info({ model, version, part, window, rows: counts.rows, events }, 'window closed');
    },
    reportedElsewhere: show,
    refused: metrics.refused,
  });

  let fail: (error: unknown) => void;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Who starts the monitor may not look at it; a rejection that nobody handles would end the process in its own way.
  failed.catch(() => stopping.abort());

  /** One thing at a time, and nothing more after a failure. */
  let queue: Promise<void> = Promise.resolve();
  function inTurn(step: () => Promise<void>): Promise<void> {
    queue = queue
      .then(() => (signal.aborted ? undefined : step()))
      .catch((error: unknown) => {
        if (!signal.aborted) fail(error);
        stopping.abort();
      });
    return queue;
  }

  let savedAt = -Infinity;
  async function settle(): Promise<void> {
    for (const input of quiet.caughtUp()) await conductor.apply(input);
    if (performance.now() - savedAt < SAVE_EVERY_MS) return;
    await conductor.saveOffsets();
    await conductor.tidy();
    if (shared) await tellProgress();
    savedAt = performance.now();
  }

  let told = '';
  async function tellProgress(): Promise<void> {
    const progress = collector.progress();
    const text = JSON.stringify(progress);
    if (text === told) return;
    const tell = () => state.saveProgress(owned[0]!, { type: 'progress', progress });
    await insist(tell, troubles.of('progress'), signal);
    told = text;
  }

  const watchAt = { ...watchedTo };
  const stateAt = { ...before.readTo };
  async function readOn(): Promise<void> {
    const from = (stream: Stream): Record<number, number> =>
      Object.fromEntries([...starts[stream], ...collector.positions(stream)]);
    await log.tail(
      {
        topics: [
          topics.watch,
          ...streams.map((stream) => topics[stream]),
          ...(shared ? [stateTopic.topic] : []),
        ],
        from: {
          [topics.watch]: watchAt,
          [stateTopic.topic]: stateAt,
          ...Object.fromEntries(streams.map((stream) => [topics[stream], from(stream)])),
        },
        only: Object.fromEntries(streams.map((stream) => [topics[stream], owned])),
        signal,
      },
      (records) =>
        inTurn(async () => {
          for (const record of records) {
            if (signal.aborted) return;
            await conductor.record(record);
            if (record.topic === topics.watch) watchAt[record.partition] = record.offset + 1;
            if (record.topic === stateTopic.topic) stateAt[record.partition] = record.offset + 1;
          }
          await settle();
        }),
    );
  }

  async function lookAround(): Promise<void> {
    while (!signal.aborted) {
      await insist(quiet.look, troubles.of('offsets of the log'), signal);
      await inTurn(settle);
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    }
  }

  async function run(): Promise<void> {
    await inTurn(() => conductor.recall(before));
    for (const [model, watch] of watches) await inTurn(() => conductor.watch(model, watch));
    const both = await Promise.allSettled([insist(readOn, troubles.of('reading'), signal), lookAround()]);
    for (const one of both) if (one.status === 'rejected') throw one.reason;
  }

  const { health } = troubles;
  const api = await serveApi({ port: settings.healthPort, health, metrics: metrics.registry, windows });
  const running = run().catch((error: unknown) => {
    // Waiting that was cut short by the stop ends here too.
    if (!signal.aborted) fail(error);
  });

  return {
    port: api.port,
    failed,
    async close() {
      stopping.abort();
      await running;
      await queue;
      await conductor.saveOffsets().finally(() => api.close());
    },
  };
}
