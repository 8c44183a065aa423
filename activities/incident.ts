import { encodeEvent } from '../contracts/cloudevents.ts';
import { modelWorkflowId } from '../contracts/ids.ts';
import { eventTypes } from '../contracts/live-events.ts';
import type { IncidentRaised } from '../contracts/live-events.ts';
import { topics } from '../contracts/topics.ts';
import type { ActivityContext } from './context.ts';
import { failure } from './failure.ts';

/** Puts an incident on its topic. Told again, it has the same id, so a reader counts it once. Throws `LogUnavailable`. */
export function incidentActivities({ log }: Pick<ActivityContext, 'log'>): {
  raiseIncident: (input: IncidentRaised) => Promise<void>;
} {
  return {
    async raiseIncident(data) {
      const { model, version, incident } = data;
      const event = encodeEvent({
        id: `${modelWorkflowId(model)}/incidents/${incident}`,
        source: '/seatrial/models',
        type: eventTypes.incidentRaised,
        time: new Date().toISOString(),
        subject: `models/${model}/versions/${version}`,
        partitionkey: model,
        data,
      });
      try {
        await log.publish(topics.incidents, [event]);
      } catch (error) {
        const what = `incident ${incident} of ${model} could not be written to ${topics.incidents}`;
        throw failure('LogUnavailable', what, error);
      }
    },
  };
}
