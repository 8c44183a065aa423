import { ActivityCancellationType, CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import { shardActivityName } from '../contracts/activities.ts';
import type { LightActivities, ShardActivity, StageActivity, StageInput } from '../contracts/activities.ts';
import type { EvidenceRef } from '../contracts/evidence.ts';
import { nonRetryableFailures } from '../contracts/failures.ts';
import type { StageStep } from '../contracts/plan.ts';
import type { Report } from '../contracts/report.ts';
import { taskQueues } from '../contracts/task-queues.ts';

const retry = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '1m',
  nonRetryableErrorTypes: nonRetryableFailures,
};

/** Sub-minute effects. Tried until they succeed: a rollback that gives up is not a rollback. */
export const light = proxyActivities<LightActivities>({
  taskQueue: taskQueues.release,
  startToCloseTimeout: '2m',
  heartbeatTimeout: '30s',
  retry,
});

/**
 * The dossier holds up nobody: not a release's next step, and not its end for longer than this. What could not be written is said in the
 * ledger, from which it can be made up at any time.
 */
export const documents = proxyActivities<Pick<LightActivities, 'writeDossier'>>({
  taskQueue: taskQueues.release,
  startToCloseTimeout: '3m',
  scheduleToCloseTimeout: '15m',
  heartbeatTimeout: '30s',
  retry: { ...retry, maximumAttempts: 6 },
});

/** Watching a canary lasts as long as its traffic needs; a lost worker shows within half a minute. */
export const watching = proxyActivities<LightActivities>({
  taskQueue: taskQueues.release,
  startToCloseTimeout: '30 days',
  heartbeatTimeout: '30s',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry,
});

/**
 * A validation stage, by the name that the plan gives it. Three attempts, then a person decides whether to retry. Where the plan
 * splits its rows, every share is an activity first, and the stage itself puts them together.
 */
export async function runStage(stage: StageStep, summary: string, input: StageInput): Promise<Report> {
  const acts = proxyActivities<Record<string, StageActivity>>(optionsOf(stage));
  const run = acts[stage.stage];
  if (!run) throw new Error(`no activity can be named ${stage.stage}`);
  const { shards = 1 } = stage;
  if (shards === 1) return run.executeWithOptions({ summary }, [input]);
  return run.executeWithOptions({ summary }, [{ ...input, shards: await runShards(stage, shards, input) }]);
}

/** All shares at once: the workers of the queue take as many as they can. One that fails for good cancels the others. */
async function runShards(stage: StageStep, of: number, input: StageInput): Promise<EvidenceRef[]> {
  const acts = proxyActivities<Record<string, ShardActivity>>(optionsOf(stage));
  const run = acts[shardActivityName(stage.stage)];
  if (!run) throw new Error(`no activity can be named ${shardActivityName(stage.stage)}`);
  const scope = new CancellationScope();
  try {
    return await scope.run(() =>
      Promise.all(
        Array.from({ length: of }, (_, index) => {
          const summary = `${stage.name}, share ${index + 1} of ${of}`;
          return run.executeWithOptions({ summary }, [{ ...input, shard: { index, of } }]);
        }),
      ),
    );
  } catch (error) {
    scope.cancel();
    throw error;
  }
}

function optionsOf(stage: StageStep): ActivityOptions {
  return {
    taskQueue: stage.taskQueue ?? taskQueues.trials,
    startToCloseTimeout: stage.timeoutSeconds * 1000,
    ...(stage.startWithinSeconds === undefined
      ? {}
      : { scheduleToStartTimeout: stage.startWithinSeconds * 1000 }),
    heartbeatTimeout: '30s',
    retry: { ...retry, maximumAttempts: 3 },
  };
}
