import { access, constants, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { dirname } from 'node:path';
import type { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { connectLog, kafkaSettings } from '../adapters/kafka/index.ts';
import { openLedger } from '../adapters/ledger/index.ts';
import { connectClient, temporalSettings } from '../adapters/temporal.ts';
import { searchAttributes, searchAttributeTypes } from '../contracts/search-attributes.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import { topicSettings } from '../contracts/topics.ts';
import { allWaitingStages, waitingText } from './waiting-stages.ts';
import { applyTemporalAddress, variableOf, type ClientSettings } from './settings.ts';

/** One thing that was looked at. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  /** What was seen. */
  readonly detail: string;
  /** How to mend it, where it is not ok. */
  readonly mend?: string;
}

/** Looks at every part that a release needs, without changing any. Parts that hang are given up after some seconds. */
export async function examine(settings: ClientSettings): Promise<readonly Finding[]> {
  const groups = await Promise.all([
    examineTemporal(settings),
    examineKafka(settings),
    examineLedger(settings),
    examineEvidence(settings),
    examineGateway(settings),
  ]);
  return groups.flat();
}

const PATIENCE_MS = 8_000;
const START_STACK = 'Start the stack with `npm run up`';

async function examineTemporal(settings: ClientSettings): Promise<Finding[]> {
  applyTemporalAddress(settings);
  const address = String(temporalSettings().connectionOptions.address);
  let client: Client;
  try {
    client = await patient(connectClient());
  } catch (error) {
    const mend = `${START_STACK}, or set ${variableOf('temporalAddress')} to a Temporal service.`;
    return [{ what: 'Temporal', ok: false, detail: `${address} does not answer: ${reason(error)}`, mend }];
  }
  const namespace = client.options.namespace;
  const findings: Finding[] = [{ what: 'Temporal', ok: true, detail: `answers at ${address}` }];
  try {
    findings.push(
      await looked('namespace', `Create it: temporal operator namespace create ${namespace}`, async () => {
        await client.workflowService.describeNamespace({ namespace });
        return `${namespace} is there`;
      }),
      await looked('search attributes', attributesMend(), () => checkAttributes(client, namespace)),
      await looked('worker', `${START_STACK}, or run a worker on ${taskQueues.release}.`, () =>
        checkPollers(client, namespace),
      ),
      await looked('stages', 'Start a worker that polls it (docs/custom-stages.md).', async () => {
        const waiting = await allWaitingStages(client);
        if (waiting.length > 0) throw new Error(waiting.map(waitingText).join('; '));
        return 'none waits for a worker';
      }),
    );
  } finally {
    await client.connection.close();
  }
  return findings;
}

async function checkAttributes(client: Client, namespace: string): Promise<string> {
  // `connectClient` makes a whole connection; the client's type promises a part of it only.
  const { operatorService } = client.connection as Connection;
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const wrong = Object.values(searchAttributes).filter(({ name }) => {
    const type = customAttributes[name];
    const wanted = searchAttributeTypes[name as keyof typeof searchAttributeTypes];
    return type === undefined || type === null || indexedTypes[type] !== wanted;
  });
  if (wrong.length > 0)
    throw new Error(`missing or of another type: ${wrong.map(({ name }) => name).join(', ')}`);
  return `all ${Object.keys(searchAttributeTypes).length} are there`;
}

/** Names of Temporal's `IndexedValueType`, by number. */
const indexedTypes = ['Unspecified', 'Text', 'Keyword', 'Int', 'Double', 'Bool', 'Datetime', 'KeywordList'];

const attributesMend = (): string =>
  `Create them: temporal operator search-attribute create ${Object.entries(searchAttributeTypes)
    .map(([name, type]) => `--name ${name} --type ${type}`)
    .join(' ')}`;

async function checkPollers(client: Client, namespace: string): Promise<string> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueues.release },
    taskQueueType: 1,
  });
  const count = pollers?.length ?? 0;
  if (count === 0) throw new Error(`nobody polls ${taskQueues.release}, so releases stand still`);
  return `${count} on ${taskQueues.release}`;
}

