import type { ModelCommandOf } from './commands.ts';
import type { ModelEvent, Purpose } from './events.ts';
import { evolve } from './evolve.ts';
import { championOf, previousOf } from './state.ts';
import type { ModelState } from './state.ts';

/** Only the release that holds the slot may move a model's traffic. Others wait in order; a rollback goes first. */
export function requestSlot(
  { version, purpose, at }: ModelCommandOf<'RequestSlot'>,
  state: ModelState,
): ModelEvent[] {
  const { slot, queue } = state;
  // A request is sent again when its release lost sight of the first: the holder hears its grant again.
  if (slot?.version === version && slot.purpose === purpose) return [grantAgain(state, slot, at)];
  if (queue.some((waiting) => waiting.version === version && waiting.purpose === purpose)) return [];
  if (purpose === 'rollback' && championOf(state) !== version) return [];
  if (!slot) return [grant(state, version, purpose, at)];

  const queued: ModelEvent = { type: 'SlotQueued', data: { version, purpose }, at };
  const preempts = purpose === 'rollback' && slot.purpose === 'release' && !slot.revoked;
  return preempts
    ? [queued, { type: 'SlotPreempted', data: { holder: slot.version, by: version }, at }]
    : [queued];
}

export function releaseSlot({ version, at }: ModelCommandOf<'ReleaseSlot'>, state: ModelState): ModelEvent[] {
  if (state.slot?.version === version) return freed(state, [], version, at);
  return state.queue.some((waiting) => waiting.version === version)
    ? [{ type: 'SlotWithdrawn', data: { version }, at }]
    : [];
}

export function promote(command: ModelCommandOf<'Promote'>, state: ModelState): ModelEvent[] {
  const { version, fence, planRef, retraining, at } = command;
  if (state.slot?.version !== version || state.slot.fence !== fence) return [];
  const events: ModelEvent[] = [
    { type: 'ChampionChanged', data: { version, replaced: championOf(state), why: 'promoted', fence }, at },
  ];
  if (retraining) events.push({ type: 'RetrainingPolicySet', data: { version, retraining, planRef }, at });
  return freed(state, events, version, at);
}

export function rollBack(
  { version, to, fence, at }: ModelCommandOf<'RollBack'>,
  state: ModelState,
): ModelEvent[] {
  if (state.slot?.version !== version || state.slot.fence !== fence) return [];
  const changed: ModelEvent = {
    type: 'ChampionChanged',
    data: { version: to, replaced: version, why: 'rolled-back', fence },
    at,
  };
  return freed(state, [changed], version, at);
}

/** Frees the slot after `events` and gives it to the next in the queue. */
function freed(state: ModelState, events: readonly ModelEvent[], version: string, at: string): ModelEvent[] {
  const all: ModelEvent[] = [...events, { type: 'SlotFreed', data: { version }, at }];
  const after = all.reduce(evolve, state);
  // A rollback that waits for a version that no longer serves has nothing to take back.
  const stale = after.queue.filter(
    ({ version: waiting, purpose }) => purpose === 'rollback' && waiting !== championOf(after),
  );
  const withdrawn = stale.map((waiting): ModelEvent => ({
    type: 'SlotWithdrawn',
    data: { version: waiting.version },
    at,
  }));
  const ready = withdrawn.reduce(evolve, after);
  const next = ready.queue[0];
  return [...all, ...withdrawn, ...(next ? [grant(ready, next.version, next.purpose, at)] : [])];
}

function grant(state: ModelState, version: string, purpose: Purpose, at: string): ModelEvent {
  const fence = state.grants + 1;
  return {
    type: 'SlotGranted',
    data: { version, purpose, fence, champion: championOf(state), previous: previousOf(state) },
    at,
  };
}

function grantAgain(state: ModelState, slot: NonNullable<ModelState['slot']>, at: string): ModelEvent {
  const { version, purpose, fence } = slot;
  return {
    type: 'SlotGranted',
    data: { version, purpose, fence, champion: championOf(state), previous: previousOf(state) },
    at,
  };
}
