import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { installedProgram, kafkaLibs } from '../installed.ts';
import { sayToStderr } from '../part.ts';
import type { Part, PartOptions } from '../part.ts';
import { HOST, choosePort, freePort } from '../ports.ts';
import { startProcess } from '../process.ts';
import { fillFromTemplate } from '../template.ts';
import { versions } from '../versions.ts';

// Of the template only; each data folder gets a cluster id of its own.
const TEMPLATE_CLUSTER_ID = 'U2VhdHJpYWxTZWF0cmlhbA';
/** A broker for one machine: a small heap, the quick compiler only, small stacks. */
export const KAFKA_JVM = ['-Xmx128m', '-Xms32m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xss512k'];

/** One Apache Kafka broker in KRaft mode. The same `dataDir` brings its topics back, on any port. */
export async function startKafka(options: PartOptions): Promise<Part> {
  const { java, classPath } = kafkaProgram();
  const port = await choosePort('Kafka', options.port, options.say ?? sayToStderr);
  const address = `${HOST}:${port}`;
  const logDir = join(options.dataDir, 'log');
  mkdirSync(options.dataDir, { recursive: true });
  await fillFromTemplate(
    logDir,
    `kafka-${versions.kafka}`,
    (folder) => format(java, classPath, folder),
    giveOwnIds,
  );
  const properties = join(options.dataDir, 'server.properties');
  writeFileSync(properties, serverProperties(logDir, port, await freePort()));
  const running = await startProcess({
    name: 'Kafka',
    command: java,
    args: [...KAFKA_JVM, '-cp', classPath, 'kafka.Kafka', properties],
    log: options.log ?? `${options.dataDir}.log`,
    ready: () => canCreateTopics(address),
  });
  return { ...running, address, extra: {} };
}

/** What runs Kafka's classes: the Java that was found or installed, and the path of the pinned jars. */
export function kafkaProgram(): { readonly java: string; readonly classPath: string } {
  const jars = readdirSync(kafkaLibs()).filter((file) => file.endsWith('.jar'));
  const classPath = jars.map((jar) => join(kafkaLibs(), jar)).join(delimiter);
  return { java: installedProgram('java').path, classPath };
}

/** The broker's settings: its place on this machine, and what it shares with docker-compose.yml. */
function serverProperties(logDir: string, port: number, controllerPort: number): string {
  const settings: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@${HOST}:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://${HOST}:${port},CONTROLLER://${HOST}:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${HOST}:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': logDir,
    ...versions.kafkaSettings,
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/** Kafka's own formatter, so that the broker has the features of its version. It needs a JVM and 1.4 s, hence the template. */
async function format(java: string, classPath: string, folder: string): Promise<void> {
  const properties = join(folder, 'format.properties');
  writeFileSync(properties, serverProperties(folder, 1, 2));
  const args = ['-XX:TieredStopAtLevel=1', '-cp', classPath, 'kafka.tools.StorageTool', 'format'];
  await promisify(execFile)(java, [...args, '-t', TEMPLATE_CLUSTER_ID, '-c', properties]);
  rmSync(properties);
  if (!readFileSync(join(folder, 'meta.properties'), 'utf8').includes(TEMPLATE_CLUSTER_ID)) {
    throw new Error(`Kafka's StorageTool left no meta.properties in ${folder}`);
  }
}

/**
 * Offsets mean something only within one cluster: a consumer that remembers `cluster/topic/partition/offset` must see that a
 * new data folder is another cluster. Kafka refuses a few directory ids as reserved; a random one never is.
 */
function giveOwnIds(folder: string): void {
  const file = join(folder, 'meta.properties');
  const ids = { 'cluster.id': randomId(), 'directory.id': randomId() };
  let text = readFileSync(file, 'utf8');
  for (const [key, id] of Object.entries(ids))
    text = text.replace(new RegExp(`^${key}=.*$`, 'm'), `${key}=${id}`);
  writeFileSync(file, text);
}

/** As Kafka writes a UUID: 16 bytes in base64url, 22 characters. */
function randomId(): string {
  return randomBytes(16).toString('base64url');
}

/** A broker that accepts connections may still refuse topics; `validateOnly` asks without making one. */
async function canCreateTopics(address: string): Promise<boolean> {
  const admin = new Kafka({
    clientId: 'stack',
    brokers: [address],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    await admin.createTopics({
      validateOnly: true,
      waitForLeaders: false,
      topics: [{ topic: 'seatrial.ready', numPartitions: 1 }],
    });
    return true;
  } finally {
    await admin.disconnect();
  }
}
