// Proves, with the real process between a real Kafka and a real Temporal: valid events arrive as signals in offset order,
// an absent Temporal dead-letters nothing, and a slice whose
// commit was lost makes no second signal.
import { Client, Connection } from '@temporalio/client';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { EventLog, ReceivedRecord } from '../../adapters/kafka/index.ts';
import { modelWorkflowId } from '../../contracts/ids.ts';
import { modelSignals } from '../../contracts/messages.ts';
import type { DriftFold } from '../../contracts/messages.ts';
import { topicSettings, topics } from '../../contracts/topics.ts';
import type { Part } from '../../stack/part.ts';
import { freePort } from '../../stack/ports.ts';
import { startTemporal } from '../../stack/parts/temporal.ts';
import { startScript } from '../../stack/process.ts';
import type { RunningProcess } from '../../stack/process.ts';
import { startBroker, until } from '../kafka/broker.ts';
import type { TestBroker } from '../kafka/broker.ts';
import { drift, driftRecord } from './events.ts';

let root: string;
let broker: TestBroker;
let temporal: Part;
let log: EventLog;
let client: Client;
let ingest: Ingest | undefined;

interface Ingest {
  readonly process: RunningProcess;
  health(): Promise<{ status: number; ok: boolean; detail: string }>;
  metric(line: string): Promise<number>;
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'seatrial-ingest-'));
  [broker, temporal] = await Promise.all([startBroker(), startTemporal({ dataDir: join(root, 'temporal') })]);
  log = await broker.connect();
  await log.ensureTopics(topicSettings);
  client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
});
afterEach(async () => {
  await ingest?.process.stop();
  ingest = undefined;
});
afterAll(async () => {
  await client?.connection.close();
  await log?.close();
  await Promise.all([broker?.destroy(), temporal?.stop()]);
  rmSync(root, { recursive: true, force: true });
});

async function startIngest(): Promise<Ingest> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const process = await startScript({
    name: 'ingest',
    file: fileURLToPath(new URL('../../services/ingest/main.ts', import.meta.url)),
    env: {
      KAFKA_BROKERS: broker.settings.brokers.join(','),
      TEMPORAL_ADDRESS: temporal.address,
      HEALTH_PORT: String(port),
      LOG_LEVEL: 'info',
    },
    log: join(root, 'ingest.log'),
    ready: async () => (await fetch(`${url}/health`)).ok,
  });
  return {
    process,
    health: async () => {
      const response = await fetch(`${url}/health`);
      return { status: response.status, ...((await response.json()) as { ok: boolean; detail: string }) };
    },
    metric: async (line) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      const found = text.split('\n').find((one) => one.startsWith(`${line} `));
      return found === undefined ? NaN : Number(found.slice(line.length + 1));
    },
  };
}

/** The folds that a model's workflow was signalled with, from its history: no worker is needed. */
async function foldsOf(model: string): Promise<DriftFold[]> {
  try {
    const { events } = await client.workflow.getHandle(modelWorkflowId(model)).fetchHistory();
    return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
      const data = signal?.input?.payloads?.[0]?.data;
      if (signal?.signalName !== modelSignals.driftBatch || !data) return [];
      return [JSON.parse(Buffer.from(data).toString()) as DriftFold];
    });
  } catch (error) {
    if ((error as { code?: unknown }).code === 5) return []; // not started yet
    throw error;
  }
}

const offsetsOf = (folds: readonly DriftFold[]): number[] =>
  folds.flatMap(({ from, events }) => events.at.map((distance) => from + distance));

/** What the topic holds of a model, in order: what its workflow must have been told. */
async function published(model: string): Promise<number[]> {
  const offsets: number[] = [];
  const from = (await log.offsets(topics.drift)).map(({ partition, low }) => [partition, low]);
  await log.readRange({ topic: topics.drift, from: Object.fromEntries(from) }, (records) => {
    for (const { key, offset } of records) if (key?.toString() === model) offsets.push(offset);
  });
  return offsets;
}

async function deadLetters(): Promise<ReceivedRecord[]> {
  const letters: ReceivedRecord[] = [];
  await log.readRange(
    { topic: topics.driftDeadLetters, from: { 0: 0 } },
    (records) => void letters.push(...records),
  );
  return letters;
}

