import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEvidence, type EvidenceStore } from '../../adapters/evidence/index.ts';
import { connectLog, kafkaSettings, type EventLog, type LogRecord } from '../../adapters/kafka/index.ts';
import { decodeEvent, encodeEvent, type CloudEvent } from '../../contracts/cloudevents.ts';
import { eventTypes, type DriftReported } from '../../contracts/live-events.ts';
import type { WatchSpec } from '../../contracts/plan.ts';
import { driftReported } from '../../contracts/schemas/live-events.ts';
import { topics, topicSettings } from '../../contracts/topics.ts';
import type { WatchSet } from '../../contracts/watch.ts';
import type { ReferenceProfile } from '../../domain/drift/index.ts';
import {
  createMonitor,
  judgeWindow,
  type ClosedWindow,
  type MonitorInput,
} from '../../domain/drift/monitor/index.ts';
import { startKafka } from '../../stack/parts/kafka.ts';
import { testLogger } from '../kafka/broker.ts';
import type { Written } from './synthetic.ts';

const MODEL = 'flights';
const VERSION = '1.0.0';

export interface MonitorProcess {
  readonly url: string;
  end(signal: NodeJS.Signals): Promise<void>;
}

/** A real Kafka, and monitors as real processes over it, that watch one synthetic model. */
export interface MonitorWorld {
  readonly log: EventLog;
  readonly evidence: EvidenceStore;
  start(env?: Readonly<Record<string, string>>): Promise<MonitorProcess>;
  publish(written: readonly Written[]): Promise<void>;
  setWatch(settings: WatchSpec, profile: ReferenceProfile): Promise<void>;
  sentEvents(): Promise<CloudEvent<DriftReported>[]>;
  close(): Promise<void>;
}

export async function openMonitorWorld(): Promise<MonitorWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'seatrial-monitor-'));
  const kafka = await startKafka({ dataDir: join(folder, 'kafka') });
  const log = await connectLog(kafkaSettings({ KAFKA_BROKERS: kafka.address }), testLogger());
  await log.ensureTopics(topicSettings);
  const evidenceDir = join(folder, 'evidence');
  const evidence = openEvidence(evidenceDir);
  const children = new Set<ChildProcess>();

  async function start(more: Readonly<Record<string, string>> = {}): Promise<MonitorProcess> {
    const env = {
      ...process.env,
      KAFKA_BROKERS: kafka.address,
      EVIDENCE_DIR: evidenceDir,
      LOG_LEVEL: 'info',
      ...more,
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

  async function setWatch(settings: WatchSpec, profile: ReferenceProfile): Promise<void> {
    const named = { name: 'profile.json', mediaType: 'application/json' };
    const ref = await evidence.put(JSON.stringify(profile), named);
    const release = `release/${MODEL}/${VERSION}`;
    const data: WatchSet = { model: MODEL, version: VERSION, release, profile: ref, settings };
    const event = {
      id: 'watch/1',
      source: '/test',
      type: eventTypes.watch,
      time: new Date().toISOString(),
    };
    await log.publish(topics.watch, [encodeEvent({ ...event, partitionkey: MODEL, data })]);
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

  return {
    log,
    evidence,
    start,
    publish,
    setWatch,
    sentEvents,
    async close() {
      for (const child of children) child.kill('SIGKILL');
      await log.close();
      await kafka.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The windows that the fold alone closes, given everything in the order of writing. */
export function windowsOfTheFold(
  traffic: readonly Written[],
  settings: WatchSpec,
  profile: ReferenceProfile,
): ClosedWindow[] {
  const monitor = createMonitor({ partitions: [0], judge: judgeWindow });
  const release = `release/${MODEL}/${VERSION}`;
  const watched = { version: VERSION, release, settings, profile, profileId: 'x' };
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

export async function windowsOf(url: string): Promise<ClosedWindow[]> {
  const response = await fetch(`${url}/windows?model=${MODEL}`);
  return ((await response.json()) as { windows: ClosedWindow[] }).windows;
}

export async function untilWindows(url: string, count: number): Promise<ClosedWindow[]> {
  for (;;) {
    const windows = await windowsOf(url);
    if (windows.length >= count) return windows;
    await sleep(100);
  }
}

/** Numbers of a window, without what names this run: the profile's digest and the log's offsets. */
export const numbersOf = ({ part, window, counts, labels, findings }: ClosedWindow): string =>
  JSON.stringify({ part, window, rows: counts.rows, labels, findings });
