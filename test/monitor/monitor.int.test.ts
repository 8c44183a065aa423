/**
 * Proves, with the real process on a real Kafka: killed in the middle and started again, the monitor sends the same drift
 * events as the fold alone, none missing; it refuses what is no event; and it shows its windows, metrics and health.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEvidence } from '../../adapters/evidence/index.ts';
import { connectLog, kafkaSettings, type EventLog, type LogRecord } from '../../adapters/kafka/index.ts';
import { decodeEvent, encodeEvent, type CloudEvent } from '../../contracts/cloudevents.ts';
import { eventTypes, type DriftReported } from '../../contracts/live-events.ts';
import { driftReported } from '../../contracts/schemas/live-events.ts';
import { topics, topicSettings } from '../../contracts/topics.ts';
import type { WatchSet } from '../../contracts/watch.ts';
import {
  createMonitor,
  driftEventsOf,
  judgeWindow,
  type ClosedWindow,
  type MonitorInput,
} from '../../domain/drift/monitor/index.ts';
import { startKafka } from '../../stack/parts/kafka.ts';
import type { Part } from '../../stack/part.ts';
import { testLogger } from '../kafka/broker.ts';
import { spec } from './core-fixture.ts';
import { syntheticProfile, syntheticTraffic, type Written } from './synthetic.ts';

const MODEL = 'flights';
const VERSION = '1.0.0';
const DAYS = 16;
const settings = { ...spec, minRows: 100, persistence: 2 };
const profile = syntheticProfile(1);
const traffic = syntheticTraffic(2, DAYS, 250, 5, 10);

let folder: string;
let kafka: Part;
let log: EventLog;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatrial-monitor-'));
  kafka = await startKafka({ dataDir: join(folder, 'kafka') });
  log = await connectLog(kafkaSettings({ KAFKA_BROKERS: kafka.address }), testLogger());
  await log.ensureTopics(topicSettings);
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await log?.close();
  await kafka?.stop();
  await rm(folder, { recursive: true, force: true });
});

interface RunningProcess {
  readonly url: string;
  end(signal: NodeJS.Signals): Promise<void>;
}

async function startProcess(): Promise<RunningProcess> {
  const env = {
    ...process.env,
    KAFKA_BROKERS: kafka.address,
    EVIDENCE_DIR: join(folder, 'evidence'),
    LOG_LEVEL: 'info',
  };
  const child = spawn(process.execPath, ['--import', 'tsx', 'services/monitor/main.ts'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const exited = once(child, 'exit').then(() => children.delete(child));
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry = JSON.parse(line) as { msg?: string; port?: number };
      if (entry.msg === 'ready' && entry.port !== undefined) resolve(entry.port);
    });
    void exited.then(() => reject(new Error('the monitor ended before it was ready')));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async end(signal) {
      child.kill(signal);
      await exited;
    },
  };
}

async function publish(written: readonly Written[]): Promise<void> {
  const recordsOf = (kind: Written['kind']): LogRecord[] =>
    written.flatMap((one) => {
      if (one.kind !== kind) return [];
      const [type, id, time, data] =
        one.kind === 'prediction'
          ? [eventTypes.prediction, one.prediction.predictionId, one.prediction.time, one.prediction]
          : [eventTypes.label, one.label.predictionId, one.label.observedAt, one.label];
      return [encodeEvent({ id: `${kind}/${id}`, source: '/test', type, time, partitionkey: id, data })];
    });
  await log.publish(topics.predictions, recordsOf('prediction'));
  await log.publish(topics.labels, recordsOf('label'));
}

async function setWatch(): Promise<void> {
  const ref = await openEvidence(join(folder, 'evidence')).put(JSON.stringify(profile), {
    name: 'profile.json',
    mediaType: 'application/json',
  });
  const data: WatchSet = {
    model: MODEL,
    version: VERSION,
    release: `release/${MODEL}/${VERSION}`,
    profile: ref,
    settings,
  };
  const event = { id: 'watch/1', source: '/test', type: eventTypes.watch, time: new Date().toISOString() };
  await log.publish(topics.watch, [encodeEvent({ ...event, partitionkey: MODEL, data })]);
}

/** The windows that the fold alone closes, given everything in the order of writing. */
function expectedWindows(): ClosedWindow[] {
  const monitor = createMonitor({ partitions: [0], judge: judgeWindow });
  const watched = {
    version: VERSION,
    release: `release/${MODEL}/${VERSION}`,
    settings,
    profile,
    profileId: 'x',
  };
  const inputs: MonitorInput[] = traffic.map((one, offset) => {
    const place = { partition: 0, offset };
    return one.kind === 'prediction'
      ? { type: 'prediction', place, prediction: one.prediction }
      : { type: 'label', place, label: one.label };
  });
  return [{ type: 'watch' as const, model: MODEL, watched }, ...inputs].flatMap((input) =>
    monitor.apply(input),
  );
}

