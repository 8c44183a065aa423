// Proves, with the real process between a real Kafka and a real Temporal: of every kind of poison between good events each is in the
// dead letters exactly once, with where, why and when, also when ingest is killed after it wrote them and before it committed; no
// good event is held up or lost; and `seatrial dlq` lists, shows and refuses to replay them.
import { Client, Connection } from '@temporalio/client';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventLog, ReceivedRecord } from '../../adapters/kafka/index.ts';
import type { DeadLetter, Replay } from '../../client/dlq.ts';
import { topicSettings, topics } from '../../contracts/topics.ts';
import type { Part } from '../../stack/part.ts';
import { freePort } from '../../stack/ports.ts';
import { startTemporal } from '../../stack/parts/temporal.ts';
import { startScript } from '../../stack/process.ts';
import type { RunningProcess } from '../../stack/process.ts';
import { runCli } from '../client/run-cli.ts';
import { startBroker, until } from '../kafka/broker.ts';
import type { TestBroker } from '../kafka/broker.ts';
import { drift, driftRecord } from './events.ts';
import { poison } from './poison.ts';
import { signalledOffsets } from './signalled-offsets.ts';

const CONNECT = '__connect.errors.';
let root: string;
let broker: TestBroker;
let temporal: Part;
let log: EventLog;
let client: Client;
let ingest: RunningProcess | undefined;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'seatrial-poison-'));
  [broker, temporal] = await Promise.all([startBroker(), startTemporal({ dataDir: join(root, 'temporal') })]);
  log = await broker.connect();
  await log.ensureTopics(topicSettings);
  client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
});
afterAll(async () => {
  await ingest?.stop();
  await client?.connection.close();
  await log?.close();
  await Promise.all([broker?.destroy(), temporal?.stop()]);
  rmSync(root, { recursive: true, force: true });
});

const kafka = (): Record<string, string> => ({ KAFKA_BROKERS: broker.settings.brokers.join(',') });

async function startIngest(): Promise<RunningProcess> {
  const port = await freePort();
  return startScript({
    name: 'ingest',
    file: fileURLToPath(new URL('../../services/ingest/main.ts', import.meta.url)),
    env: { ...kafka(), TEMPORAL_ADDRESS: temporal.address, HEALTH_PORT: String(port), LOG_LEVEL: 'info' },
    log: join(root, 'ingest.log'),
    ready: async () => (await fetch(`http://127.0.0.1:${port}/health`)).ok,
  });
}

async function letters(): Promise<ReceivedRecord[]> {
  const all: ReceivedRecord[] = [];
  await log.readRange({ topic: topics.driftDeadLetters, from: { 0: 0 } }, (some) => void all.push(...some));
  return all;
}
const settled = async (): Promise<boolean> => (await log.lag('seatrial-ingest', [topics.drift])) === 0;
const ends = async (): Promise<number[]> => (await log.offsets(topics.drift)).map(({ high }) => high);

/** A good event before each poison and one behind the last, in this order: even offsets are good. */
async function publishAll(key: string): Promise<void> {
  const good = (id: string) => driftRecord(`${key}-${id}`, drift(key));
  await log.publish(topics.drift, [
    ...poison(key).flatMap(({ record, name }) => [good(`before ${name}`), record]),
    good('last'),
  ]);
}

const lettersOf = async (key: string): Promise<ReceivedRecord[]> =>
  (await letters()).filter((letter) => letter.key?.toString() === key);
const offsetOf = ({ headers }: ReceivedRecord): number => Number(headers[`${CONNECT}offset`]);
const goodOffsets = (first: number, key: string): number[] =>
  Array.from({ length: poison(key).length + 1 }, (_, index) => first + 2 * index);

