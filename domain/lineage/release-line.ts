import { modelWorkflowId } from '../../contracts/ids.ts';
import type { IncidentRaised } from '../../contracts/live-events.ts';
import { fold, viewOf } from '../release/index.ts';
import type { ReleaseEvent } from '../release/index.ts';
import { driftLines } from './drift-lines.ts';
import type { Books, MonitorLine, ReleaseLine, TrafficLine } from './lineage.ts';
import { modelEvents, modelOf, originOf, planIn, releaseEvents } from './streams.ts';

/** A release as its own stream and its model's have it; undefined when its stream has no beginning. */
export function releaseLine(books: Books, release: string): ReleaseLine | undefined {
  const events = releaseEvents(books, release);
  const plan = planIn(books, release);
  const [first] = events;
  if (!plan || !first) return undefined;
  const state = fold(events);
  const view = viewOf(state);
  return {
    release,
    version: plan.version,
    at: first.at,
    requester: plan.requester,
    plan: state.planRef,
    artifact: plan.artifact,
    cameFrom: originOf(plan)?.retraining ?? null,
    state: view.outcome ?? view.situation,
    headline: view.outcomeReason ?? view.headline,
    traffic: trafficOf(events),
    monitor: monitorOf(books, modelOf(release), plan.version),
  };
}

/** Changes of traffic that were confirmed by counting, in order. */
function trafficOf(events: readonly ReleaseEvent[]): TrafficLine[] {
  const asked = new Map<string, Omit<TrafficLine, 'at'>>();
  const lines: TrafficLine[] = [];
  for (const event of events) {
    if (event.type === 'TrafficShiftStarted') {
      const { changeId, purpose, arms } = event.data.shift;
      asked.set(changeId, { purpose, arms });
    }
    const shift = event.type === 'TrafficShifted' ? asked.get(event.data.changeId) : undefined;
    if (shift) lines.push({ at: event.at, ...shift });
    if (event.type === 'ReleaseRolledBack') {
      const { to } = event.data;
      lines.push({
        at: event.at,
        purpose: 'rollback',
        arms: [{ arm: 'baseline', version: to, weight: 100 }],
      });
    }
  }
  return lines;
}

function monitorOf(books: Books, model: string, version: string): MonitorLine {
  const heard = driftLines(books, modelWorkflowId(model)).filter((line) => line.version === version);
  const open = new Map<string, Omit<IncidentRaised, 'model'>>();
  for (const event of modelEvents(books, model)) {
    if (event.type === 'IncidentRaised' && event.data.version === version)
      open.set(event.data.incident, event.data);
    if (event.type === 'IncidentCleared') open.delete(event.data.incident);
  }
  return {
    events: heard.length,
    last: heard.at(-1) ?? null,
    incidents: [...open.values()].map(({ incident, headline }) => `${incident}: ${headline}`),
  };
}
