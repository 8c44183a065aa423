/** What the tests of workflows ask of a history. */
import type { WorkflowHandle } from '@temporalio/client';

/** WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND: a message came while the workflow was ending its run, and goes first. */
const MESSAGE_CAME_FIRST = 1;

/** Why workflow tasks failed. Empty means that the workflow was never wedged, not even for one task. */
export async function taskFailures(handle: Pick<WorkflowHandle, 'fetchHistory'>): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
    failed && Number(failed.cause) !== MESSAGE_CAME_FIRST ? [failed.failure?.message ?? 'failed'] : [],
  );
}

/** How many history events of each activity were completed, by activity name in order. */
export async function activityNames(handle: Pick<WorkflowHandle, 'fetchHistory'>): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled ? [scheduled.activityType?.name ?? ''] : [],
  );
}
