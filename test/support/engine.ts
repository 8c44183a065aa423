/**
 * A whole engine for tests of workflows: real Temporal, Kafka, database and gateway, and workers in this process, so
 * that a test may put its own stages beside the real effects.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import { lightActivities } from '../../activities/index.ts';
import type { ActivityContext } from '../../activities/index.ts';
import { openEvidence } from '../../adapters/evidence/index.ts';
import type { EvidenceStore } from '../../adapters/evidence/index.ts';
import { connectLog } from '../../adapters/kafka/index.ts';
import type { EventLog } from '../../adapters/kafka/index.ts';
import { openLedger } from '../../adapters/ledger/index.ts';
import type { Ledger } from '../../adapters/ledger/index.ts';
import type {
  LightActivities,
  ShardActivity,
  StageActivity,
  TrainingActivities,
} from '../../contracts/activities.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import { releaseWorkflowId } from '../../contracts/ids.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { ReleaseView } from '../../contracts/release-view.ts';
import { searchAttributes } from '../../contracts/search-attributes.ts';
import { taskQueues } from '../../contracts/task-queues.ts';
import { topicSettings } from '../../contracts/topics.ts';
import { canonicalJson } from '../../domain/ledger/index.ts';
import { Client as TemporalClient, Connection } from '@temporalio/client';
import { startServices } from '../../stack/services.ts';
import type { ServiceName, Services } from '../../stack/services.ts';
import { startStack } from '../../stack/stack.ts';
import type { Stack } from '../../stack/stack.ts';
import { payloadConverterPath, workflowBundle } from '../../worker/bundle.ts';
import type { releaseWorkflow } from '../../workflows/index.ts';
import { SIGNATURE } from '../gateway/support.ts';
import { plan as testPlan } from './plans.ts';

export interface Engine {
  readonly stack: Stack;
  readonly services: Services;
  readonly client: Client;
  readonly evidence: EvidenceStore;
  readonly ledger: Ledger;
  readonly log: EventLog;
  readonly context: ActivityContext;
  readonly native: NativeConnection;
  /** Puts a plan's files and the plan itself into the evidence store, and starts its release. */
  start(more?: Partial<Plan>, early?: EarlySignal): Promise<Release>;
  stop(): Promise<void>;
}

/** Sent with the start, so that it is there before the first workflow task. */
export interface EarlySignal {
  readonly signal: string;
  readonly signalArgs: unknown[];
}

export interface Release {
  readonly plan: Plan;
  readonly handle: WorkflowHandle<typeof releaseWorkflow>;
  view(): Promise<ReleaseView>;
  /** Polls the state until it satisfies; fails with the last headline after `seconds`. */
  until(what: string, satisfies: (view: ReleaseView) => boolean, seconds?: number): Promise<ReleaseView>;
}

export interface EngineOptions {
  /** Run in this process; null leaves all workers to the test. */
  readonly stages: Readonly<Record<string, StageActivity>> | null;
  /** In place of the real ones, made with what they reach the world through. */
  readonly light?: (context: ActivityContext) => Partial<LightActivities>;
  /** Shares of stages that a plan splits, by activity name. */
  readonly shards?: Readonly<Record<string, ShardActivity>>;
  /** Run in this process, on the training queue; without it nobody trains. */
  readonly training?: (context: ActivityContext) => TrainingActivities;
  readonly dynamicConfig?: Readonly<Record<string, unknown>>;
  /** Processes of ours beside the gateway. */
  readonly services?: readonly ServiceName[];
}

export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { stages, light, shards = {}, training, dynamicConfig = {} } = options;
  const dir = await mkdtemp(join(tmpdir(), 'engine-'));
  const stack = await startStack({ dataDir: dir, dynamicConfig });
  const services = await startServices(stack, { only: ['gateway', ...(options.services ?? [])] });
  const connection = await Connection.connect({ address: stack.temporalAddress });
  const client = new TemporalClient({ connection });
  const evidence = openEvidence(stack.evidenceDir);
  const ledger = await openLedger(stack.databaseUrl);
  await ledger.migrate();
  const log = await connectLog({ brokers: stack.kafkaBrokers.split(','), clientId: 'test' });
  await log.ensureTopics(topicSettings);

  const context: ActivityContext = {
    evidence,
    ledger,
    log,
    temporal: client,
    gatewayUrl: services.gatewayUrl,
    startServing: () => Promise.reject(new Error('these tests start no serving process of their own')),
    scratchDir: dir,
  };
  const native = await NativeConnection.connect({ address: stack.temporalAddress });
  const { bundle } = await workflowBundle();
  const common = { connection: native, dataConverter: { payloadConverterPath } };
  const wanted: WorkerOptions[] =
    stages === null
      ? []
      : [
          {
            ...common,
            taskQueue: taskQueues.release,
            workflowBundle: bundle,
            activities: { ...lightActivities(context), ...light?.(context) },
          },
          { ...common, taskQueue: taskQueues.trials, activities: { ...stages, ...shards } },
        ];
  if (training)
    wanted.push({ ...common, taskQueue: taskQueues.training, activities: { ...training(context) } });
  const workers = await Promise.all(wanted.map((one) => Worker.create(one)));
  const running = Promise.all(workers.map((worker) => worker.run()));

  return {
    stack,
    services,
    client,
    evidence,
    ledger,
    log,
    context,
    native,
    start: (more = {}, early) => startRelease(client, evidence, more, early),
    stop: async () => {
      for (const worker of workers) worker.shutdown();
      await running;
      await Promise.all([native.close(), connection.close(), ledger.close(), log.close()]);
      await services.stop();
      await stack.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function startRelease(
  client: Client,
  evidence: EvidenceStore,
  more: Partial<Plan>,
  early?: EarlySignal,
): Promise<Release> {
  const model = join(import.meta.dirname, '../fixtures/tiny-a.onnx');
  const artifact = await evidence.putFile(model, { name: 'model.onnx', mediaType: 'application/onnx' });
  const signature = await evidence.put(JSON.stringify(SIGNATURE), {
    name: 'signature.json',
    mediaType: 'application/json',
  });
  const plan = testPlan({ artifact, signature, ...more });
  const planRef: EvidenceRef = await evidence.put(canonicalJson(plan), {
    name: 'plan.json',
    mediaType: 'application/json',
  });
  const options = {
    workflowId: releaseWorkflowId(plan.model, plan.version),
    taskQueue: taskQueues.release,
    args: [{ plan, planRef }] as Parameters<typeof releaseWorkflow>,
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    staticSummary: `**${plan.model}** ${plan.version}: ${plan.summary}`,
    typedSearchAttributes: [{ key: searchAttributes.model, value: plan.model }],
  };
  const handle = await (early
    ? client.workflow.signalWithStart<typeof releaseWorkflow, unknown[]>('releaseWorkflow', {
        ...options,
        ...early,
      })
    : client.workflow.start<typeof releaseWorkflow>('releaseWorkflow', options));
  const view = (): Promise<ReleaseView> => handle.query<ReleaseView>('state');
  return {
    plan,
    handle,
    view,
    until: async (what, satisfies, seconds = 60) => {
      const deadline = Date.now() + seconds * 1000;
      for (;;) {
        const now = await view();
        if (satisfies(now)) return now;
        if (Date.now() > deadline)
          throw new Error(`waited ${seconds} s for ${what}; the release says: ${now.headline}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
  };
}
