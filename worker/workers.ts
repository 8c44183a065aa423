import { Worker } from '@temporalio/worker';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import { lightActivities } from '../activities/index.ts';
import type { ActivityContext } from '../activities/index.ts';
import { shardActivities, stageActivities } from '../activities/stages/index.ts';
import { trainingActivities } from '../activities/training/index.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import { payloadConverterPath } from './bundle.ts';
import type { NamedBundle } from './bundle.ts';
import type { Queue } from './environment.ts';
import { versioningOptions } from './versioning.ts';

export interface WorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly queues: readonly Queue[];
  readonly context: ActivityContext;
  readonly bundle: NamedBundle;
  readonly buildId: string;
  readonly versioning: boolean;
}

/** One worker a queue, so that heavy trials and training cannot take the slots of a rollback. */
export async function createWorkers(options: WorkersOptions): Promise<Worker[]> {
  return Promise.all(options.queues.map((queue) => Worker.create(optionsOf(queue, options))));
}

function optionsOf(
  queue: Queue,
  { connection, namespace, context, bundle, buildId, versioning }: WorkersOptions,
): WorkerOptions {
  const common: WorkerOptions = {
    connection,
    namespace,
    taskQueue: taskQueues[queue],
    dataConverter: { payloadConverterPath },
    // Time for a heartbeat to carry an activity's progress to its next attempt.
    shutdownGraceTime: '5s',
    shutdownForceTime: '20s',
    // A sleeping poller costs nothing; a missed heartbeat costs an attempt.
    maxHeartbeatThrottleInterval: '5s',
    ...versioningOptions(buildId, versioning),
  };
  switch (queue) {
    case 'release':
      return {
        ...common,
        workflowBundle: bundle.bundle,
        activities: { ...lightActivities(context) },
        maxCachedWorkflows: 500,
        // Canary watchers hold a slot for days, and rollbacks must always find one.
        maxConcurrentActivityTaskExecutions: 500,
      };
    case 'trials':
      return {
        ...common,
        activities: { ...stageActivities(context), ...shardActivities(context) },
        maxConcurrentActivityTaskExecutions: 2,
      };
    case 'training':
      return {
        ...common,
        activities: { ...trainingActivities(context) },
        maxConcurrentActivityTaskExecutions: 1,
      };
  }
}
