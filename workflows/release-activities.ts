import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { LightActivities, StageActivity } from '../contracts/activities.ts';
import { nonRetryableFailures } from '../contracts/failures.ts';
import type { StageStep } from '../contracts/plan.ts';
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

/** Watching a canary lasts as long as its traffic needs; a lost worker shows within half a minute. */
export const watching = proxyActivities<LightActivities>({
  taskQueue: taskQueues.release,
  startToCloseTimeout: '30 days',
  heartbeatTimeout: '30s',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry,
});

/** A validation stage, by the name that the plan gives it. Three attempts, then a person decides whether to retry. */
export function stageActivity(stage: StageStep): {
  run: StageActivity;
  with: (summary: string, input: Parameters<StageActivity>[0]) => ReturnType<StageActivity>;
} {
  const acts = proxyActivities<Record<string, StageActivity>>({
    taskQueue: stage.taskQueue ?? taskQueues.trials,
    startToCloseTimeout: stage.timeoutSeconds * 1000,
    heartbeatTimeout: '30s',
    retry: { ...retry, maximumAttempts: 3 },
  });
  const run = acts[stage.stage];
  if (!run) throw new Error(`no activity can be named ${stage.stage}`);
  return { run, with: (summary, input) => run.executeWithOptions({ summary }, [input]) };
}
