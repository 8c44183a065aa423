// Proves, with a real Kafka: what comes in by HTTP lands in the drift topic keyed by model and readable by the consumer, canonical in
// both content modes or in a monitor's own words; what is wrong gets a reason and writes nothing; the token and the size limit hold.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { EventLog, ReceivedRecord } from '../../../adapters/kafka/index.ts';
import { encodeEvent } from '../../../contracts/cloudevents.ts';
import { eventTypes } from '../../../contracts/live-events.ts';
import { serveIntake } from '../../../services/ingest/http-intake.ts';
import type { Intake } from '../../../services/ingest/http-intake.ts';
import { readEvent } from '../../../services/ingest/read-event.ts';
import { topics } from '../../../contracts/topics.ts';
import { freePort } from '../../../stack/ports.ts';
import { startScript } from '../../../stack/process.ts';
import { newTopic, startBroker, testLogger } from '../../kafka/broker.ts';
import type { TestBroker } from '../../kafka/broker.ts';
import { drift } from '../events.ts';

let broker: TestBroker;
let kafka: EventLog;
let topic: string;
let intake: Intake | undefined;

beforeAll(async () => {
  broker = await startBroker();
  kafka = await broker.connect();
});
afterAll(async () => {
  await kafka?.close();
  await broker?.destroy();
});
afterEach(async () => {
  await intake?.close();
  intake = undefined;
});

async function start(token?: string): Promise<void> {
  topic = await newTopic(kafka, 3);
  const config = { evidently: { model: 'churn', version: '7', monitorId: 'daily' } };
  intake = await serveIntake({
    port: 0,
    topic,
    log: testLogger(),
    kafka,
    config,
    ...(token === undefined ? {} : { token }),
  });
}

async function post(path: string, body: string | Buffer, headers: Record<string, string> = {}) {
  const response = await fetch(`http://127.0.0.1:${intake!.port}${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: response.status, body: await response.json() };
}

async function written(): Promise<ReceivedRecord[]> {
  const records: ReceivedRecord[] = [];
  const offsets = await kafka.offsets(topic);
  await kafka.readRange(
    { topic, from: Object.fromEntries(offsets.map(({ partition, low }) => [partition, low])) },
    (some) => {
      records.push(...some);
    },
  );
  return records;
}

const report = JSON.stringify({
  metrics: [
    {
      metric_name: 'ValueDrift',
      value: 0.001,
      config: { column: 'age', method: 'p_value', threshold: 0.05 },
    },
  ],
});
const attributes = {
  specversion: '1.0',
  id: 'one',
  source: '/monitors/own/daily',
  type: eventTypes.driftDetected,
  time: '2026-11-20T08:00:00Z',
};

test('a monitor’s own words become records keyed by model, also when sent twice', async () => {
  await start();
  const headers = { 'x-seatrial-window-end': '2026-11-20T00:00:00Z' };
  const first = await post('/v1/drift/evidently', report, headers);
  expect(first).toEqual({ status: 202, body: { ids: [expect.stringMatching(/^[0-9a-f]{64}$/)] } });
  expect(await post('/v1/drift/evidently', report, headers)).toEqual(first);
  await post('/v1/drift/evidently?model=income', report, headers);
  const records = await written();
  expect(records.map(({ key }) => key?.toString()).sort()).toEqual(['churn', 'churn', 'income']);
  for (const record of records) expect(readEvent(record)).toMatchObject({ ok: true });
});

test('canonical events, structured and binary', async () => {
  await start();
  const structured = JSON.stringify({ ...attributes, partitionkey: 'elsewhere', data: drift('churn') });
  expect(await post('/v1/drift', structured, { 'content-type': 'application/cloudevents+json' })).toEqual({
    status: 202,
    body: { ids: ['one'] },
  });
  const { value } = encodeEvent({ ...attributes, data: drift('income') });
  const headers = Object.fromEntries(
    Object.entries({ ...attributes, id: 'two%20words' }).map(([name, text]) => [`ce-${name}`, text]),
  );
  expect(await post('/v1/drift', value, headers)).toEqual({ status: 202, body: { ids: ['two words'] } });
  const records = await written();
  expect(records.map(({ key, headers: { ce_id } }) => [key?.toString(), ce_id]).sort()).toEqual([
    ['churn', 'one'],
    ['income', 'two words'],
  ]);
  for (const record of records) expect(readEvent(record)).toMatchObject({ ok: true });
});

test('what is wrong gets a reason, and nothing is written', async () => {
  await start();
  const wrong: [string, string, Record<string, string>, number, string][] = [
    ['/v1/drift/evidently', '{"metrics":', {}, 400, 'not-json'],
    ['/v1/drift/evidently', '{"__proto__":{}}', {}, 400, 'forbidden-key'],
    ['/v1/drift/evidently', '['.repeat(1000), {}, 400, 'too-deep'],
    ['/v1/drift/evidently', '{"metrics":[]}', {}, 400, 'not-understood'],
    ['/v1/drift/alibi-detect', '{"data":{"is_drift":1,"p_val":0.01,"threshold":0.05}}', {}, 400, 'no-model'],
    ['/v1/drift', '{}', {}, 400, 'not-cloudevent'],
    [
      '/v1/drift',
      JSON.stringify({ ...attributes, data: {} }),
      { 'content-type': 'application/cloudevents+json' },
      400,
      'bad-model',
    ],
    ['/v1/drift/nobody', '{}', {}, 404, 'not-found'],
    ['/v1/drift/evidently', 'x'.repeat(1_100_000), {}, 413, 'too-large'],
  ];
  for (const [path, body, headers, status, code] of wrong) {
    const answer = await post(path, body, headers);
    expect(answer, path + code).toMatchObject({
      status,
      body: { error: { code, message: expect.stringMatching(/.{8,}/) } },
    });
  }
  const got = await fetch(`http://127.0.0.1:${intake!.port}/v1/drift`);
  expect(got.status).toBe(405);
  expect(await written()).toEqual([]);
});

