// Proves that monitors which are not ours are understood, end to end through the real ingest: events that the Python package
// `cloudevents` and Debian's kcat produce, in both content modes, and reports that Evidently itself wrote about real flights of January
// (quiet) and June (drift). Each arrives once at the workflow of its model, with what its maker said; nothing is set aside.
import { Client, Connection } from '@temporalio/client';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventLog, ReceivedRecord } from '../../adapters/kafka/index.ts';
import { eventTypes } from '../../contracts/live-events.ts';
import { DRIFT_SCHEMA, parseDriftEvent } from '../../contracts/schemas/drift-event.ts';
import { topicSettings, topics } from '../../contracts/topics.ts';
import { cacheDir, installedProgram, programIfInstalled } from '../../stack/installed.ts';
import type { Part } from '../../stack/part.ts';
import { startTemporal } from '../../stack/parts/temporal.ts';
import { freePort } from '../../stack/ports.ts';
import { startScript } from '../../stack/process.ts';
import type { RunningProcess } from '../../stack/process.ts';
import { drift } from '../ingest/events.ts';
import { signalledOffsets } from '../ingest/signalled-offsets.ts';
import { startBroker, until } from '../kafka/broker.ts';
import type { TestBroker } from '../kafka/broker.ts';

const kcat = programIfInstalled('kcat')?.path;
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
let root: string;
let broker: TestBroker;
let temporal: Part;
let log: EventLog;
let client: Client;
let ingest: RunningProcess;
let intake: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'seatrial-third-parties-'));
  [broker, temporal] = await Promise.all([startBroker(), startTemporal({ dataDir: join(root, 'temporal') })]);
  log = await broker.connect();
  await log.ensureTopics(topicSettings);
  client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
  const [health, port] = [await freePort(), await freePort()];
  intake = `http://127.0.0.1:${port}`;
  ingest = await startScript({
    name: 'ingest',
    file: here('../../services/ingest/main.ts'),
    env: {
      KAFKA_BROKERS: brokers(),
      TEMPORAL_ADDRESS: temporal.address,
      HEALTH_PORT: String(health),
      INTAKE_PORT: String(port),
    },
    log: join(root, 'ingest.log'),
    ready: async () => (await fetch(`http://127.0.0.1:${health}/health`)).ok,
  });
});
afterAll(async () => {
  await ingest?.stop();
  await client?.connection.close();
  await log?.close();
  await Promise.all([broker?.destroy(), temporal?.stop()]);
  rmSync(root, { recursive: true, force: true });
});

const brokers = (): string => broker.settings.brokers.join(',');

