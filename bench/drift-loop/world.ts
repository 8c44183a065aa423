import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  makeTelemetryFilterString,
} from '@temporalio/worker';
import { lightActivities } from '../../activities/index.ts';
import type { ActivityContext } from '../../activities/index.ts';
import { connectLog } from '../../adapters/kafka/index.ts';
import type { EventLog, KafkaSettings } from '../../adapters/kafka/index.ts';
import { openLedger } from '../../adapters/ledger/index.ts';
import type { Ledger } from '../../adapters/ledger/index.ts';
import { createLogger } from '../../adapters/log.ts';
import type { TrainingActivities } from '../../contracts/activities.ts';
import { modelWorkflowId } from '../../contracts/ids.ts';
import { workflowTypes } from '../../contracts/messages.ts';
import type { RetrainingPolicy } from '../../contracts/plan.ts';
import { taskQueues } from '../../contracts/task-queues.ts';
import { topicSettings } from '../../contracts/topics.ts';
import { initialState } from '../../domain/model/index.ts';
import type { ModelState } from '../../domain/model/index.ts';
import { startDatabase } from '../../stack/parts/database.ts';
import { startKafka } from '../../stack/parts/kafka.ts';
import { startTemporal } from '../../stack/parts/temporal.ts';
import { freePort } from '../../stack/ports.ts';
import { startScript } from '../../stack/process.ts';
import type { RunningProcess } from '../../stack/process.ts';
import type { Part } from '../../stack/part.ts';
import { Registry } from 'prom-client';
import { payloadConverterPath, workflowBundle } from '../../worker/bundle.ts';
import { driftCounter } from '../../worker/drift-metrics.ts';

export const GROUP = 'seatrial-ingest';

/**
 * Kafka, Temporal and the ledger's database as the stack starts them, each of which can be killed and brought back with its
 * data; the workers of models and retrainings in this process; and any number of ingests, each a process of its own. Only the
 * training is a stand-in: it ends at once, and always as failed, so that version 1 serves to the end.
 */
export interface World {
  /** Where all of it keeps its files, until it is stopped. */
  readonly dir: string;
  readonly log: EventLog;
  readonly client: Client;
  readonly ledger: Ledger;
  readonly kafka: KafkaSettings;
  readonly temporalAddress: string;
  /** A model whose version 1 serves under a policy, as it is after a release. */
  serve(model: string, policy: RetrainingPolicy): Promise<void>;
  ingest(): Promise<Ingest>;
  killBroker(): Promise<void>;
  restartBroker(): Promise<void>;
  stopTemporal(): Promise<void>;
  restartTemporal(): Promise<void>;
  /** Trainings of a model that were under way at one time, at most. */
  mostTrainings(model: string): number;
  /** Prometheus text of the workers. */
  workerMetrics(): Promise<string>;
  stop(): Promise<void>;
}

export interface Ingest {
  readonly process: RunningProcess;
  /** Prometheus text; rejects when it does not answer. */
  metrics(): Promise<string>;
  healthy(): Promise<boolean>;
}

export interface WorldOptions {
  /** How long a training takes. */
  readonly trainingMs?: number;
  /** Only what ingest needs: nobody works on signals. */
  readonly workers?: boolean;
}

