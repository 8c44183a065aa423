import type { TellModelInput } from '../contracts/activities.ts';
import { modelWorkflowId } from '../contracts/ids.ts';
import { workflowTypes } from '../contracts/messages.ts';
import { searchAttributes } from '../contracts/search-attributes.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import type { ActivityContext } from './context.ts';

/** What a release tells its model's workflow. */
export function modelActivities({ temporal }: Pick<ActivityContext, 'temporal'>): {
  tellModel: (input: TellModelInput) => Promise<void>;
} {
  return {
    async tellModel({ model, signal, payload }) {
      await temporal.workflow.signalWithStart(workflowTypes.model, {
        workflowId: modelWorkflowId(model),
        taskQueue: taskQueues.release,
        args: [{ model }],
        signal,
        signalArgs: [payload],
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `The life of **${model}** across its versions`,
        typedSearchAttributes: [{ key: searchAttributes.model, value: model }],
      });
    },
  };
}
