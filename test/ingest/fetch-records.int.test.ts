// Proves that records which were let go of are found again by their offsets, on a real broker, and that those that are gone are missing.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventLog } from '../../adapters/kafka/index.ts';
import { fetchRecords } from '../../services/ingest/fetch-records.ts';
import { newTopic, startBroker } from '../kafka/broker.ts';
import type { TestBroker } from '../kafka/broker.ts';

let broker: TestBroker;
let log: EventLog;
beforeAll(async () => {
  broker = await startBroker();
  log = await broker.connect();
});
afterAll(async () => {
  await log.close();
  await broker.destroy();
});

test('the wanted ones come, whole and in order, and no other', async () => {
  const topic = await newTopic(log, 1);
  await log.publish(
    topic,
    Array.from({ length: 10 }, (_, n) => ({ key: `k${n}`, value: `v${n}`, headers: { n: String(n) } })),
  );
  const records = await fetchRecords(log, topic, 0, [2, 5, 9]);
  expect(
    records.map(({ offset, key, value, headers }) => [offset, key?.toString(), value?.toString(), headers]),
  ).toEqual([
    [2, 'k2', 'v2', { n: '2' }],
    [5, 'k5', 'v5', { n: '5' }],
    [9, 'k9', 'v9', { n: '9' }],
  ]);
  // Behind the end: a topic that was made anew.
  expect((await fetchRecords(log, topic, 0, [8, 12])).map(({ offset }) => offset)).toEqual([8]);
  expect(await fetchRecords(log, topic, 0, [12])).toEqual([]);
});
