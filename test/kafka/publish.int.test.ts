// Proves, on a real broker: what is published comes back unchanged and in order, keys keep their partition by murmur2, one
// caller's bad record is not another's, and readRange reads exactly the range it was asked for.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventLog, ReceivedRecord } from '../../adapters/kafka/index.ts';
import { newTopic, startBroker } from './broker.ts';
import type { TestBroker } from './broker.ts';

let broker: TestBroker;
let log: EventLog;

beforeAll(async () => {
  broker = await startBroker();
  log = await broker.connect();
});
afterAll(async () => {
  await log?.close();
  await broker?.destroy();
});

async function readAll(
  topic: string,
  from: Record<number, number>,
  to?: Record<number, number>,
): Promise<ReceivedRecord[]> {
  const all: ReceivedRecord[] = [];
  await log.readRange(
    { topic, from, ...(to === undefined ? {} : { to }) },
    (records) => void all.push(...records),
  );
  return all;
}

test('keys, values, headers and tombstones survive the round trip', async () => {
  const topic = await newTopic(log, 1);
  const bytes = Buffer.from([0, 255, 1, 254]);
  await log.publish(topic, [
    { key: 'schlüssel', value: 'wert', headers: { 'content-type': 'text/plain', ce_id: 'ü' } },
    { key: null, value: bytes },
    { key: 'gone', value: null },
    { key: '', value: '' },
  ]);
  const records = await readAll(topic, { 0: 0 });
  expect(records.map(({ offset }) => offset)).toEqual([0, 1, 2, 3]);
  expect(records.map(({ key }) => key?.toString() ?? null)).toEqual(['schlüssel', null, 'gone', '']);
  expect(records[0]!.headers).toEqual({ 'content-type': 'text/plain', ce_id: 'ü' });
  expect(records[1]!.value).toEqual(bytes);
  expect(records[2]!.value).toBeNull();
  expect(records[3]!.value).toEqual(Buffer.alloc(0));
});

test('ensureTopics can be called again, and the cluster has a name', async () => {
  const topic = await newTopic(log, 3);
  await log.ensureTopics([{ topic, partitions: 3, config: {} }]);
  expect((await log.offsets(topic)).map(({ partition, low, high }) => [partition, low, high])).toEqual([
    [0, 0, 0],
    [1, 0, 0],
    [2, 0, 0],
  ]);
  expect(await log.clusterId()).toMatch(/^[\w-]{22}$/);
});

test('a key goes to the partition that Java murmur2 gives it', async () => {
  const topic = await newTopic(log, 6);
  // Reference values: positive(murmur2(key)) % 6, from the published test vectors of the Java client:
  // murmur2("21") = -973932308, murmur2("foobar") = -790332482, murmur2("a-little-bit-long-string") = -985981536.
  const vectors: Record<string, number> = {
    '21': -973932308,
    foobar: -790332482,
    'a-little-bit-long-string': -985981536,
  };
  await log.publish(
    topic,
    Object.keys(vectors).map((key) => ({ key, value: key })),
  );
  const records = await readAll(topic, { 0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 });
  expect(records).toHaveLength(3);
  for (const { key, partition } of records)
    expect(partition, key!.toString()).toBe((vectors[key!.toString()]! & 0x7fffffff) % 6);
});

test('thousands of small calls keep their order within a key, each record once', async () => {
  const topic = await newTopic(log, 3);
  const calls: Promise<void>[] = [];
  for (let index = 0; index < 5_000; index++)
    calls.push(log.publish(topic, [{ key: `k${index % 7}`, value: String(index) }]));
  await Promise.all(calls);
  const records = await readAll(topic, { 0: 0, 1: 0, 2: 0 });
  expect(records).toHaveLength(5_000);
  for (let key = 0; key < 7; key++) {
    const values = records
      .filter((record) => record.key!.toString() === `k${key}`)
      .map(({ value }) => Number(value));
    expect(values).toEqual(Array.from({ length: values.length }, (_, index) => index * 7 + key));
  }
});

test('readRange reads [from, to) of the partitions that it is given, and nothing else', async () => {
  const topic = await newTopic(log, 3);
  for (let index = 0; index < 300; index++)
    await log.publish(topic, [{ key: `k${index}`, value: String(index) }]);
  const offsets = await log.offsets(topic);
  expect(offsets.every(({ high }) => high > 60)).toBe(true);
  const records = await readAll(topic, { 0: 10, 2: 50 }, { 0: 37 });
  const ofPartition = (partition: number): number[] =>
    records.filter((record) => record.partition === partition).map(({ offset }) => offset);
  const count = (from: number, to: number): number[] =>
    Array.from({ length: to - from }, (_, index) => from + index);
  expect(ofPartition(0)).toEqual(count(10, 37));
  expect(ofPartition(1)).toEqual([]);
  expect(ofPartition(2)).toEqual(count(50, offsets[2]!.high));
  expect(await readAll(topic, { 0: 5 }, { 0: 5 })).toEqual([]);
  await expect(readAll(topic, { 0: 10_000 })).rejects.toMatchObject({ code: 'out-of-range' });
  await expect(readAll(topic, { 9: 0 })).rejects.toMatchObject({ code: 'unknown-topic' });
});

test('readRange hands on what its reader throws', async () => {
  const topic = await newTopic(log, 1);
  await log.publish(topic, [{ key: 'a', value: 'b' }]);
  await expect(
    log.readRange({ topic, from: { 0: 0 } }, () => {
      throw new Error('reader broke');
    }),
  ).rejects.toThrow('reader broke');
});

test('tail goes on from where it was told, gets what comes later, and ends when aborted', async () => {
  const topic = await newTopic(log, 2);
  await log.publish(
    topic,
    Array.from({ length: 20 }, (_, index) => ({ key: `k${index}`, value: `old-${index}` })),
  );
  const before = await log.offsets(topic);
  const end = new AbortController();
  const seen: string[] = [];
  const tailing = log.tail(
    {
      topics: [topic],
      from: { [topic]: { 0: before[0]!.high - 1, 1: before[1]!.high } },
      signal: end.signal,
    },
    (records) => {
      seen.push(...records.map(({ value }) => String(value)));
      if (seen.length >= 11) end.abort();
    },
  );
  await log.publish(
    topic,
    Array.from({ length: 10 }, (_, index) => ({ key: `k${index}`, value: `new-${index}` })),
  );
  await tailing;
  expect(seen.filter((value) => value.startsWith('old-'))).toHaveLength(1);
  expect(seen.filter((value) => value.startsWith('new-')).sort()).toEqual(
    Array.from({ length: 10 }, (_, index) => `new-${index}`),
  );
});

test('a record that is too large fails its own call only', async () => {
  const topic = await newTopic(log, 1, { 'max.message.bytes': '10000' });
  const good = log.publish(topic, [{ key: 'a', value: 'small' }]);
  const bad = log.publish(topic, [{ key: 'b', value: 'x'.repeat(20_000) }]);
  const alsoGood = log.publish(topic, [{ key: 'c', value: 'small' }]);
  await expect(bad).rejects.toMatchObject({ code: 'too-large', retryable: false });
  await Promise.all([good, alsoGood]);
  expect((await readAll(topic, { 0: 0 })).map(({ key }) => key!.toString()).sort()).toEqual(['a', 'c']);
});
