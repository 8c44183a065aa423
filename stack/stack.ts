import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { externalPart } from './external.ts';
import { tryLock } from './lock.mjs';
import { sayToStderr } from './part.ts';
import type { Part, PartOptions } from './part.ts';
import { startDatabase } from './parts/database.ts';
import { startKafka } from './parts/kafka.ts';
import { startTemporal } from './parts/temporal.ts';
import { versions } from './versions.ts';

export type PartName = 'temporal' | 'kafka' | 'database';

export type StackPorts = Partial<Record<PartName | 'temporalUi', number>>;

/** The well-known ports, for a stack that a person looks at. Without ports every part takes a free one. */
export const defaultPorts = versions.ports;

export interface StackOptions {
  /** Everything the stack keeps is in here; the same folder again brings it back. One stack at a time uses it. */
  readonly dataDir: string;
  readonly ports?: StackPorts;
  /** All three when absent. */
  readonly only?: readonly PartName[];
  readonly dynamicConfig?: Readonly<Record<string, unknown>>;
  readonly say?: (line: string) => void;
}

export interface Stack {
  readonly dataDir: string;
  readonly logDir: string;
  /** `host:port`; empty when the part was left out by `only`. */
  readonly temporalAddress: string;
  /** `http://host:port`; empty when a real Temporal is used and TEMPORAL_UI_URL does not name its UI. */
  readonly temporalUi: string;
  readonly kafkaBrokers: string;
  readonly databaseUrl: string;
  readonly evidenceDir: string;
  readonly parts: Readonly<Partial<Record<PartName, Part>>>;
  stop(): Promise<void>;
}

/**
 * Starts Temporal, Kafka and the database at the same time, or uses the real ones that TEMPORAL_ADDRESS (with
 * TEMPORAL_UI_URL), KAFKA_BROKERS and DATABASE_URL name.
 *
 * @throws when another stack uses the data folder, or when a part does not start; then the others are stopped
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const dataDir = resolve(options.dataDir);
  const logDir = join(dataDir, 'logs');
  const evidenceDir = process.env['EVIDENCE_DIR'] || join(dataDir, 'evidence');
  mkdirSync(evidenceDir, { recursive: true });
  const lock = tryLock(join(dataDir, 'stack.lock'));
  if (lock.release === undefined) {
    throw new Error(
      `process ${lock.holder} runs a stack on ${dataDir}; stop it (kill ${lock.holder}) or choose another folder`,
    );
  }
  const names = options.only ?? (['temporal', 'kafka', 'database'] as const);
  const results = await Promise.allSettled(names.map((name) => startPart(name, dataDir, logDir, options)));
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(started.map(([, part]) => part.stop()));
    lock.release();
  };
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  if (failures.length > 0) {
    await stop();
    throw failures.length === 1 ? failures[0] : new AggregateError(failures, failures.map(String).join('\n'));
  }
  const parts: Partial<Record<PartName, Part>> = Object.fromEntries(started);
  return {
    dataDir,
    logDir,
    temporalAddress: parts.temporal?.address ?? '',
    temporalUi: parts.temporal?.extra['ui'] ?? '',
    kafkaBrokers: parts.kafka?.address ?? '',
    databaseUrl: parts.database?.extra['url'] ?? '',
    evidenceDir,
    parts,
    stop,
  };
}

/** Names the embedded Temporal for every Temporal client: `TEMPORAL_CONFIG_FILE=... temporal workflow list`. */
export function temporalToml(dataDir: string): string {
  return join(dataDir, 'temporal.toml');
}

async function startPart(
  name: PartName,
  dataDir: string,
  logDir: string,
  { ports = {}, dynamicConfig = {}, say = sayToStderr }: StackOptions,
): Promise<readonly [PartName, Part]> {
  const port = ports[name];
  const common: PartOptions = {
    dataDir: join(dataDir, name),
    log: join(logDir, `${name}.log`),
    say,
    ...(port === undefined ? {} : { port }),
  };
  switch (name) {
    case 'temporal': {
      const address = process.env['TEMPORAL_ADDRESS'];
      if (address) {
        const ui = process.env['TEMPORAL_UI_URL'] ?? '';
        return [name, await externalPart('Temporal', 'TEMPORAL_ADDRESS', address, { ui })];
      }
      const uiPort = ports.temporalUi === undefined ? {} : { uiPort: ports.temporalUi };
      const part = await startTemporal({ ...common, ...uiPort, dynamicConfig });
      writeFileSync(
        temporalToml(dataDir),
        `[profile.default]\naddress = "${part.address}"\nnamespace = "default"\n`,
      );
      return [name, part];
    }
    case 'kafka': {
      const brokers = process.env['KAFKA_BROKERS'];
      return [
        name,
        brokers ? await externalPart('Kafka', 'KAFKA_BROKERS', brokers, {}) : await startKafka(common),
      ];
    }
    case 'database': {
      const url = process.env['DATABASE_URL'];
      if (!url) return [name, await startDatabase(common)];
      return [name, await externalPart('PostgreSQL', 'DATABASE_URL', hostOf(url), { url })];
    }
  }
}

/** `host:port` of a postgres:// URL; its password stays out of messages. */
function hostOf(url: string): string {
  if (!URL.canParse(url))
    throw new Error('DATABASE_URL is not a URL such as postgres://user:password@host:5432/name');
  const { hostname, port } = new URL(url);
  return `${hostname}:${port === '' ? '5432' : port}`;
}
