import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectLog } from '../../adapters/kafka/index.ts';
import type { EventLog, KafkaSettings } from '../../adapters/kafka/index.ts';
import { createLogger } from '../../adapters/log.ts';
import type { Part } from '../../stack/part.ts';
import { startKafka } from '../../stack/parts/kafka.ts';

/** A broker of the test's own, which can be killed and brought back on its port with its data. */
export interface TestBroker {
  readonly settings: KafkaSettings;
  connect(): Promise<EventLog>;
  kill(signal: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
  /** Stops it and deletes its data. */
  destroy(): Promise<void>;
}

export async function startBroker(): Promise<TestBroker> {
  const root = mkdtempSync(join(tmpdir(), 'seatrial-kafka-'));
  const dataDir = join(root, 'kafka');
  let part: Part = await startKafka({ dataDir });
  const settings: KafkaSettings = { brokers: [part.address], clientId: 'test' };
  const port = Number(part.address.split(':').at(-1));
  return {
    settings,
    connect: () => connectLog(settings, testLogger()),
    kill: async (signal) => {
      part.kill(signal);
      if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await part.exited;
    },
    restart: async () => {
      part = await startKafka({ dataDir, port });
    },
    destroy: async () => {
      await part.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Quiet unless `LOG_LEVEL` asks for more: what a test says is its assertions. */
export function testLogger(): ReturnType<typeof createLogger> {
  process.env['LOG_LEVEL'] ??= 'silent';
  return createLogger('test');
}

/** Waits until `check` is true; says what it waited for when it never is. */
export async function until(
  what: string,
  check: () => boolean | Promise<boolean>,
  withinMs = 90_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`waited ${withinMs / 1000} s in vain until ${what}`);
    await sleep(50);
  }
}

let topicCount = 0;

/** A new topic, so that tests of one broker do not see each other. */
export async function newTopic(
  log: EventLog,
  partitions: number,
  config: Record<string, string> = {},
): Promise<string> {
  const topic = `test-${process.pid}-${++topicCount}`;
  await log.ensureTopics([{ topic, partitions, config }]);
  return topic;
}