test('with a token only its bearer comes in', async () => {
  await start('s3cret');
  expect(await post('/v1/drift/evidently', report)).toMatchObject({ status: 401 });
  expect(await post('/v1/drift/evidently', report, { authorization: 'Bearer guess' })).toMatchObject({
    status: 401,
  });
  expect(await post('/v1/drift/evidently', report, { authorization: 'Bearer s3cret' })).toMatchObject({
    status: 202,
  });
  expect(await written()).toHaveLength(1);
});

test('the process of ingest takes calls on INTAKE_PORT, with its token and its file of settings', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-intake-'));
  const [port, health, nobody] = [await freePort(), await freePort(), await freePort()];
  writeFileSync(join(folder, 'intake.json'), JSON.stringify({ evidently: { model: 'churn', version: '7' } }));
  const call = (authorization: string) =>
    fetch(`http://127.0.0.1:${port}/v1/drift/evidently`, {
      method: 'POST',
      body: report,
      headers: { authorization },
    });
  const running = await startScript({
    name: 'ingest',
    file: fileURLToPath(new URL('../../../services/ingest/main.ts', import.meta.url)),
    env: {
      KAFKA_BROKERS: broker.settings.brokers.join(','),
      // Temporal is away, and events are taken all the same.
      TEMPORAL_ADDRESS: `127.0.0.1:${nobody}`,
      HEALTH_PORT: String(health),
      INTAKE_PORT: String(port),
      INTAKE_TOKEN: 's3cret',
      INTAKE_CONFIG: join(folder, 'intake.json'),
    },
    log: join(folder, 'ingest.log'),
    ready: async () => (await call('Bearer guess')).status === 401,
  });
  try {
    topic = topics.drift;
    expect((await call('Bearer s3cret')).status).toBe(202);
    expect((await written()).map(({ key }) => key?.toString())).toEqual(['churn']);
  } finally {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