export async function startWorld({ trainingMs = 0, workers = true }: WorldOptions = {}): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'seatrial-drift-loop-'));
  const closing: (() => Promise<unknown>)[] = [async () => rmSync(dir, { recursive: true, force: true })];
  const ingests: Ingest[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(ingests.map(({ process }) => process.stop()));
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    let broker: Part = await startKafka({ dataDir: join(dir, 'kafka') });
    closing.push(() => broker.stop());
    let temporal: Part = await startTemporal({ dataDir: join(dir, 'temporal') });
    closing.push(() => temporal.stop());
    const portOf = ({ address }: Part): number => Number(address.split(':').at(-1));
    const [kafkaPort, temporalPort] = [portOf(broker), portOf(temporal)];
    const kafka: KafkaSettings = { brokers: [broker.address], clientId: 'bench' };
    // What a client says of a broker that was killed on purpose is no news.
    process.env['LOG_LEVEL'] ??= 'error';
    const log = await connectLog(kafka, createLogger('bench'));
    closing.push(() => log.close());
    await log.ensureTopics(topicSettings);
    const connection = await Connection.connect({ address: temporal.address });
    closing.push(() => connection.close());
    const client = new Client({ connection });
    const database = await startDatabase({ dataDir: join(dir, 'database') });
    closing.push(() => database.stop());
    const ledger = await openLedger(database.extra['url'] ?? '');
    closing.push(() => ledger.close());
    await ledger.migrate();
    const registry = new Registry();
    const trainings: TrainingOptions['trainings'] = new Map();
    const context = { ledger, log, temporal: client, onAppended: driftCounter(registry) };
    if (workers) closing.push(await startWorkers(temporal.address, context, { trainingMs, trainings }));

    return {
      dir,
      log,
      client,
      ledger,
      kafka,
      temporalAddress: temporal.address,
      serve: async (model, policy) => {
        await client.workflow.start(workflowTypes.model, {
          workflowId: modelWorkflowId(model),
          taskQueue: taskQueues.release,
          args: [{ schema: 1, state: servingState(model, policy) }],
        });
      },
      ingest: async () => {
        const one = await startIngest(dir, ingests.length, kafka, temporal.address);
        ingests.push(one);
        return one;
      },
      killBroker: async () => {
        broker.kill('SIGKILL');
        await broker.exited;
      },
      restartBroker: async () =>
        void (broker = await startKafka({ dataDir: join(dir, 'kafka'), port: kafkaPort })),
      stopTemporal: () => temporal.stop(),
      restartTemporal: async () =>
        void (temporal = await startTemporal({ dataDir: join(dir, 'temporal'), port: temporalPort })),
      mostTrainings: (model) => trainings.get(model)?.most ?? 0,
      workerMetrics: () => registry.metrics(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What a run of the model's workflow would hand to the next once version 1 was promoted. */
function servingState(model: string, policy: RetrainingPolicy): ModelState {
  const trainer = {
    command: ['train'],
    dataCommand: ['window'],
    cwd: '.',
    seed: 1,
    arguments: [],
    timeoutSeconds: 60,
  };
  const planRef = { name: 'plan.json', sha256: 'a'.repeat(64), bytes: 1, mediaType: 'application/json' };
  return {
    ...initialState(model),
    served: ['1'],
    retraining: { spec: { policy, trainer, windowDays: 60 }, planRef },
  };
}

interface TrainingOptions {
  readonly trainingMs: number;
  readonly trainings: Map<string, { readonly now: number; readonly most: number }>;
}

async function startWorkers(
  address: string,
  context: Pick<ActivityContext, 'ledger' | 'onAppended' | 'log' | 'temporal'>,
  { trainingMs, trainings }: TrainingOptions,
): Promise<() => Promise<void>> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} },
    },
  });
  const connection = await NativeConnection.connect({ address });
  const { bundle } = await workflowBundle();
  const common = { connection, dataConverter: { payloadConverterPath } };
  const train = async ({ model }: { readonly model: string }): Promise<never> => {
    const { now = 0, most = 0 } = trainings.get(model) ?? {};
    trainings.set(model, { now: now + 1, most: Math.max(most, now + 1) });
    await new Promise((resolve) => setTimeout(resolve, trainingMs));
    const after = trainings.get(model)!;
    trainings.set(model, { ...after, now: after.now - 1 });
    throw ApplicationFailure.create({ type: 'TrainingFailed', message: 'a stand-in', nonRetryable: true });
  };
  const unreached = (): Promise<never> => Promise.reject(new Error('the first step of a training fails'));
  const training: TrainingActivities = {
    materialiseData: train,
    trainModel: unreached,
    compareTraining: unreached,
    registerVersion: unreached,
  };
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: taskQueues.release,
      workflowBundle: bundle,
      activities: { ...lightActivities(context as ActivityContext) },
    }),
    Worker.create({ ...common, taskQueue: taskQueues.training, activities: { ...training } }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  return async () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
    await connection.close();
  };
}

async function startIngest(
  dir: string,
  number: number,
  kafka: KafkaSettings,
  temporalAddress: string,
): Promise<Ingest> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const process = await startScript({
    name: `ingest ${number}`,
    file: fileURLToPath(new URL('../../services/ingest/main.ts', import.meta.url)),
    env: {
      KAFKA_BROKERS: kafka.brokers.join(','),
      TEMPORAL_ADDRESS: temporalAddress,
      HEALTH_PORT: String(port),
      LOG_LEVEL: 'warn',
    },
    log: join(dir, `ingest-${number}.log`),
    // Red while it joins its group; that it answers is enough.
    ready: async () => (await fetch(`${url}/health`)).status > 0,
  });
  return {
    process,
    metrics: async () => (await fetch(`${url}/metrics`)).text(),
    healthy: async () => (await fetch(`${url}/health`)).ok,
  };
}

/** Waits until `check` holds; throws with what it waited for. A check that throws holds not yet. */
export async function until(what: string, check: () => Promise<boolean>, withinMs = 300_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  let trouble: unknown;
  for (;;) {
    try {
      if (await check()) return;
    } catch (error) {
      trouble = error;
    }
    if (Date.now() > deadline)
      throw new Error(`waited ${withinMs / 1000} s in vain until ${what}`, { cause: trouble });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
