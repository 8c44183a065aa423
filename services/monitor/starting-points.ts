import type { EventLog } from '../../adapters/kafka/index.ts';
import { topics } from '../../contracts/topics.ts';
import { streams, type Stream } from '../../domain/drift/monitor/index.ts';
import { ofEach } from './of-each.ts';
import type { Offsets } from './state-log.ts';

export interface StartingPoints extends Readonly<Record<Stream, ReadonlyMap<number, number>>> {
  /** All that the topics have, owned or not. */
  readonly partitions: readonly number[];
}

/**
 * Where reading begins, for each partition that this process owns: where the last life left it, or the oldest record.
 * Throws when the topics do not have the same number of partitions, because then their keys do not meet.
 */
export async function startingPoints(
  log: EventLog,
  saved: Offsets,
  owned: readonly number[] | undefined,
): Promise<StartingPoints> {
  const all = await Promise.all(
    streams.map(async (stream) => [stream, await log.offsets(topics[stream])] as const),
  );
  const predictions = all[0]![1];
  for (const [stream, offsets] of all) {
    if (offsets.length === predictions.length) continue;
    throw new Error(
      `${topics.predictions} has ${predictions.length} partitions and ${topics[stream]} has ${offsets.length}; ` +
        'a prediction and what is said of it must meet in one partition, so make them equal',
    );
  }
  const unknown = owned?.find((partition) => partition >= predictions.length);
  if (unknown !== undefined) {
    throw new Error(
      `MONITOR_PARTITIONS names ${unknown}; ${topics.predictions} has 0 to ${predictions.length - 1}`,
    );
  }
  const starts = (offsets: typeof predictions, of: Readonly<Record<number, number>>): Map<number, number> =>
    new Map(
      offsets
        .filter(({ partition }) => owned === undefined || owned.includes(partition))
        .map(({ partition, low, high }) => {
          const offset = of[partition] ?? low;
          // Beyond the end: the topic was made anew. Before the beginning: retention took what was not read.
          return [partition, offset >= low && offset <= high ? offset : low];
        }),
    );
  const offsetsOf = new Map(all);
  return {
    partitions: predictions.map(({ partition }) => partition).sort((a, b) => a - b),
    ...ofEach((stream) => starts(offsetsOf.get(stream)!, saved[stream])),
  };
}
