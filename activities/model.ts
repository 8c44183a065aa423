import type { TellModelInput, WatchInput } from '../contracts/activities.ts';
import { encodeEvent } from '../contracts/cloudevents.ts';
import { modelWorkflowId, releaseWorkflowId } from '../contracts/ids.ts';
import { eventTypes } from '../contracts/live-events.ts';
import { workflowTypes } from '../contracts/messages.ts';
import { searchAttributes } from '../contracts/search-attributes.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import { topics } from '../contracts/topics.ts';
import type { WatchSet } from '../contracts/watch.ts';
import type { ActivityContext } from './context.ts';
import { failure } from './failure.ts';
import { readPlan } from './plan.ts';

/** What a release tells others: its model's workflow, and the monitor. */
export function modelActivities({
  temporal,
  log,
  evidence,
}: Pick<ActivityContext, 'temporal' | 'log' | 'evidence'>): {
  tellModel: (input: TellModelInput) => Promise<void>;
  setWatch: (input: WatchInput) => Promise<void>;
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

    async setWatch({ model, version, planRef, profile }) {
      const { watch } = await readPlan(evidence, planRef);
      if (!watch) throw failure('PlanInvalid', `the plan of ${model} ${version} has no watch settings`);
      const release = releaseWorkflowId(model, version);
      const data: WatchSet = { model, version, release, profile, settings: watch };
      const event = encodeEvent({
        id: `${release}/watch`,
        source: '/seatrial/releases',
        type: eventTypes.watch,
        time: new Date().toISOString(),
        subject: `models/${model}/versions/${version}`,
        partitionkey: model,
        data,
      });
      try {
        await log.publish(topics.watch, [event]);
      } catch (error) {
        throw failure(
          'LogUnavailable',
          `the watch of ${model} ${version} could not be written to ${topics.watch}`,
          error,
        );
      }
    },
  };
}
