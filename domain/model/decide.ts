import type { ModelCommand, ModelCommandOf } from './commands.ts';
import { receiveDrift } from './drift.ts';
import type { ModelEvent } from './events.ts';
import { evolve } from './evolve.ts';
import { afterChange, decideByPerson, startByPerson } from './person.ts';
import { afterFinish } from './policy.ts';
import { promote, releaseSlot, requestSlot, rollBack } from './slot.ts';
import { championOf, type ModelState } from './state.ts';

/** What a command means for a model: the facts that follow. Repeated commands mean nothing new. */
export function decide(command: ModelCommand, state: ModelState): ModelEvent[] {
  const { at } = command;
  switch (command.type) {
    case 'RequestSlot':
      return requestSlot(command, state);
    case 'ReleaseSlot':
      return releaseSlot(command, state);
    case 'Promote':
      return changed(promote(command, state), state, at);
    case 'RollBack':
      return changed(rollBack(command, state), state, at);
    case 'NoteReview':
      return noteReview(command, state);
    case 'ReceiveDrift':
      return receiveDrift(command, state);
    case 'FinishRetraining':
      return thenNext(finish(command, state), state, at);
    case 'DecideRetraining':
      return thenNext(decideByPerson(command, state), state, at);
    case 'StartRetraining':
      return startByPerson(command, state);
    case 'ConfirmDelivery':
      return state.outbox.some(({ id }) => id === command.id)
        ? [{ type: 'MessageDelivered', data: { id: command.id }, at }]
        : [];
    case 'FailDelivery':
      return thenNext(failDelivery(command.id, command.reason, state, at), state, at);
    case 'RefuseMessage':
      return [{ type: 'MessageRefused', data: { message: command.message, reason: command.reason }, at }];
  }
}

/** What is said of a version that serves no more comes too late. */
function noteReview(
  { version, overdueSince, at }: ModelCommandOf<'NoteReview'>,
  state: ModelState,
): ModelEvent[] {
  if (championOf(state) !== version || (state.reviewOverdueSince ?? null) === overdueSince) return [];
  return [{ type: 'ReviewNoted', data: { version, overdueSince }, at }];
}

/** One that its guard stopped is held: a person may say that it is to be trained and released all the same. */
function finish(command: ModelCommandOf<'FinishRetraining'>, { running }: ModelState): ModelEvent[] {
  const { decision, outcome, detail, at } = command;
  if (running?.decision !== decision) return [];
  const finished: ModelEvent = { type: 'RetrainingFinished', data: { decision, outcome, detail }, at };
  if (outcome !== 'held') return [finished];
  const { approval: _, ...again } = running;
  const held = { ...again, decision: `${decision}.accepted`, acceptBreach: true, why: detail } as const;
  return [finished, { type: 'RetrainingHeld', data: held, at }];
}

/** The end of one retraining is the turn of the one that waited. */
function thenNext(events: ModelEvent[], state: ModelState, at: string): ModelEvent[] {
  return events.length === 0 ? events : [...events, ...afterFinish(events.reduce(evolve, state), at)];
}

function changed(events: ModelEvent[], state: ModelState, at: string): ModelEvent[] {
  return events.length === 0 ? events : [...events, ...afterChange(events.reduce(evolve, state), at)];
}

/** A release that is gone can neither hold the slot nor be told anything; a retraining that cannot start has failed. */
function failDelivery(id: number, reason: string, state: ModelState, at: string): ModelEvent[] {
  const message = state.outbox.find((candidate) => candidate.id === id);
  if (!message) return [];
  const undeliverable: ModelEvent = { type: 'MessageUndeliverable', data: { id, reason }, at };
  if (message.type === 'grant-slot' || message.type === 'revoke-slot') {
    return [undeliverable, ...releaseSlot({ type: 'ReleaseSlot', version: message.version, at }, state)];
  }
  if (message.type === 'start-retraining') {
    const { decision } = message.input;
    return [
      undeliverable,
      { type: 'RetrainingFinished', data: { decision, outcome: 'failed', detail: reason }, at },
    ];
  }
  return [undeliverable];
}
