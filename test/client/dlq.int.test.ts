// Proves, with a real Kafka and the command as a process of its own: dead letters are listed with place, reason and time, shown whole,
// and replayed to their topic with the same event id and a header that says so; one that is still wrong stays.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventLog, ReceivedRecord } from '../../adapters/kafka/index.ts';
import type { DeadLetter } from '../../client/dlq.ts';
import { topicSettings, topics } from '../../contracts/topics.ts';
import { deadLetter } from '../../services/ingest/dead-letters.ts';
import { readEvent } from '../../services/ingest/read-event.ts';
import { drift, driftRecord, received } from '../ingest/events.ts';
import { startBroker } from '../kafka/broker.ts';
import type { TestBroker } from '../kafka/broker.ts';
import { runCli } from './run-cli.ts';

let broker: TestBroker;
let kafka: EventLog;
let folder: string;
const cli = (...args: string[]) => runCli(args, folder, { KAFKA_BROKERS: broker.settings.brokers.join(',') });
const good = received(driftRecord('good-1', drift('churn')), 41, 2);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatrial-dlq-'));
  broker = await startBroker();
  kafka = await broker.connect();
});
afterAll(async () => {
  await kafka?.close();
  await broker?.destroy();
  await rm(folder, { recursive: true, force: true });
});

test('without the topic there are no dead letters', async () => {
  expect(await cli('dlq', 'list')).toEqual({ code: 0, stdout: 'no dead letters\n', stderr: '' });
});

test('list, show, replay', async () => {
  await kafka.ensureTopics(
    topicSettings.filter(({ topic }) => topic === topics.drift || topic === topics.driftDeadLetters),
  );
  // As ingest writes them: one that Temporal once refused and that is sound, and one that is not JSON.
  const refusedByTemporal = {
    code: 'temporal-already-exists',
    stage: 'TASK_PUT',
    reason: 'the model was closed',
  } as const;
  const bad: ReceivedRecord = { ...good, offset: 42, value: Buffer.from('{"model":\u001b[31m') };
  const reading = readEvent(bad);
  if (reading.ok) throw new Error('the record should be poison');
  await kafka.publish(topics.driftDeadLetters, [
    deadLetter({ record: good, refusal: refusedByTemporal }, 'seatrial-ingest'),
    deadLetter(reading.refused, 'seatrial-ingest'),
  ]);

  const listed = await cli('dlq', 'list', '-o', 'json');
  expect(listed.code).toBe(0);
  const letters = JSON.parse(listed.stdout) as DeadLetter[];
  expect(letters).toMatchObject([
    {
      letter: '0:0',
      topic: topics.drift,
      partition: 2,
      offset: 41,
      code: 'temporal-already-exists',
      eventId: 'good-1',
    },
    { letter: '0:1', topic: topics.drift, partition: 2, offset: 42, code: 'not-json', eventId: 'good-1' },
  ]);
  for (const { failedAt, reason } of letters)
    expect([Number.isNaN(Date.parse(failedAt)), reason === '']).toEqual([false, false]);
  const text = (await cli('dlq', 'list', '--limit', '1')).stdout;
  expect(text).toContain('0:1');
  expect(text).not.toContain('0:0 ');

  const shown = await cli('dlq', 'show', '0:0', '-o', 'json');
  expect(JSON.parse(shown.stdout)).toMatchObject({
    key: 'churn',
    value: String(good.value),
    headers: { ce_id: 'good-1' },
  });
  expect((await cli('dlq', 'show', '0:1')).stdout).not.toContain('\u001b');

  const replayed = await cli('dlq', 'replay', '0:0', '0:1', '0:0', '-o', 'json');
  expect(replayed.code).toBe(10);
  expect(JSON.parse(replayed.stdout)).toMatchObject([
    { letter: '0:0', replayed: true, eventId: 'good-1', reason: null },
    { letter: '0:1', replayed: false, reason: expect.stringContaining('not-json') },
  ]);
  const records: ReceivedRecord[] = [];
  const offsets = await kafka.offsets(topics.drift);
  await kafka.readRange(
    { topic: topics.drift, from: Object.fromEntries(offsets.map(({ partition, low }) => [partition, low])) },
    (some) => {
      records.push(...some);
    },
  );
  expect(records).toHaveLength(1);
  expect(records[0]!.headers).toEqual({ ...good.headers, 'x-seatrial-replay-of': `${topics.drift}/2/41` });
  expect([records[0]!.key, records[0]!.value]).toEqual([good.key, good.value]);
  expect(readEvent(records[0]!)).toMatchObject({ ok: true });
});

test('a letter that is not there, and a Kafka that is not named', async () => {
  for (const letter of ['0:99', '7:0', 'first']) {
    const { code, stderr } = await cli('dlq', 'show', letter);
    expect([code, stderr]).toEqual([2, expect.stringContaining('There is no dead letter')]);
  }
  expect(await runCli(['dlq', 'list'], folder)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('KAFKA_BROKERS'),
  });
});