const settled = async (): Promise<boolean> => (await log.lag('seatrial-ingest', [topics.drift])) === 0;

test('events arrive as signals: each once, folded by model, in offset order, with the stream named', async () => {
  ingest = await startIngest();
  const models = ['alpha', 'beta', 'gamma'];
  await log.publish(
    topics.drift,
    Array.from({ length: 300 }, (_, index) => driftRecord(`run-${index}`, drift(models[index % 3]!))),
  );
  await until('all are settled', settled);
  const stream = `${await log.clusterId()}/${topics.drift}`;
  for (const [index, model] of models.entries()) {
    const folds = await foldsOf(model);
    expect(offsetsOf(folds)).toEqual(await published(model));
    expect(offsetsOf(folds)).toHaveLength(100);
    expect(folds.length).toBeLessThan(20);
    expect(folds[0]!.statements).toMatchObject([
      { id: `run-${index}`, verdict: 'drift', severity: 'warning' },
    ]);
    for (const fold of folds) expect(fold).toMatchObject({ v: 2, stream, worst: 'warning' });
    expect(new Set(folds.flatMap(({ events }) => events.key)).size).toBe(100);
    expect(new Set(folds.map(({ partition }) => partition)).size).toBe(1);
  }
  expect(await ingest.metric('seatrial_ingest_events_total{bucket="signalled"}')).toBe(300);
  expect(await ingest.metric('seatrial_ingest_oldest_unprocessed_seconds')).toBe(0);
  expect(await ingest.metric('seatrial_ingest_lag_events')).toBe(0);
  expect(await ingest.health()).toMatchObject({ status: 200, ok: true });
});

test('while Temporal is away the partition waits, health says so, nothing is dead-lettered, and order holds', async () => {
  ingest = await startIngest();
  const before = (await deadLetters()).length;
  const port = Number(temporal.address.split(':').at(-1));
  await temporal.stop();
  await log.publish(
    topics.drift,
    Array.from({ length: 40 }, (_, index) => driftRecord(`waiting-${index}`, drift('patient'))),
  );
  await until('health turns red', async () => !(await ingest!.health()).ok);
  expect((await ingest.health()).status).toBe(503);
  expect(await log.lag('seatrial-ingest', [topics.drift])).toBe(40);
  expect(await ingest.metric('seatrial_ingest_oldest_unprocessed_seconds')).toBeGreaterThan(0);

  temporal = await startTemporal({ dataDir: join(root, 'temporal'), port });
  await until('all are settled', settled);
  const told = offsetsOf(await foldsOf('patient'));
  expect(told).toHaveLength(40);
  expect(told).toEqual(await published('patient'));
  expect(await deadLetters()).toHaveLength(before);
  await until('health is green again', async () => (await ingest!.health()).ok);
});

test('killed between signal and commit, the slice comes again, and Temporal has its signal once', async () => {
  ingest = await startIngest();
  // Temporal is frozen while the slice is in hand, and Kafka dies: the signal arrives, and the commit cannot.
  temporal.kill('SIGSTOP');
  await log.publish(
    topics.drift,
    Array.from({ length: 20 }, (_, index) => driftRecord(`again-${index}`, drift('repeated'))),
  );
  await until(
    'the slice is in hand',
    async () => (await ingest!.metric('seatrial_ingest_oldest_unprocessed_seconds')) > 0,
  );
  await broker.kill('SIGKILL');
  temporal.kill('SIGCONT');
  await until('the signal has arrived', async () => (await foldsOf('repeated')).length > 0);
  ingest.process.kill('SIGKILL');
  await ingest.process.exited;
  await broker.restart();
  expect(await log.lag('seatrial-ingest', [topics.drift])).toBe(20);

  ingest = await startIngest();
  await until('all are settled', settled);
  // The same slice makes the same request, and Temporal knows its id.
  const folds = await foldsOf('repeated');
  expect(folds).toHaveLength(1);
  expect(offsetsOf(folds)).toEqual(await published('repeated'));
});

test('SIGTERM ends it in order with code 0', async () => {
  ingest = await startIngest();
  ingest.process.kill('SIGTERM');
  expect(await ingest.process.exited).toMatchObject({ code: 0 });
});