test('each kind of poison is set aside once, unchanged, with where, why and when; good events pass', async () => {
  ingest = await startIngest();
  const before = Date.now();
  await publishAll('poisoned');
  await until('all are settled', settled);

  const found = (await lettersOf('poisoned')).sort((a, b) => offsetOf(a) - offsetOf(b));
  expect(found).toHaveLength(poison('poisoned').length);
  for (const [index, { name, code, record }] of poison('poisoned').entries()) {
    const letter = found[index]!;
    expect(letter.headers, name).toMatchObject({
      ...record.headers,
      [`${CONNECT}topic`]: topics.drift,
      [`${CONNECT}partition`]: expect.stringMatching(/^[0-5]$/),
      [`${CONNECT}offset`]: String(2 * index + 1),
      [`${CONNECT}connector.name`]: 'seatrial-ingest',
      [`${CONNECT}stage`]: expect.stringMatching(/^(VALUE_CONVERTER|TRANSFORMATION)$/),
      [`${CONNECT}exception.class.name`]: code,
      [`${CONNECT}exception.message`]: expect.stringMatching(/./),
      'x-seatrial-error-code': code,
    });
    const failedAt = Date.parse(letter.headers['x-seatrial-failed-at']!);
    expect(failedAt, name).toBeGreaterThanOrEqual(before);
    expect(failedAt, name).toBeLessThanOrEqual(Date.now());
    const original = record.value === null ? null : Buffer.from(record.value);
    expect(letter.value === null ? null : letter.value.equals(original!), name).toBe(
      original === null ? null : true,
    );
  }
  expect(await signalledOffsets(client, 'poisoned')).toEqual(goodOffsets(0, 'poisoned'));
});

test('killed between the dead letters and the commit, ingest writes none of them twice', async () => {
  const kinds = poison('again').length;
  // Temporal is frozen, so the letters of the first slice are written and it cannot be settled.
  temporal.kill('SIGSTOP');
  await publishAll('again');
  await until('letters are written', async () => (await lettersOf('again')).length > 0);
  ingest!.kill('SIGKILL');
  await ingest!.exited;
  temporal.kill('SIGCONT');
  expect(await settled()).toBe(false);

  ingest = await startIngest();
  await until('all are settled', settled);
  const found = await lettersOf('again');
  expect(found).toHaveLength(kinds);
  expect(new Set(found.map(offsetOf)).size).toBe(kinds);
  const reached = await signalledOffsets(client, 'again');
  const first = Math.min(...reached);
  expect([...new Set(reached)]).toEqual(goodOffsets(first, 'again'));
});

test('restarted in order, it finds nothing to do again', async () => {
  await ingest!.stop();
  const before = (await letters()).length;
  ingest = await startIngest();
  await log.publish(topics.drift, [{ key: 'last', value: 'not an event' }]);
  await until('a new one is set aside', async () => (await lettersOf('last')).length === 1);
  expect(await letters()).toHaveLength(before + 1);
});

test('seatrial dlq lists them, shows one, and replays none that is still wrong', async () => {
  const cli = (...args: string[]) => runCli(['dlq', ...args, '-o', 'json'], root, kafka());
  const listed = JSON.parse((await cli('list')).stdout) as DeadLetter[];
  expect(listed).toHaveLength(2 * poison('any').length + 1);
  const first = listed.slice(0, poison('any').length);
  expect(first.map(({ code }) => code).sort()).toEqual(
    poison('any')
      .map(({ code }) => code)
      .sort(),
  );
  for (const { topic, offset, reason, failedAt } of listed)
    expect([topic, offset >= 0, reason !== '', Number.isNaN(Date.parse(failedAt))]).toEqual([
      topics.drift,
      true,
      true,
      false,
    ]);
  const nan = listed.find(({ reason }) => reason.includes('NaN'))!;
  expect(JSON.parse((await cli('show', nan.letter)).stdout)).toMatchObject({
    code: 'not-json',
    key: 'poisoned',
  });

  const before = await ends();
  const replay = await cli('replay', ...first.map(({ letter }) => letter));
  expect(replay.code).toBe(10);
  for (const { replayed, reason } of JSON.parse(replay.stdout) as Replay[])
    expect([replayed, reason]).toEqual([false, expect.stringMatching(/^[a-z0-9-]+: ./)]);
  expect(await ends()).toEqual(before);
});
