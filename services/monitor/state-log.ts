import type { EventLog, ReceivedRecord } from '../../adapters/kafka/index.ts';
import type { TopicSettings } from '../../contracts/topics.ts';
import { ofEach } from './of-each.ts';
import { windowKey, type ClosedWindow, type Stream } from '../../domain/drift/monitor/index.ts';

/**
 * What the monitor must not forget, in a compacted topic of its own: every closed window, and the offsets from which the
 * open ones can be rebuilt. It is the monitor's and nobody else's, so its name is here and not in the contracts.
 *
 * The offsets stand beside the windows, and are not commits of a consumer group, because a group's offset moves when
 * records were handled, and ours only when the windows that need them were reported.
 */
export const stateTopic: TopicSettings = {
  topic: 'seatrial.monitor.state',
  partitions: 1,
  config: { 'cleanup.policy': 'compact' },
};

export type Offsets = Readonly<Record<Stream, Readonly<Record<number, number>>>>;

export interface StateLog {
  /** Everything that was written under this monitor's id, windows in the order of their closing. */
  restore(): Promise<{ readonly windows: ClosedWindow[]; readonly offsets: Offsets }>;
  saveWindow(closed: ClosedWindow): Promise<void>;
  saveOffsets(offsets: Offsets): Promise<void>;
}

export function openStateLog(log: EventLog, monitorId: string): StateLog {
  const offsetsKey = `${monitorId}/offsets`;
  const windowPrefix = `${monitorId}/window/`;
  const publish = (key: string, value: unknown): Promise<void> =>
    log.publish(stateTopic.topic, [
      { key, value: JSON.stringify(value), headers: { 'content-type': 'application/json' } },
    ]);

  return {
    async restore() {
      const windows: ClosedWindow[] = [];
      let offsets: Offsets = ofEach(() => ({}));
      await readWhole(log, stateTopic.topic, (record) => {
        const key = record.key?.toString('utf8') ?? '';
        if (record.value === null) return;
        // Written by this file alone, so the shape is known.
        if (key === offsetsKey) {
          offsets = { ...offsets, ...(JSON.parse(record.value.toString('utf8')) as Partial<Offsets>) };
        } else if (key.startsWith(windowPrefix)) {
          windows.push(JSON.parse(record.value.toString('utf8')) as ClosedWindow);
        }
      });
      return { windows, offsets };
    },
    saveWindow: (closed) => publish(`${windowPrefix}${windowKey(closed)}`, closed),
    saveOffsets: (offsets) => publish(offsetsKey, offsets),
  };
}

/** Reads a topic from its first record to where it ends now. */
export async function readWhole(
  log: EventLog,
  topic: string,
  onRecord: (record: ReceivedRecord) => void,
): Promise<Record<number, number>> {
  const ends = await log.offsets(topic);
  const from = Object.fromEntries(ends.map(({ partition, low }) => [partition, low]));
  const to = Object.fromEntries(ends.map(({ partition, high }) => [partition, high]));
  await log.readRange({ topic, from, to }, (records) => records.forEach(onRecord));
  return to;
}
