import type { EventLog, LogRecord, ReceivedRecord } from '../adapters/kafka/index.ts';
import { parseDriftEvent } from '../contracts/schemas/drift-event.ts';
import { topicSettings, topics } from '../contracts/topics.ts';
import { SeatrialError } from './errors.ts';

/** A record that ingest could not take, and where and why. */
export interface DeadLetter {
  /** Its own place among the dead letters, `PARTITION:OFFSET`. */
  readonly letter: string;
  /** Where the record was. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly code: string;
  readonly reason: string;
  /** When it was refused, ISO 8601 UTC. */
  readonly failedAt: string;
  /** Id of the event, if a header says it. */
  readonly eventId: string | null;
  readonly bytes: number;
}

export interface DeadLetterDetail extends DeadLetter {
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** As text; bytes that are no UTF-8 show as U+FFFD. Null when the record had no value or was too large to keep. */
  readonly value: string | null;
}

export interface Replay {
  readonly letter: string;
  readonly replayed: boolean;
  readonly topic: string;
  readonly eventId: string | null;
  /** Why it was not replayed; null when it was. */
  readonly reason: string | null;
}

const CONNECT = '__connect.errors.';
/** Written by ingest beside Kafka Connect's headers; the original record did not have them. */
const OURS = ['error-code', 'failed-at', 'original-timestamp', 'value-bytes', 'value-sha256'].map(
  (name) => `x-seatrial-${name}`,
);
const REPLAY_OF = 'x-seatrial-replay-of';

/** The newest `limit` dead letters, oldest first. */
export async function listDeadLetters(log: EventLog, limit: number): Promise<DeadLetter[]> {
  const offsets = await partitions(log);
  const from = Object.fromEntries(
    offsets.map(({ partition, low, high }) => [partition, Math.max(low, high - limit)]),
  );
  const found: ReceivedRecord[] = [];
  await log.readRange({ topic: topics.driftDeadLetters, from }, (records) => {
    found.push(...records);
  });
  found.sort((a, b) => a.timestamp - b.timestamp || a.partition - b.partition || a.offset - b.offset);
  return found.slice(-limit).map(summary);
}

/** Throws SeatrialError USAGE when there is no such letter. */
export async function showDeadLetter(log: EventLog, letter: string): Promise<DeadLetterDetail> {
  const record = (await find(log, [letter]))[0]!;
  return {
    ...summary(record),
    key: record.key?.toString() ?? null,
    headers: record.headers,
    value: record.value?.toString() ?? null,
  };
}

/**
 * Checks each letter again and writes the good ones to their topic: same key, value, event id and headers, without those of the
 * failure and with `x-seatrial-replay-of: TOPIC/PARTITION/OFFSET`. A letter that is still no valid event stays where it is. Replayed
 * twice, an event still counts once, by its id. Throws SeatrialError USAGE when there is no such letter, before any is written.
 */
export async function replayDeadLetters(log: EventLog, letters: readonly string[]): Promise<Replay[]> {
  const records = await find(log, letters);
  const replays: Replay[] = [];
  for (const record of records) {
    const { letter, topic, partition, offset } = summary(record);
    const original = originalOf(record, `${topic}/${partition}/${offset}`);
    const checked = check(topic, original);
    if (checked.ok) await log.publish(topic, [original]);
    replays.push({
      letter,
      replayed: checked.ok,
      topic,
      eventId: checked.ok ? checked.id : (record.headers['ce_id'] ?? null),
      reason: checked.ok ? null : checked.reason,
    });
  }
  return replays;
}

function check(
  topic: string,
  { key, value, headers }: Pick<ReceivedRecord, 'key' | 'value' | 'headers'>,
): { readonly ok: true; readonly id: string } | { readonly ok: false; readonly reason: string } {
  if (topic !== topics.drift)
    return { ok: false, reason: `only ${topics.drift} is written to, not '${topic}'` };
  const reading = parseDriftEvent({ key, value, headers });
  return reading.ok
    ? { ok: true, id: reading.event.id }
    : { ok: false, reason: `${reading.code}: ${reading.reason}` };
}

function originalOf(
  { key, value, headers }: ReceivedRecord,
  place: string,
): LogRecord & Pick<ReceivedRecord, 'key' | 'value' | 'headers'> {
  const kept = Object.entries(headers).filter(([name]) => !name.startsWith(CONNECT) && !OURS.includes(name));
  return { key, value, headers: { ...Object.fromEntries(kept), [REPLAY_OF]: place } };
}

function summary({ partition, offset, timestamp, value, headers }: ReceivedRecord): DeadLetter {
  const header = (name: string): string | undefined => headers[`${CONNECT}${name}`];
  return {
    letter: `${partition}:${offset}`,
    topic: header('topic') ?? 'unknown',
    partition: Number(header('partition') ?? -1),
    offset: Number(header('offset') ?? -1),
    code: headers['x-seatrial-error-code'] ?? header('exception.class.name') ?? 'unknown',
    reason: header('exception.message') ?? '',
    failedAt: headers['x-seatrial-failed-at'] ?? new Date(timestamp).toISOString(),
    eventId: headers['ce_id'] ?? null,
    bytes: value?.length ?? 0,
  };
}

/** Letters nearer to each other than this are read in one go: each reading costs the forming of a group. */
const READ_THROUGH = 1_000;

/** The records of these letters, each once, in the order asked for. Throws SeatrialError USAGE when one is not there. */
async function find(log: EventLog, letters: readonly string[]): Promise<ReceivedRecord[]> {
  const missing = (letter: string): SeatrialError =>
    new SeatrialError(
      'USAGE',
      `There is no dead letter '${letter}'. \`seatrial dlq list\` shows them, as PARTITION:OFFSET.`,
    );
  const ranges = await partitions(log);
  const places = [...new Set(letters)].map((letter) => {
    const match = /^(\d{1,6}):(\d{1,15})$/.exec(letter);
    const [partition, offset] = [Number(match?.[1]), Number(match?.[2])];
    const range = ranges.find((one) => one.partition === partition);
    if (range === undefined || offset < range.low || offset >= range.high) throw missing(letter);
    return { letter, partition, offset };
  });
  const found = new Map<string, ReceivedRecord>();
  const wanted = new Set(places.map(({ partition, offset }) => `${partition}:${offset}`));
  const sorted = [...places].sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  for (let first = 0, next = 1; first < sorted.length; first = next++) {
    const { partition, offset: from } = sorted[first]!;
    const near = (one: number): boolean =>
      sorted[one]?.partition === partition && sorted[one].offset - sorted[one - 1]!.offset < READ_THROUGH;
    while (near(next)) next++;
    const to = sorted[next - 1]!.offset + 1;
    await log.readRange(
      { topic: topics.driftDeadLetters, from: { [partition]: from }, to: { [partition]: to } },
      (records) => {
        for (const record of records) {
          const place = `${record.partition}:${record.offset}`;
          if (wanted.has(place)) found.set(place, record);
        }
      },
    );
  }
  return places.map(({ letter, partition, offset }) => {
    const record = found.get(`${partition}:${offset}`);
    if (record === undefined) throw missing(letter);
    return record;
  });
}

/** A topic that nobody made yet is made: asking for its offsets would wait half a minute for it to come. */
async function partitions(log: EventLog): ReturnType<EventLog['offsets']> {
  await log.ensureTopics(topicSettings.filter(({ topic }) => topic === topics.driftDeadLetters));
  return log.offsets(topics.driftDeadLetters);
}
