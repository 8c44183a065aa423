import { createHash } from 'node:crypto';
import { LogError } from '../../adapters/kafka/index.ts';
import type { EventLog, LogRecord } from '../../adapters/kafka/index.ts';
import type { Refused } from './read-event.ts';

/** Kafka Connect's header names, all text, so that tools which know them can read our dead letters. */
const CONNECT = '__connect.errors.';
const REASON_LENGTH = 500;

export interface DeadLetters {
  /**
   * Resolves when all are written, to those that were written now: a record that this process wrote before, in a slice
   * that then had to wait, is not written again.
   */
  write(refused: readonly Refused[]): Promise<Refused[]>;
  /** Forgets what was written of a partition: its offsets up to `through` are committed and will not come again. */
  forget(partition: number, through: number): void;
}

export function createDeadLetters(log: EventLog, topic: string, connector: string): DeadLetters {
  const written = new Map<number, Set<number>>();

  const writeOne = async (one: Refused): Promise<Refused[]> => {
    const { partition, offset } = one.record;
    const known = written.get(partition) ?? new Set();
    written.set(partition, known);
    if (known.has(offset)) return [];
    try {
      await log.publish(topic, [deadLetter(one, connector)]);
    } catch (error) {
      if (!(error instanceof LogError) || error.code !== 'too-large') throw error;
      // The headers made a record too large that was just small enough. The original is still in its topic.
      await log.publish(topic, [withoutValue(deadLetter(one, connector))]);
    }
    known.add(offset);
    return [one];
  };

  return {
    write: async (refused) => (await Promise.all(refused.map(writeOne))).flat(),
    forget: (partition, through) => {
      const offsets = written.get(partition);
      for (const offset of offsets ?? []) if (offset <= through) offsets?.delete(offset);
    },
  };
}

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
      'x-seatrial-original-timestamp': new Date(record.timestamp).toISOString(),
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
