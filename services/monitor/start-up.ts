import type { EventLog } from '../../adapters/kafka/index.ts';
import { topics, topicSettings } from '../../contracts/topics.ts';
import type { WatchSet } from '../../contracts/watch.ts';
import { readRecord } from './read-record.ts';
import type { MonitorSettings } from './settings.ts';
import { startingPoints, type StartingPoints } from './starting-points.ts';
import { readWhole, stateTopic, type EarlierState, type StateLog } from './state-log.ts';

/** All that the log says of the life before: what was closed, where reading goes on, and what is watched. */
export interface EarlierLife {
  readonly before: EarlierState;
  readonly starts: StartingPoints;
  /** Model to its last watch; null ended it. */
  readonly watches: ReadonlyMap<string, WatchSet | null>;
  /** Next offset of each partition of the watch topic. */
  readonly watchedTo: Readonly<Record<number, number>>;
}

/** Makes missing topics, and reads the state and the watches to their present end, before any row is looked at. */
export async function recall(
  log: EventLog,
  state: StateLog,
  settings: MonitorSettings,
): Promise<EarlierLife> {
  await log.ensureTopics([
    ...topicSettings.filter(({ topic }) => topic !== topics.driftDeadLetters),
    stateTopic,
  ]);
  const before = await state.restore();
  const starts = await startingPoints(log, before.offsets, settings.partitions);
  const watches = new Map<string, WatchSet | null>();
  const watchedTo = await readWhole(log, topics.watch, (record) => {
    const read = readRecord(record, settings.maxAheadHours);
    if (read.kind === 'watch') watches.set(read.model, read.watch);
  });
  return { before, starts, watches, watchedTo };
}
