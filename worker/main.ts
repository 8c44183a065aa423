import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NativeConnection, Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import type { Worker } from '@temporalio/worker';
import { Registry, collectDefaultMetrics } from 'prom-client';
import { openEvidence } from '../adapters/evidence/index.ts';
import { connectLog, kafkaSettings } from '../adapters/kafka/index.ts';
import { openLedger } from '../adapters/ledger/index.ts';
import { createLogger } from '../adapters/log.ts';
import { serveHealth } from '../adapters/service.ts';
import { onShutdown } from '../adapters/shutdown.ts';
import { connectClient, temporalSettings } from '../adapters/temporal.ts';
import { topicSettings } from '../contracts/topics.ts';
import { workflowBundle } from './bundle.ts';
import { driftCounter } from './drift-metrics.ts';
import { workerEnvironment } from './environment.ts';
import { createStartServing } from './serving.ts';
import { makeCurrent } from './versioning.ts';
import { createWorkers } from './workers.ts';

const log = createLogger('worker');
const environment = workerEnvironment();
const { connectionOptions, namespace } = temporalSettings();

Runtime.install({
  shutdownSignals: [],
  telemetryOptions: {
    logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'WARN' }), forward: {} },
    ...(environment.metricsPort === null
      ? {}
      : { metrics: { prometheus: { bindAddress: `127.0.0.1:${environment.metricsPort}` } } }),
  },
  logger: {
    log: (level, message, meta) =>
      log[
        level === 'TRACE'
          ? 'trace'
          : level === 'DEBUG'
            ? 'debug'
            : level === 'WARN'
              ? 'warn'
              : level === 'ERROR'
                ? 'error'
                : 'info'
      ](meta ?? {}, message),
    trace: (message, meta) => log.trace(meta ?? {}, message),
    debug: (message, meta) => log.debug(meta ?? {}, message),
    info: (message, meta) => log.info(meta ?? {}, message),
    warn: (message, meta) => log.warn(meta ?? {}, message),
    error: (message, meta) => log.error(meta ?? {}, message),
  },
});

const registry = new Registry();
collectDefaultMetrics({ register: registry, prefix: 'seatrial_worker_' });
const scratchDir = join(environment.dataDir, 'scratch');
await mkdir(scratchDir, { recursive: true });
const [bundle, connection, client, ledger, eventLog] = await Promise.all([
  workflowBundle(),
  NativeConnection.connect(connectionOptions),
  connectClient(),
  openLedger(environment.databaseUrl),
  connectLog(kafkaSettings(process.env)),
]);
await ledger.migrate();
await eventLog.ensureTopics(topicSettings);

const buildId = environment.buildId ?? bundle.buildId;
const workers = await createWorkers({
  connection,
  namespace,
  queues: environment.queues,
  bundle,
  buildId,
  versioning: environment.versioning,
  context: {
    evidence: openEvidence(environment.evidenceDir),
    ledger,
    onAppended: driftCounter(registry),
    log: eventLog,
    temporal: client,
    gatewayUrl: environment.gatewayUrl,
    startServing: createStartServing({ evidenceDir: environment.evidenceDir, scratchDir }),
    scratchDir,
    trainingDir: environment.trainingDir,
  },
});

const running = workers.map((worker) => worker.run());
const stopped = Promise.allSettled(running);
const health = await serveHealth({
  port: environment.healthPort,
  metrics: registry,
  health: () => healthOf(workers),
});
const ending = new AbortController();
if (environment.versioning) {
  makeCurrent(client, namespace, buildId, log, ending.signal).catch((error: unknown) =>
    log.error({ err: error }, 'this build could not be made current'),
  );
}
log.info({ queues: environment.queues, buildId, health: health.port }, 'working');

onShutdown(
  async () => {
    ending.abort();
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await stopped;
    await health.close();
    await Promise.all([eventLog.close(), ledger.close(), connection.close(), client.connection.close()]);
  },
  { log },
);

// A worker that ends by itself has met something it cannot mend; a new process may.
await Promise.race(running).catch((error: unknown) => {
  log.error({ err: error }, 'a worker failed');
  process.exit(1);
});

function healthOf(all: readonly Worker[]): { ok: boolean; detail: string } {
  const states = all.map((worker) => `${worker.options.taskQueue} ${worker.getState()}`);
  return { ok: all.every((worker) => worker.getState() === 'RUNNING'), detail: states.join(', ') };
}
