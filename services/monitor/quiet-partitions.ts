import type { EventLog } from '../../adapters/kafka/index.ts';
import { topics } from '../../contracts/topics.ts';
import {
  streams,
  type MonitorInput,
  type Progress,
  type Reading,
  type Stream,
} from '../../domain/drift/monitor/index.ts';
import { ofEach } from './of-each.ts';

interface Look {
  readonly progress: Progress;
  readonly ends: Record<Stream, ReadonlyMap<number, number>>;
}

/**
 * Finds out which partitions have nothing more to say, so that quiet ones do not hold windows open. The order matters:
 * first note how far event time has come, then look up where the partitions end. Who has read a partition to that end
 * has read everything that was written to it before that time was reached.
 */
export interface QuietPartitions {
  /** Takes a new look. */
  look(): Promise<void>;
  /** Partitions that have been read to the ends last looked up; each is said once for a look. */
  caughtUp(): MonitorInput[];
  /** Records not read yet at the last look, by stream. */
  lag(): Record<Stream, number>;
}

export function watchQuietPartitions(log: EventLog, monitor: Reading, starts: Look['ends']): QuietPartitions {
  let last: Look | undefined;
  let said = new Set<string>();

  const position = (stream: Stream, partition: number): number =>
    monitor.positions(stream).get(partition) ?? starts[stream].get(partition) ?? 0;

  return {
    async look() {
      const progress = monitor.progress();
      const ends = ofEach((): ReadonlyMap<number, number> => new Map());
      await Promise.all(
        streams.map(async (stream) => {
          const offsets = await log.offsets(topics[stream]);
          const owned = offsets.filter(({ partition }) => starts[stream].has(partition));
          ends[stream] = new Map(owned.map(({ partition, high }) => [partition, high]));
        }),
      );
      last = { progress, ends };
      said = new Set();
    },
    caughtUp() {
      if (last === undefined) return [];
      const { progress, ends } = last;
      return streams.flatMap((stream) =>
        [...ends[stream]].flatMap(([partition, end]): MonitorInput[] => {
          const name = `${stream}/${partition}`;
          if (said.has(name) || position(stream, partition) < end) return [];
          said.add(name);
          return [{ type: 'caughtUp', stream, partition, progress }];
        }),
      );
    },
    lag() {
      const lagOf = (stream: Stream): number => {
        let lag = 0;
        for (const [partition, end] of last?.ends[stream] ?? [])
          lag += Math.max(0, end - position(stream, partition));
        return lag;
      };
      return ofEach(lagOf);
    },
  };
}
