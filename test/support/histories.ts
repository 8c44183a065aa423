/** What the tests of workflows ask of a history. */
import type { WorkflowHandle } from '@temporalio/client';

/** Why workflow tasks failed. Empty means that the workflow was never wedged, not even for one task. */
export async function taskFailures(handle: Pick<WorkflowHandle, 'fetchHistory'>): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
    failed ? [failed.failure?.message ?? 'failed'] : [],
  );
}

/** How many history events of each activity were completed, by activity name in order. */
export async function activityNames(handle: Pick<WorkflowHandle, 'fetchHistory'>): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled ? [scheduled.activityType?.name ?? ''] : [],
  );
}