/** Runs a program to its end with this on its standard input. */
async function run(program: string, args: readonly string[], input: string, env = {}): Promise<void> {
  const child = spawn(program, args, {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${errors.slice(-2000)}`);
}

async function everything(topic: string): Promise<ReceivedRecord[]> {
  const records: ReceivedRecord[] = [];
  const offsets = await log.offsets(topic);
  await log.readRange(
    { topic, from: Object.fromEntries(offsets.map(({ partition, low }) => [partition, low])) },
    (some) => void records.push(...some),
  );
  return records;
}

const recordsOf = async (model: string): Promise<ReceivedRecord[]> =>
  (await everything(topics.drift)).filter(({ key }) => key?.toString() === model);

/** The events of one model in the topic, as Seatrial reads them. */
async function eventsOf(model: string) {
  return (await recordsOf(model)).map((record) => {
    const reading = parseDriftEvent(record);
    if (!reading.ok) throw new Error(`${reading.code}: ${reading.reason}`);
    return reading.event;
  });
}

/** All of a model's events are settled: each was signalled once, and nothing was set aside. */
async function expectDelivered(model: string, ids: readonly string[]): Promise<void> {
  await until(
    'all are settled',
    async () =>
      (await eventsOf(model)).length === ids.length &&
      (await log.lag('seatrial-ingest', [topics.drift])) === 0,
  );
  expect((await eventsOf(model)).map(({ id }) => id)).toEqual(ids);
  expect(await signalledOffsets(client, model)).toEqual((await recordsOf(model)).map(({ offset }) => offset));
  expect(await everything(topics.driftDeadLetters)).toEqual([]);
}

const attributes = (id: string, model: string): Record<string, string> => ({
  specversion: '1.0',
  id,
  source: '/monitors/theirs/daily',
  type: eventTypes.driftDetected,
  time: '2026-11-20T08:00:00+00:00',
  datacontenttype: 'application/json',
  dataschema: DRIFT_SCHEMA,
  partitionkey: model,
});

test('the Python package of CloudEvents, in both content modes', async () => {
  const data = drift('pythonic');
  const lines = [
    { mode: 'binary', attributes: attributes('py-binary', 'pythonic'), data },
    { mode: 'structured', attributes: attributes('py-structured', 'pythonic'), data },
  ];
  await run(
    installedProgram('anyPython').path,
    [here('produce.py'), brokers(), topics.drift],
    lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    { PYTHONPATH: join(cacheDir, 'third-parties') },
  );
  await expectDelivered('pythonic', ['py-binary', 'py-structured']);
  for (const event of await eventsOf('pythonic')) expect(event.data).toEqual(data);
});

test.skipIf(kcat === undefined)('kcat, in both content modes', async () => {
  const data = drift('feline');
  const produce = (value: string, headers: readonly (readonly [string, string])[]): Promise<void> => {
    const file = join(root, 'value');
    writeFileSync(file, value);
    const marked = headers.flatMap(([name, text]) => ['-H', `${name}=${text}`]);
    return run(kcat!, ['-P', '-b', brokers(), '-t', topics.drift, '-k', 'feline', ...marked, file], '');
  };
  const { datacontenttype, ...named } = attributes('kcat-binary', 'feline');
  await produce(JSON.stringify(data), [
    ...Object.entries(named).map(([name, text]) => [`ce_${name}`, text] as const),
    ['content-type', datacontenttype!],
  ]);
  await produce(JSON.stringify({ ...attributes('kcat-structured', 'feline'), data }), [
    ['content-type', 'application/cloudevents+json; charset=UTF-8'],
  ]);
  await expectDelivered('feline', ['kcat-binary', 'kcat-structured']);
  for (const event of await eventsOf('feline')) expect(event.data).toEqual(data);
});

describe('Evidently on real flights, January as the reference', () => {
  const report = (name: string): string => readFileSync(here(`evidently/${name}.json`), 'utf8');
  async function post(name: string, model: string, end: string): Promise<string[]> {
    const response = await fetch(`${intake}/v1/drift/evidently?model=${model}&version=1&monitor=evidently`, {
      method: 'POST',
      body: report(name),
      headers: { 'content-type': 'application/json', 'x-seatrial-window-end': end },
    });
    expect(response.status, await response.clone().text()).toBe(202);
    return ((await response.json()) as { ids: string[] }).ids;
  }
  /** What Evidently itself concluded: its tests, column by column. */
  const failed = (name: string): number =>
    (JSON.parse(report(name)) as { tests: { status: string; name: string }[] }).tests.filter(
      (one) => one.status === 'FAIL' && one.name.includes('Value Drift'),
    ).length;

  test('June is drift, in as many columns as Evidently found', async () => {
    const ids = await post('june', 'summer', '2013-07-01T00:00:00Z');
    await expectDelivered('summer', ids);
    const [event] = await eventsOf('summer');
    expect(event).toMatchObject({
      type: eventTypes.driftDetected,
      data: { verdict: 'drift', kind: 'data', monitor: { tool: 'evidently' } },
    });
    const columns = event!.data.measurements.filter(({ scope }) => scope === 'feature');
    expect(columns.filter(({ drifted }) => drifted)).toHaveLength(failed('june'));
    expect(columns.find(({ name }) => name === 'temperature')).toMatchObject({ drifted: true });
  });

  test('the other half of January is not', async () => {
    const ids = await post('january', 'winter', '2013-02-01T00:00:00Z');
    await expectDelivered('winter', ids);
    const [event] = await eventsOf('winter');
    expect(event!.data.verdict).not.toBe('drift');
    expect(failed('january')).toBe(0);
  });
});