async function windowsOf(url: string): Promise<ClosedWindow[]> {
  const response = await fetch(`${url}/windows?model=${MODEL}`);
  return ((await response.json()) as { windows: ClosedWindow[] }).windows;
}

async function untilWindows(url: string, count: number): Promise<ClosedWindow[]> {
  for (;;) {
    const windows = await windowsOf(url);
    if (windows.length >= count) return windows;
    await sleep(100);
  }
}

async function sentEvents(): Promise<CloudEvent<DriftReported>[]> {
  const events: CloudEvent<DriftReported>[] = [];
  const from = Object.fromEntries(
    (await log.offsets(topics.drift)).map(({ partition, low }) => [partition, low]),
  );
  await log.readRange({ topic: topics.drift, from }, (records) => {
    for (const record of records) {
      const decoded = decodeEvent(record);
      if (!decoded.ok) throw new Error(decoded.reason);
      events.push({ ...decoded.event, data: driftReported.parse(decoded.event.data) });
    }
  });
  return events;
}

/** Numbers of a window, without what names this run: the profile's digest and the log's offsets. */
const numbersOf = ({ part, window, counts, labels, findings }: ClosedWindow): string =>
  JSON.stringify({ part, window, rows: counts.rows, labels, findings });

test('killed three times in the middle, it sends every event of the fold, under the same ids, with the same numbers', async () => {
  const expected = expectedWindows();
  await setWatch();
  const chunk = Math.ceil(traffic.length / 4);
  for (const [life, kill] of (['SIGKILL', 'SIGKILL', 'SIGKILL'] as const).entries()) {
    const monitor = await startProcess();
    const before = (await windowsOf(monitor.url)).length;
    const publishing = publish(traffic.slice(life * chunk, (life + 1) * chunk));
    // In the middle of its work: some windows of this part of the traffic are closed, others are not.
    await untilWindows(monitor.url, before + 1 + life);
    await monitor.end(kill);
    await publishing;
  }
  const monitor = await startProcess();
  await publish(traffic.slice(3 * chunk));
  const windows = await untilWindows(monitor.url, expected.length);
  expect(windows.map(numbersOf).sort()).toEqual(expected.map(numbersOf).sort());

  const evidence = { name: 'x', sha256: 'a'.repeat(64), bytes: 1, mediaType: 'application/json' };
  const origin = { monitorId: 'live', toolVersion: '', environment: 'production', evidence };
  const announced = expected.flatMap((closed) => driftEventsOf(closed, origin));
  const sent = await sentEvents();
  expect([...new Set(sent.map(({ id }) => id))].sort()).toEqual(announced.map(({ id }) => id).sort());
  for (const { id, type, source, subject, partitionkey, data } of sent) {
    const wanted = announced.find((event) => event.id === id)!;
    expect({
      type,
      subject,
      verdict: data.verdict,
      severity: data.severity,
      measurements: data.measurements,
    }).toEqual({
      type: wanted.type,
      subject: wanted.subject,
      verdict: wanted.data.verdict,
      severity: wanted.data.severity,
      measurements: wanted.data.measurements,
    });
    expect({ source, partitionkey }).toEqual({ source: '/monitors/seatrial/live', partitionkey: MODEL });
    const stored = await openEvidence(join(folder, 'evidence')).getJson<ClosedWindow>(data.evidence!.sha256);
    expect(stored.window.start).toBe(data.window.start);
  }
  const kinds = (type: string): string[] => [
    ...new Set(announced.filter((event) => event.type === type).map(({ data }) => data.kind)),
  ];
  expect(kinds(eventTypes.driftDetected)).toEqual(
    expect.arrayContaining(['data', 'prediction', 'performance']),
  );
  expect(kinds(eventTypes.driftCleared)).toEqual(
    expect.arrayContaining(['data', 'prediction', 'performance']),
  );
  await monitor.end('SIGTERM');
});

test('what is no event is refused and counted, and health stays well', async () => {
  const monitor = await startProcess();
  await log.publish(topics.predictions, [
    { key: 'x', value: 'not json' },
    encodeEvent({
      id: 'far',
      source: '/test',
      type: eventTypes.prediction,
      time: '2099-01-01T00:00:00Z',
      data: { ...(traffic[0] as { prediction: object }).prediction, time: '2099-01-01T00:00:00Z' },
    }),
  ]);
  for (;;) {
    const metrics = await (await fetch(`${monitor.url}/metrics`)).text();
    if (/seatrial_monitor_refused_records_total\{topic="seatrial.predictions"\} 2/.test(metrics)) break;
    await sleep(100);
  }
  const health = await fetch(`${monitor.url}/health`);
  expect({ status: health.status, body: await health.json() }).toEqual({
    status: 200,
    body: { ok: true, detail: 'watching' },
  });
  await monitor.end('SIGTERM');
});
