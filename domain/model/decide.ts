import type { ModelCommand } from './commands.ts';
import { receiveDrift } from './drift.ts';
import type { ModelEvent } from './events.ts';
import { promote, releaseSlot, requestSlot, rollBack } from './slot.ts';
import type { ModelState } from './state.ts';

/** What a command means for a model: the facts that follow. Repeated commands mean nothing new. */
export function decide(command: ModelCommand, state: ModelState): ModelEvent[] {
  const { at } = command;
  switch (command.type) {
    case 'RequestSlot':
      return requestSlot(command, state);
    case 'ReleaseSlot':
      return releaseSlot(command, state);
    case 'Promote':
      return promote(command, state);
    case 'RollBack':
      return rollBack(command, state);
    case 'ReceiveDrift':
      return receiveDrift(command, state);
    case 'FinishRetraining': {
      const { decision, outcome, detail } = command;
      return state.running?.decision === decision
        ? [{ type: 'RetrainingFinished', data: { decision, outcome, detail }, at }]
        : [];
    }
    case 'ConfirmDelivery':
      return state.outbox.some(({ id }) => id === command.id)
        ? [{ type: 'MessageDelivered', data: { id: command.id }, at }]
        : [];
    case 'FailDelivery':
      return failDelivery(command.id, command.reason, state, at);
    case 'RefuseMessage':
      return [{ type: 'MessageRefused', data: { message: command.message, reason: command.reason }, at }];
  }
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
