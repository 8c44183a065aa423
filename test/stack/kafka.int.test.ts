// Proves that the embedded Kafka takes and gives messages, makes no topic by itself, listens on this machine only, and
// has every message still after kill -9 and a restart on the same folder and port.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { expect, it, onTestFinished } from 'vitest';
import type { Part } from '../../stack/part.ts';
import { startKafka } from '../../stack/parts/kafka.ts';
import { silent, temporaryFolder } from './support.ts';

const TOPIC = 'kept';

function kafkaOf(part: Part): Kafka {
  return new Kafka({ clientId: 'test', brokers: [part.address], logLevel: logLevel.NOTHING });
}

async function clusterIdOf(part: Part): Promise<string> {
  const admin = kafkaOf(part).admin();
  await admin.connect();
  const { clusterId } = await admin.describeCluster();
  await admin.disconnect();
  return clusterId;
}

async function send(part: Part, values: readonly string[]): Promise<void> {
  const producer = kafkaOf(part).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  await producer.send({ topic: TOPIC, acks: -1, messages: values.map((value) => ({ key: value, value })) });
  await producer.disconnect();
}

async function receive(part: Part, groupId: string, count: number): Promise<string[]> {
  const consumer = kafkaOf(part).consumer({ groupId, allowAutoTopicCreation: false });
  onTestFinished(() => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  const values: string[] = [];
  return new Promise((resolve, reject) => {
    consumer
      .run({
        eachMessage: async ({ message }) => {
          values.push(String(message.value));
          if (values.length === count) resolve(values);
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
}

it('keeps its messages through kill -9 and a restart on the same port', async () => {
  const dataDir = await temporaryFolder();
  const first = await startKafka({ dataDir });
  onTestFinished(() => first.stop());
  const admin = kafkaOf(first).admin();
  await admin.connect();
  expect(await admin.listTopics()).toEqual([]);
  const { clusterId } = await admin.describeCluster();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1 }] });
  await admin.disconnect();
  await send(first, ['one', 'two']);
  expect(await receive(first, 'before', 2)).toEqual(['one', 'two']);

  first.kill('SIGKILL');
  await first.exited;
  const port = Number(first.address.split(':')[1]);
  const said: string[] = [];
  const second = await startKafka({ dataDir, port, say: (line) => said.push(line) });
  onTestFinished(() => second.stop());
  expect(second.address, said.join()).toBe(first.address);
  expect(await clusterIdOf(second)).toBe(clusterId);
  await send(second, ['three']);
  expect(await receive(second, 'after', 3)).toEqual(['one', 'two', 'three']);
});

it('is another cluster in another folder: offsets of the one mean nothing in the other', async () => {
  const ids: string[] = [];
  for (const dataDir of [await temporaryFolder(), await temporaryFolder()]) {
    const part = await startKafka({ dataDir });
    onTestFinished(() => part.stop());
    ids.push(await clusterIdOf(part));
    await part.stop();
  }
  expect(new Set(ids).size).toBe(2);
});

it('makes no topic for a producer that names a wrong one, and listens on this machine only', async () => {
  const dataDir = await temporaryFolder();
  const part = await startKafka({ dataDir, say: silent });
  onTestFinished(() => part.stop());
  await expect(send(part, ['lost'])).rejects.toThrow(/does not host this topic-partition/);
  const listeners =
    /^listeners=(.*)$/m.exec(readFileSync(join(dataDir, 'server.properties'), 'utf8'))?.[1] ?? '';
  expect(
    listeners.split(',').map((listener) => new URL(listener.replace(/^\w+:/, 'http:')).hostname),
  ).toEqual(['127.0.0.1', '127.0.0.1']);
});
