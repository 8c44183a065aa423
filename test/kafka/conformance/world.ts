import type { EventLog, ReceivedRecord, SliceOutcome } from '../../../adapters/kafka/index.ts';
import { newTopic, startBroker } from '../broker.ts';
import type { TestBroker } from '../broker.ts';

/** The client under test: connects to these brokers. */
export type MakeLog = (brokers: readonly string[]) => Promise<EventLog>;

/** What the cases of the suite share: a broker of their own, and one log of the client under test. */
export interface World {
  readonly log: EventLog;
  /** Another log of the client under test, as another process would have. The caller closes it. */
  connect(): Promise<EventLog>;
  readonly brokers: readonly string[];
  /** URL of the module whose `makeLog` members in processes of their own use. */
  readonly module: string;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** After SIGKILL: the same data on the same port. */
  restart(): Promise<void>;
  newTopic(partitions: number, config?: Record<string, string>): Promise<string>;
  /** Publishes `count` records over 50 keys, whose values are the numbers from `from` on. */
  fill(topic: string, count: number, from?: number): Promise<void>;
}

export interface StartedWorld extends World {
  start(): Promise<void>;
  end(): Promise<void>;
}

export function createWorld(makeLog: MakeLog, module: string): StartedWorld {
  let broker: TestBroker | undefined;
  let log: EventLog | undefined;
  const running = <T>(part: T | undefined): T => {
    if (part === undefined) throw new Error('the world has not been started');
    return part;
  };
  const world: StartedWorld = {
    get log() {
      return running(log);
    },
    get brokers() {
      return running(broker).settings.brokers;
    },
    module,
    connect: () => makeLog(world.brokers),
    kill: (signal) => running(broker).kill(signal),
    restart: () => running(broker).restart(),
    newTopic: (partitions, config = {}) => newTopic(world.log, partitions, config),
    fill: (topic, count, from = 0) =>
      world.log.publish(
        topic,
        Array.from({ length: count }, (_, index) => ({
          key: `k${(from + index) % 50}`,
          value: String(from + index),
        })),
      ),
    start: async () => {
      broker = await startBroker();
      log = await world.connect();
    },
    end: async () => {
      await log?.close();
      await broker?.destroy();
    },
  };
  return world;
}

export const done: SliceOutcome = { kind: 'done' };

export async function readAll(
  log: EventLog,
  topic: string,
  from: Record<number, number>,
  to?: Record<number, number>,
): Promise<ReceivedRecord[]> {
  const all: ReceivedRecord[] = [];
  await log.readRange(
    { topic, from, ...(to === undefined ? {} : { to }) },
    (records) => void all.push(...records),
  );
  return all;
}
