import type { DriftSummary } from '../../contracts/messages.ts';
import type { DriftKind } from '../../contracts/live-events.ts';
import type { Incident, ModelEvent } from './events.ts';
import type { ModelState } from './state.ts';

type Raised = Extract<ModelEvent, { type: 'IncidentRaised' }>;

/** The open incident of a kind. */
export function openIncident({ incidents = [] }: ModelState, kind: DriftKind): Incident | undefined {
  return incidents.find((incident) => incident.kind === kind);
}

/** Named by version, kind and the window's end; raised again after it was cleared, it has another name by its event. */
export function raiseIncident(event: DriftSummary, { entries }: ModelState, at: string): Raised {
  const { id, kind, version, severity, windowStart, windowEnd, headline } = event;
  const minute = new Date(windowEnd).toISOString().slice(0, 16).replace(':', '-');
  const incident = `${version}.${kind}.${minute}Z.${entries}`;
  const data = { incident, kind, version, severity, windowStart, windowEnd, headline, driftEvent: id };
  return { type: 'IncidentRaised', data, at };
}

/** A cleared event of the kind, about a window that is not older, closes its incident. */
export function clearIncident(event: DriftSummary, state: ModelState, at: string): ModelEvent[] {
  const open = openIncident(state, event.kind);
  if (!open || Date.parse(event.windowEnd) <= Date.parse(open.windowEnd)) return [];
  const why = `the monitor reports no drift of ${event.kind} up to ${event.windowEnd}`;
  return [{ type: 'IncidentCleared', data: { incident: open.incident, why }, at }];
}
