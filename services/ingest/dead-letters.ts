import { createHash } from 'node:crypto';
import { LogError } from '../../adapters/kafka/index.ts';
import type { EventLog, LogRecord } from '../../adapters/kafka/index.ts';
import type { Refused } from './read-event.ts';
import { sliceLimits } from './slice-limits.ts';

/** Kafka Connect's header names, all text, so that tools which know them can read our dead letters. */
const CONNECT = '__connect.errors.';
const ORIGINAL_TIMESTAMP = 'x-seatrial-original-timestamp';
const REASON_LENGTH = 500;

/**
 * Letters that are looked through for records that were set aside and not committed. Those are the newest of their partition, at
 * most a slice each, but other partitions write meanwhile.
 */
const LOOK_BACK = 10 * sliceLimits.records;

export interface DeadLetters {
  /**
   * Resolves when all are written, to those that were written now. A record that was written before is not written again: by
   * this process, in a slice that then had to wait, or by another that died before it committed. `held` is the slice's signal:
   * with a new one the partition may have been elsewhere meanwhile, so the newest letters are read first.
   */
  write(refused: readonly Refused[], held: AbortSignal): Promise<Refused[]>;
  /** Forgets what was written of a partition: its offsets up to `through` are committed and will not come again. */
  forget(topic: string, partition: number, through: number): void;
}

export function createDeadLetters(log: EventLog, topic: string, connector: string): DeadLetters {
  const written = new Map<string, Map<number, string>>();
  const lookedBack = new WeakMap<AbortSignal, Promise<void>>();

  const note = (topic: string, partition: number, offset: number, stamped: string): void => {
    const source = sourceOf(topic, partition);
    const known = written.get(source) ?? new Map<number, string>();
    written.set(source, known.set(offset, stamped));
  };

  const lookBack = async (): Promise<void> => {
    const from = (await log.offsets(topic)).map(({ partition, low, high }): [number, number] => [
      partition,
      Math.max(low, high - LOOK_BACK),
    ]);
    await log.readRange({ topic, from: Object.fromEntries(from) }, (letters) => {
      for (const { headers } of letters) {
        const offset = Number(headers[`${CONNECT}offset`] ?? NaN);
        const stamped = headers[ORIGINAL_TIMESTAMP];
        const [origin, partition] = [
          headers[`${CONNECT}topic`],
          Number(headers[`${CONNECT}partition`] ?? NaN),
        ];
        if (origin !== undefined && stamped !== undefined) note(origin, partition, offset, stamped);
      }
    });
  };

  const lookBackOnce = async (held: AbortSignal): Promise<void> => {
    const looking = lookedBack.get(held) ?? lookBack();
    lookedBack.set(held, looking);
    try {
      await looking;
    } catch (error) {
      lookedBack.delete(held);
      throw error;
    }
  };

  const writeOne = async (one: Refused): Promise<Refused[]> => {
    const { topic: origin, partition, offset, timestamp } = one.record;
    const stamped = new Date(timestamp).toISOString();
    // Of a topic that was made anew, the same offset is another record.
    if (written.get(sourceOf(origin, partition))?.get(offset) === stamped) return [];
    try {
      await log.publish(topic, [deadLetter(one, connector)]);
    } catch (error) {
      if (!(error instanceof LogError) || error.code !== 'too-large') throw error;
      // The headers made a record too large that was just small enough. The original is still in its topic.
      await log.publish(topic, [withoutValue(deadLetter(one, connector))]);
    }
    note(origin, partition, offset, stamped);
    return [one];
  };

  return {
    write: async (refused, held) => {
      if (refused.length === 0) return [];
      await lookBackOnce(held);
      return (await Promise.all(refused.map(writeOne))).flat();
    },
    forget: (topic, partition, through) => {
      const offsets = written.get(sourceOf(topic, partition));
      for (const offset of offsets?.keys() ?? []) if (offset <= through) offsets?.delete(offset);
    },
  };
}

const sourceOf = (topic: string, partition: number): string => `${topic}/${partition}`;

/** The record unchanged, with where it came from and why it is here. */
export function deadLetter({ record, refusal }: Refused, connector: string): LogRecord {
  return {
    key: record.key,
    value: record.value,
    headers: {
      ...record.headers,
      [`${CONNECT}topic`]: record.topic,
      [`${CONNECT}partition`]: String(record.partition),
      [`${CONNECT}offset`]: String(record.offset),
      [`${CONNECT}connector.name`]: connector,
      [`${CONNECT}task.id`]: String(record.partition),
      [`${CONNECT}stage`]: refusal.stage,
      [`${CONNECT}class.name`]: connector,
      [`${CONNECT}exception.class.name`]: refusal.code,
      [`${CONNECT}exception.message`]: refusal.reason.slice(0, REASON_LENGTH),
      'x-seatrial-error-code': refusal.code,
      'x-seatrial-failed-at': new Date().toISOString(),
      [ORIGINAL_TIMESTAMP]: new Date(record.timestamp).toISOString(),
    },
  };
}

function withoutValue(letter: LogRecord): LogRecord {
  const value = Buffer.from(letter.value ?? '');
  return {
    ...letter,
    value: null,
    headers: {
      ...letter.headers,
      'x-seatrial-value-bytes': String(value.length),
      'x-seatrial-value-sha256': createHash('sha256').update(value).digest('hex'),
    },
  };
}
