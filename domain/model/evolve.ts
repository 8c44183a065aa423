import type { DriftCounts, ModelEvent } from './events.ts';
import { noteOf } from './notes.ts';
import {
  KEPT_DECISIONS,
  KEPT_NOTES,
  KEPT_OUTCOMES,
  KEPT_SERVED,
  KEPT_WATERMARKS,
  RECENT_IDS,
} from './state.ts';
import type { ModelState, OutboxMessage } from './state.ts';

/** Folds one fact into the state. Total over every event type; takes no decision. */
export function evolve(state: ModelState, event: ModelEvent): ModelState {
  const note = noteOf(event);
  const after = { ...apply(state, event), entries: state.entries + 1 };
  return note ? { ...after, notes: [...(state.notes ?? []), note].slice(-KEPT_NOTES) } : after;
}

/** Of the version before; a state that never had it stays as it was. */
function reviewedAnew(state: ModelState): Pick<ModelState, 'reviewOverdueSince'> {
  return state.reviewOverdueSince ? { reviewOverdueSince: null } : {};
}

function apply(state: ModelState, { type, data, at }: ModelEvent): ModelState {
  switch (type) {
    case 'SlotGranted': {
      const { version, purpose, fence, champion, previous } = data;
      return {
        ...state,
        grants: Math.max(state.grants, fence),
        slot: { version, purpose, fence, revoked: false },
        queue: state.queue.filter((waiting) => !(waiting.version === version && waiting.purpose === purpose)),
        outbox: post(state, { type: 'grant-slot', version, grant: { fence, champion, previous } }),
      };
    }
    case 'SlotQueued': {
      const rollbacks = state.queue.filter(({ purpose }) => purpose === 'rollback');
      const releases = state.queue.filter(({ purpose }) => purpose === 'release');
      return {
        ...state,
        queue:
          data.purpose === 'rollback' ? [...rollbacks, data, ...releases] : [...rollbacks, ...releases, data],
      };
    }
    case 'SlotWithdrawn':
      return { ...state, queue: state.queue.filter(({ version }) => version !== data.version) };
    case 'SlotPreempted':
      return {
        ...state,
        slot: state.slot && { ...state.slot, revoked: true },
        outbox: post(state, { type: 'revoke-slot', version: data.holder, by: data.by }),
      };
    case 'SlotFreed':
      return { ...state, slot: null };
    case 'ChampionChanged':
      // Another version serves: what was remembered of the drift of the one before says nothing about it.
      return data.why === 'promoted'
        ? { ...promoted(state, data.version, data.replaced), signals: {}, ...reviewedAnew(state) }
        : { ...state, served: servedUpTo(state, data.version), signals: {}, ...reviewedAnew(state) };
    case 'ReviewNoted':
      return { ...state, reviewOverdueSince: data.overdueSince };
    case 'RetrainingPolicySet':
      return { ...state, retraining: { spec: data.retraining, planRef: data.planRef } };
    case 'DriftReceived': {
      const { stream, partition, to, buckets, redelivered, keys, outcomes } = data;
      const lines = outcomes.map((outcome) => ({ at, ...outcome }));
      return {
        ...state,
        watermarks: withWatermark(state.watermarks, `${stream}/${partition}`, to),
        recentIds: [...state.recentIds, ...keys].slice(-RECENT_IDS),
        received: sum(state.received, buckets),
        redelivered: (state.redelivered ?? 0) + redelivered,
        outcomes: [...(state.outcomes ?? []), ...lines].slice(-KEPT_OUTCOMES),
      };
    }
    case 'RetrainingDecided': {
      if (!state.retraining) return state;
      const { spec, planRef } = state.retraining;
      const input = { model: state.model, ...data, planRef, retraining: spec };
      const { decision, windowEnd } = data;
      return {
        ...state,
        running: data,
        held: state.held?.decision === decision ? null : (state.held ?? null),
        queued: state.queued?.decision === decision ? null : (state.queued ?? null),
        decisions: [...state.decisions, { decision, windowEnd }].slice(-KEPT_DECISIONS),
        outbox: post(state, { type: 'start-retraining', input }),
      };
    }
    case 'RetrainingFinished':
      // A failure has mended nothing, so the same drift may ask again, within cool-down and budget.
      return { ...state, running: null, ...(data.outcome === 'failed' ? { signals: rearmed(state) } : {}) };
    case 'RetrainingHeld':
      return { ...state, held: data };
    case 'RetrainingQueued': {
      const { replaced: _, ...queued } = data;
      return { ...state, queued };
    }
    case 'RetrainingDropped':
      return {
        ...state,
        held: state.held?.decision === data.decision ? null : (state.held ?? null),
        queued: state.queued?.decision === data.decision ? null : (state.queued ?? null),
        rejected:
          data.by === undefined
            ? (state.rejected ?? [])
            : [...(state.rejected ?? []), data.decision].slice(-KEPT_DECISIONS),
      };
    case 'SignalsNoted':
      return { ...state, signals: { ...state.signals, ...data.signals } };
    case 'IncidentRaised':
      return {
        ...state,
        incidents: [...(state.incidents ?? []), data],
        outbox: post(state, { type: 'raise-incident', incident: data }),
      };
    case 'IncidentCleared':
      return {
        ...state,
        incidents: (state.incidents ?? []).filter(({ incident }) => incident !== data.incident),
      };
    case 'MessageDelivered':
    case 'MessageUndeliverable':
      return { ...state, outbox: state.outbox.filter(({ id }) => id !== data.id) };
    case 'MessageRefused':
      return state;
  }
}

/** The watermarks that were moved last are kept: a model's events are normally all in one partition, by their key. */
function withWatermark(
  watermarks: ModelState['watermarks'],
  key: string,
  offset: number,
): ModelState['watermarks'] {
  const { [key]: before = -1, ...others } = watermarks;
  const kept = Object.entries(others).slice(1 - KEPT_WATERMARKS);
  return { ...Object.fromEntries(kept), [key]: Math.max(before, offset) };
}

function sum(a: DriftCounts, b: DriftCounts): DriftCounts {
  return {
    started: a.started + b.started,
    coalesced: a.coalesced + b.coalesced,
    suppressed: a.suppressed + b.suppressed,
    duplicate: a.duplicate + b.duplicate,
    rejected: a.rejected + b.rejected,
  };
}

function rearmed({ signals = {} }: ModelState): NonNullable<ModelState['signals']> {
  return Object.fromEntries(
    Object.entries(signals).map(([kind, memory]) => [kind, { ...memory, fired: null }]),
  );
}

function promoted(state: ModelState, version: string | null, replaced: string | null): ModelState {
  if (version === null) return state;
  const served = [...state.served, version].slice(-KEPT_SERVED);
  const outbox =
    replaced === null ? state.outbox : post(state, { type: 'supersede', version: replaced, by: version });
  return { ...state, served, outbox };
}

/** After a rollback the list ends with the version that serves again. */
function servedUpTo({ served }: ModelState, version: string | null): readonly string[] {
  return version === null ? [] : served.slice(0, served.lastIndexOf(version) + 1);
}

type Unposted<Message> = Message extends unknown ? Omit<Message, 'id'> : never;

function post(state: ModelState, message: Unposted<OutboxMessage>): OutboxMessage[] {
  return [...state.outbox, { ...message, id: state.entries + 1 }];
}