async function examineKafka(settings: ClientSettings): Promise<Finding[]> {
  const brokers = settings.kafkaBrokers;
  const mend = `${START_STACK}, or set ${variableOf('kafkaBrokers')} to host:port,host:port.`;
  if (brokers === undefined) return [notSet('Kafka', 'kafkaBrokers')];
  const reachable = await looked('Kafka', mend, async () => {
    await Promise.any(brokers.split(',').map((broker) => reach(broker.trim()))).catch((error: unknown) => {
      throw error instanceof AggregateError ? error.errors[0] : error;
    });
    return `answers at ${brokers}`;
  });
  if (!reachable.ok) return [reachable];
  const topics = await looked(
    'Kafka topics',
    'The stack, the gateway and the ingest service make them when they start.',
    async () => {
      const log = await patient(
        connectLog(kafkaSettings({ ...process.env, KAFKA_BROKERS: brokers }), pino({ level: 'silent' })),
      );
      try {
        const absent: string[] = [];
        for (const { topic } of topicSettings) {
          await patient(log.offsets(topic)).catch(() => absent.push(topic));
        }
        if (absent.length > 0) throw new Error(`missing: ${absent.join(', ')}`);
        return `all ${topicSettings.length} are there`;
      } finally {
        await log.close();
      }
    },
  );
  return [reachable, topics];
}

async function examineLedger(settings: ClientSettings): Promise<Finding[]> {
  const url = settings.databaseUrl;
  if (url === undefined) return [notSet('ledger', 'databaseUrl')];
  const mend = `${START_STACK}, or set ${variableOf('databaseUrl')} to postgresql://user:password@host:port/database.`;
  return [
    await looked('ledger', mend, async () => {
      const ledger = await patient(openLedger(url));
      try {
        const streams = await patient(ledger.streams());
        return `${streams.length} streams`;
      } finally {
        await ledger.close();
      }
    }),
  ];
}

async function examineEvidence(settings: ClientSettings): Promise<Finding[]> {
  const folder = settings.evidenceDir;
  if (folder === undefined) return [notSet('evidence', 'evidenceDir')];
  const mend = `Make the folder writable, or set ${variableOf('evidenceDir')} to another.`;
  return [
    await looked('evidence', mend, async () => {
      const there = await stat(folder).catch(() => undefined);
      if (there && !there.isDirectory()) throw new Error(`${folder} is not a folder`);
      await access(there ? folder : dirname(folder), constants.W_OK);
      return there ? folder : `${folder} will be made`;
    }),
  ];
}

async function examineGateway(settings: ClientSettings): Promise<Finding[]> {
  const url = settings.gatewayUrl;
  if (url === undefined) return [notSet('gateway', 'gatewayUrl')];
  return [
    await looked('gateway', `${START_STACK}, or set ${variableOf('gatewayUrl')}.`, async () => {
      const answer = await fetch(new URL('/v2/health/ready', url), {
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (!answer.ok) throw new Error(`${url} is there and not ready (HTTP ${answer.status})`);
      return `ready at ${url}`;
    }),
  ];
}

async function looked(what: string, mend: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { what, ok: true, detail: await patient(look()) };
  } catch (error) {
    return { what, ok: false, detail: reason(error), mend };
  }
}

function notSet(what: string, part: Parameters<typeof variableOf>[0]): Finding {
  return {
    what,
    ok: false,
    detail: `${variableOf(part)} is not set`,
    mend: `Set it, or start the stack with \`npm run up\`.`,
  };
}

async function reach(address: string): Promise<void> {
  const end = address.lastIndexOf(':');
  const socket = connect({
    host: address.slice(0, end),
    port: Number(address.slice(end + 1)),
    timeout: 3_000,
  });
  socket.once('timeout', () => socket.destroy(new Error(`${address} does not answer`)));
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

async function patient<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${PATIENCE_MS / 1_000} s`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function reason(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(inner instanceof Error)) return String(inner);
  return inner.message || ('code' in inner ? String(inner.code) : inner.name);
}
