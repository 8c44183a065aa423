import type { EventLog, ReceivedRecord } from '../../adapters/kafka/index.ts';
import type { TopicSettings } from '../../contracts/topics.ts';
import {
  newsKey,
  streams,
  windowKey,
  type ClosedWindow,
  type PartitionNews,
  type ProgressNews,
  type Stream,
} from '../../domain/drift/monitor/index.ts';
import { ofEach } from './of-each.ts';

/**
 * What the monitor must not forget, in a compacted topic of its own: every closed window, the offsets from which the open ones
 * can be rebuilt, and, where processes share the work, what each partition has of windows that are not judged yet. It is the
 * monitor's and nobody else's, so its name is here and not in the contracts. One partition: the order is the same for all.
 *
 * The offsets stand beside the windows, and are not commits of a consumer group, because a group's offset moves when
 * records were handled, and ours only when the windows that need them were reported.
 */
export const stateTopic: TopicSettings = {
  topic: 'seatrial.monitor.state',
  partitions: 1,
  config: { 'cleanup.policy': 'compact' },
};

/** Partition to next offset, of each stream. */
export type Offsets = Readonly<Record<Stream, Readonly<Record<number, number>>>>;

/** What a record of the state topic says. Null: it is of another monitor, or was taken back. */
export type StateRecord =
  | { readonly kind: 'window'; readonly closed: ClosedWindow }
  | { readonly kind: 'news'; readonly key: string; readonly news: PartitionNews }
  | { readonly kind: 'forgotten'; readonly key: string }
  | { readonly kind: 'progress'; readonly news: ProgressNews }
  | {
      readonly kind: 'offsets';
      readonly partition: number;
      readonly of: Readonly<Partial<Record<Stream, number>>>;
    };

export interface EarlierState {
  /** In the order of their closing. */
  readonly windows: readonly ClosedWindow[];
  readonly offsets: Offsets;
  /** What partitions had said and was not taken back, in order. */
  readonly news: readonly PartitionNews[];
  readonly progress: readonly ProgressNews[];
  /** Next offset of the state topic. */
  readonly readTo: Readonly<Record<number, number>>;
}

export interface StateLog {
  /** Everything that was written under this monitor's id. */
  restore(): Promise<EarlierState>;
  read(record: ReceivedRecord): StateRecord | null;
  saveWindow(closed: ClosedWindow): Promise<void>;
  saveOffsets(offsets: Offsets): Promise<void>;
  saveNews(news: readonly PartitionNews[]): Promise<void>;
  /** `from` names the process among those that share the monitor's id. */
  saveProgress(from: number, progress: ProgressNews): Promise<void>;
  /** Takes news back, by `newsKey`: they are in a closed window now. */
  forget(keys: readonly string[]): Promise<void>;
}

export function openStateLog(log: EventLog, monitorId: string): StateLog {
  const prefix = `${monitorId}/`;
  const publish = (entries: readonly (readonly [key: string, value: unknown])[]): Promise<void> =>
    entries.length === 0
      ? Promise.resolve()
      : log.publish(
          stateTopic.topic,
          entries.map(([key, value]) => ({
            key: `${prefix}${key}`,
            value: value === null ? null : JSON.stringify(value),
            headers: { 'content-type': 'application/json' },
          })),
        );

  function read(record: ReceivedRecord): StateRecord | null {
    const whole = record.key?.toString('utf8') ?? '';
    if (!whole.startsWith(prefix)) return null;
    const key = whole.slice(prefix.length);
    const kind = key.split('/', 1)[0];
    if (record.value === null) {
      return kind === 'partial' || kind === 'standing' ? { kind: 'forgotten', key } : null;
    }
    // Written by this file alone, so the shape is known.
    const value = JSON.parse(record.value.toString('utf8')) as never;
    switch (kind) {
      case 'window':
        return { kind: 'window', closed: value };
      case 'partial':
        return { kind: 'news', key, news: { type: 'partial', partial: value } };
      case 'standing':
        return { kind: 'news', key, news: { type: 'standing', standing: value } };
      case 'progress':
        return { kind: 'progress', news: { type: 'progress', progress: value } };
      case 'offsets':
        return { kind: 'offsets', partition: Number(key.split('/')[1]), of: value };
      default:
        return null;
    }
  }

  return {
    read,
    async restore() {
      const windows: ClosedWindow[] = [];
      const offsets: Record<Stream, Record<number, number>> = ofEach(() => ({}));
      const news = new Map<string, PartitionNews>();
      const progress: ProgressNews[] = [];
      const readTo = await readWhole(log, stateTopic.topic, (record) => {
        const said = read(record);
        if (said === null) return;
        if (said.kind === 'window') windows.push(said.closed);
        else if (said.kind === 'progress') progress.push(said.news);
        else if (said.kind === 'forgotten') news.delete(said.key);
        else if (said.kind === 'news') {
          // Last in order, as it was said last.
          news.delete(said.key);
          news.set(said.key, said.news);
        } else {
          for (const stream of streams) {
            const offset = said.of[stream];
            if (offset !== undefined) offsets[stream][said.partition] = offset;
          }
        }
      });
      return { windows, offsets, news: [...news.values()], progress, readTo };
    },
    saveWindow: (closed) => publish([[`window/${windowKey(closed)}`, closed]]),
    saveOffsets(offsets) {
      const partitions = [...new Set(streams.flatMap((stream) => Object.keys(offsets[stream])))];
      return publish(
        partitions.map((partition) => [
          `offsets/${partition}`,
          Object.fromEntries(streams.map((stream) => [stream, offsets[stream][Number(partition)]])),
        ]),
      );
    },
    saveNews: (news) =>
      publish(news.map((one) => [newsKey(one), one.type === 'partial' ? one.partial : one.standing])),
    saveProgress: (from, { progress }) => publish([[`progress/${from}`, progress]]),
    forget: (keys) => publish(keys.map((key) => [key, null])),
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
