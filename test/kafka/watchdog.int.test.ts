// Proves that nobody is left alone by a broken consumer or a broken offset: one that lives and heartbeats but reads nothing
// is built anew, one that
// the group does not know any more too, and a group that stands past the end of its partition stops there and says so instead of jumping.
import { Kafka, KafkaJSProtocolError } from 'kafkajs';
import type { Consumer } from 'kafkajs';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAdministration } from '../../adapters/kafka/admin.ts';
import { createKafka } from '../../adapters/kafka/client.ts';
import { consume } from '../../adapters/kafka/consume.ts';
import type { EventLog } from '../../adapters/kafka/index.ts';
import { newTopic, startBroker, testLogger, until } from './broker.ts';
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

test('a consumer that lives but reads nothing is built anew, and nothing is lost', async () => {
  const topic = await newTopic(log, 2);
  const kafka = createKafka(broker.settings, testLogger());
  const admin = createAdministration(kafka, testLogger());
  const consumers: Consumer[] = [];
  const original = kafka.consumer.bind(kafka);
  kafka.consumer = (config) => {
    const consumer = original(config);
    consumers.push(consumer);
    return consumer;
  };
  const seen: string[] = [];
  const consumption = await consume(
    kafka,
    admin,
    testLogger(),
    { group: randomUUID(), topics: [topic] },
    async ({ records }) => {
      seen.push(...records.map(({ value }) => String(value)));
      return { kind: 'done' };
    },
  );
  await log.publish(topic, [{ key: 'a', value: 'first' }]);
  await until('the first record has come', () => seen.length === 1);

  // Behind the adapter's back: the consumer goes on with heartbeats, and fetches nothing any more.
  consumers[0]!.pause([{ topic }]);
  await log.publish(topic, [{ key: 'a', value: 'second' }]);
  await until('the second record has come', () => seen.length === 2);
  expect(seen).toEqual(['first', 'second']);
  expect(consumers.length).toBeGreaterThan(1);
  await until('health is green again', () => consumption.health().ok);
  await consumption.stop();
  await admin.close();
});

test('a consumer whose generation the group does not know any more turns red and is built anew, and nothing is lost', async () => {
  const topic = await newTopic(log, 2);
  const group = randomUUID();
  const kafka = createKafka(broker.settings, testLogger());
  const admin = createAdministration(kafka, testLogger());
  const original = kafka.consumer.bind(kafka);
  let consumers = 0;
  let refusals = 0;
  kafka.consumer = (config) => {
    const consumer = original(config);
    const { run } = consumer;
    if (++consumers > 1) return consumer;
    const refuse = async (): Promise<never> => {
      refusals++;
      throw Object.assign(new KafkaJSProtocolError('not this generation'), { type: 'ILLEGAL_GENERATION' });
    };
    // The broker goes on answering fetches, and the library does not notice that its membership is gone.
    consumer.run = (options) =>
      run({
        ...options,
        eachBatch: async (payload) =>
          options?.eachBatch?.({ ...payload, heartbeat: refuse, commitOffsetsIfNecessary: refuse }),
      });
    return consumer;
  };
  const seen = new Set<string>();
  const consumption = await consume(
    kafka,
    admin,
    testLogger(),
    { group, topics: [topic] },
    async ({ records }) => {
      for (const { value } of records) seen.add(String(value));
      return { kind: 'done' };
    },
  );
  await until('it has joined', () => consumption.health().ok);
  await log.publish(
    topic,
    Array.from({ length: 40 }, (_, index) => ({ key: `k${index}`, value: `${index}` })),
  );
  await until('the group has refused it', () => refusals > 0);
  await until('health says so', () => /the group has not known this/.test(consumption.health().detail));
  expect(consumption.health().ok).toBe(false);
  await until('everything is committed', async () => (await log.lag(group, [topic])) === 0);
  expect(consumers).toBe(2);
  expect(seen.size).toBe(40);
  await until('health is green again', () => consumption.health().ok);
  await consumption.stop();
  await admin.close();
});

test('a group past the end of its partition stops there and says why; other partitions go on', async () => {
  const topic = await newTopic(log, 2);
  const group = randomUUID();
  const kafka = new Kafka({ brokers: [...broker.settings.brokers], logLevel: 0 });
  const admin = kafka.admin();
  await admin.connect();
  await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '500' }] });
  await admin.disconnect();
  const records = Array.from({ length: 40 }, (_, index) => ({ key: `k${index}`, value: String(index) }));
  await log.publish(topic, records);
  const partitions = new Set<number>();
  const consumption = await log.consume({ group, topics: [topic] }, async ({ partition }) => {
    partitions.add(partition);
    return { kind: 'done' };
  });
  await until('the other partition has come', () => partitions.has(1));
  await until('health is red', () => !consumption.health().ok);
  expect(consumption.health().detail).toMatch(/at offset 500, the partition ends at \d+/);
  expect(partitions.has(0)).toBe(false);
  await consumption.stop();
});
