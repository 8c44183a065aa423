import type { ModelEvent } from './events.ts';
import type { PolicyNote } from './state.ts';

/** The line about a fact in the model's short memory of what was decided, and what was not; undefined for all others. */
export function noteOf(event: ModelEvent): PolicyNote | undefined {
  const note = (what: PolicyNote['what'], about: string, reason: string): PolicyNote => ({
    at: event.at,
    what,
    about,
    reason,
  });
  switch (event.type) {
    case 'RetrainingDecided':
      return note('decided', event.data.decision, approved(event.data.reason, event.data.approval));
    case 'RetrainingHeld':
      return note('held', event.data.decision, event.data.why);
    case 'RetrainingQueued':
      return note('queued', event.data.decision, event.data.reason);
    case 'RetrainingDropped': {
      const { decision, reason, by } = event.data;
      return note('dropped', decision, by === undefined ? reason : `${by} rejected it: ${reason}`);
    }
    case 'RetrainingFinished':
      return note('finished', event.data.decision, `${event.data.outcome}: ${event.data.detail}`);
    case 'IncidentRaised':
      return note('incident', event.data.incident, event.data.headline);
    case 'IncidentCleared':
      return note('incident-cleared', event.data.incident, event.data.why);
    default:
      return undefined;
  }
}

function approved(
  reason: string,
  approval: { readonly by: string; readonly reason: string } | undefined,
): string {
  return approval === undefined ? reason : `${reason} (by ${approval.by}: ${approval.reason})`;
}
