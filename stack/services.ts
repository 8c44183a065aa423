import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sayToStderr } from './part.ts';
import { HOST, choosePort, freePort } from './ports.ts';
import { startScript } from './process.ts';
import type { RunningProcess } from './process.ts';
import { temporalToml } from './stack.ts';
import type { Stack } from './stack.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
// They drain what they have begun: longer than our usual grace.
const STOP_GRACE_MS = 30_000;
const READY_TIMEOUT_MS = 120_000;

/** Our own long-running processes. Each shows `GET /health` on its HEALTH_PORT. */
export const serviceFiles = {
  gateway: 'services/gateway/main.ts',
  worker: 'worker/main.ts',
  ingest: 'services/ingest/main.ts',
  monitor: 'services/monitor/main.ts',
  outbox: 'services/outbox/main.ts',
} as const;

export type ServiceName = keyof typeof serviceFiles;

export interface ServicesOptions {
  /** All when absent. */
  readonly only?: readonly ServiceName[];
  /** Wished port of the gateway; free when absent. */
  readonly gatewayPort?: number;
  /** Further environment for every service, such as the training command's Python. */
  readonly env?: Readonly<Record<string, string>>;
  readonly say?: (line: string) => void;
}

export interface Service extends RunningProcess {
  readonly name: ServiceName;
  /** `http://host:port/health`. */
  readonly health: string;
  readonly log: string;
}

export interface Services {
  readonly gatewayUrl: string;
  /** The process that runs under that name now. Throws when it was not started. */
  get(name: ServiceName): Service;
  readonly names: readonly ServiceName[];
  /** Starts a service again with the same environment and ports, ending the old process first if it still runs. */
  restart(name: ServiceName): Promise<Service>;
  stop(): Promise<void>;
}

/** Where everything is, as the processes of ours (and clients of a stack) are told. */
export function stackEnv(stack: Stack): Record<string, string> {
  const embedded = stack.parts.temporal?.pid !== undefined;
  return {
    TEMPORAL_ADDRESS: stack.temporalAddress,
    TEMPORAL_NAMESPACE: process.env['TEMPORAL_NAMESPACE'] || 'default',
    // A person's own temporal.toml may hold TLS or an API key for another server.
    ...(embedded ? { TEMPORAL_CONFIG_FILE: temporalToml(stack.dataDir), TEMPORAL_PROFILE: 'default' } : {}),
    KAFKA_BROKERS: stack.kafkaBrokers,
    DATABASE_URL: stack.databaseUrl,
    EVIDENCE_DIR: stack.evidenceDir,
    REGISTRY_DIR: process.env['REGISTRY_DIR'] || join(stack.dataDir, 'registry'),
    OPENLINEAGE_FILE: process.env['OPENLINEAGE_FILE'] || join(stack.dataDir, 'openlineage.ndjson'),
  };
}

/**
 * Starts our own processes against a stack and waits until each is healthy.
 *
 * @throws when one does not start; then the others are stopped
 */
export async function startServices(stack: Stack, options: ServicesOptions = {}): Promise<Services> {
  const names = options.only ?? (Object.keys(serviceFiles) as ServiceName[]);
  const absent = names.map((name) => serviceFiles[name]).filter((file) => !existsSync(join(root, file)));
  if (absent.length > 0) throw new Error(`cannot start the services, not there: ${absent.join(', ')}`);
  const gatewayPort = await choosePort('the gateway', options.gatewayPort, options.say ?? sayToStderr);
  const gatewayUrl = `http://${HOST}:${gatewayPort}`;
  const shared = {
    ...stackEnv(stack),
    GATEWAY_URL: gatewayUrl,
    GATEWAY_PORT: String(gatewayPort),
    ...options.env,
  };
  const starters = new Map<ServiceName, () => Promise<Service>>();
  for (const name of names) {
    const dataDir = join(stack.dataDir, name);
    mkdirSync(dataDir, { recursive: true });
    const healthPort = await freePort();
    const env = {
      ...shared,
      DATA_DIR: dataDir,
      HEALTH_PORT: String(healthPort),
      METRICS_PORT: String(await freePort()),
    };
    starters.set(name, () => startService(name, env, healthPort, join(stack.logDir, `${name}.log`)));
  }
  return running(names, starters, gatewayUrl);
}

async function startService(
  name: ServiceName,
  env: Readonly<Record<string, string>>,
  healthPort: number,
  log: string,
): Promise<Service> {
  const health = `http://${HOST}:${healthPort}/health`;
  const process = await startScript({
    name,
    file: join(root, serviceFiles[name]),
    env,
    cwd: root,
    log,
    ready: () => isHealthy(health),
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopGraceMs: STOP_GRACE_MS,
  });
  return { ...process, name, health, log };
}

async function isHealthy(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  if (response.ok) return true;
  throw new Error(`GET ${url} answers ${response.status}: ${(await response.text()).trim()}`);
}

async function running(
  names: readonly ServiceName[],
  starters: ReadonlyMap<ServiceName, () => Promise<Service>>,
  gatewayUrl: string,
): Promise<Services> {
  const current = new Map<ServiceName, Service>();
  const start = async (name: ServiceName): Promise<Service> => {
    const starter = starters.get(name);
    if (starter === undefined) throw new Error(`service ${name} was not started with this stack`);
    const service = await starter();
    current.set(name, service);
    return service;
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...current.values()].map((service) => service.stop()));
  };
  const results = await Promise.allSettled(names.map(start));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }
  return {
    gatewayUrl,
    names,
    get(name) {
      const service = current.get(name);
      if (service === undefined) throw new Error(`service ${name} was not started with this stack`);
      return service;
    },
    async restart(name) {
      await current.get(name)?.stop();
      return start(name);
    },
    stop,
  };
}
