import type { Client } from '@temporalio/client';
import { workflowTypes } from '../contracts/messages.ts';

/** Work of a release that no worker can take, because nobody polls its task queue. */
export interface WaitingStage {
  readonly release: string;
  readonly activity: string;
  readonly taskQueue: string;
}

const SCHEDULED = 1;
const ACTIVITIES = 2;

/** Of one release. Temporal remembers a poller for some minutes, so a worker that went just now still counts. */
export async function waitingStages(client: Client, release: string): Promise<readonly WaitingStage[]> {
  const { raw } = await client.workflow.getHandle(release).describe();
  const waiting = (raw.pendingActivities ?? []).flatMap(({ state, activityType, activityOptions }) => {
    const taskQueue = activityOptions?.taskQueue?.name;
    if (Number(state) !== SCHEDULED || !taskQueue) return [];
    return [{ release, activity: activityType?.name ?? 'an activity', taskQueue }];
  });
  const unserved: WaitingStage[] = [];
  for (const one of waiting) if (!(await isPolled(client, one.taskQueue))) unserved.push(one);
  return unserved;
}

/** Of every release that is under way. */
export async function allWaitingStages(client: Client): Promise<readonly WaitingStage[]> {
  const query = `WorkflowType = '${workflowTypes.release}' AND ExecutionStatus = 'Running'`;
  const found: WaitingStage[] = [];
  for await (const { workflowId } of client.workflow.list({ query }))
    found.push(...(await waitingStages(client, workflowId)));
  return found;
}

/** One sentence for people. */
export function waitingText({ release, activity, taskQueue }: WaitingStage): string {
  const name = release.replace(/^release\//, '');
  return `nobody polls ${taskQueue}, and ${activity} of ${name} waits`;
}

async function isPolled(client: Client, name: string): Promise<boolean> {
  const { namespace } = client.options;
  const taskQueue = { name };
  const asked = { namespace, taskQueue, taskQueueType: ACTIVITIES };
  return ((await client.workflowService.describeTaskQueue(asked)).pollers ?? []).length > 0;
}
