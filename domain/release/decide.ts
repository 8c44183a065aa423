import type { ReleaseCommand, ReleaseCommandOf } from './commands.ts';
import { enterStep, startRollback, stop } from './advance.ts';
import { failDossier, finishDossier } from './dossier.ts';
import { decideGate, expireGate, failGate, openGate } from './gate.ts';
import { abort, pause, resume, retry, rollback } from './operator.ts';
import { breakGuard, confirmShift, failObservation, failShift, finishObservation } from './traffic.ts';
import { closeAction, openAction } from './actions.ts';
import { expireReview, missed } from './review.ts';
import { skip } from './skip.ts';
import { failStage, finishStage } from './stage.ts';
import type { ReleaseEvent } from './events.ts';
import { followedBy, refusal } from './facts.ts';
import type { ReleaseState } from './state.ts';

/**
 * What a command means in a state: the facts that follow. Never throws for a command that comes from outside: what
 * people may not do becomes `MessageRefused` with the reason, and what an effect reports too late becomes nothing.
 */
export function decide(command: ReleaseCommand, state: ReleaseState): ReleaseEvent[] {
  const { at } = command;
  switch (command.type) {
    case 'Start':
      return start(command, state);
    case 'FinishStage':
      return finishStage(command, state);
    case 'FailStage':
      return failStage(command, state);
    case 'OpenGate':
      return openGate(command, state);
    case 'FailGate':
      return failGate(command, state);
    case 'ExpireGate':
      return expireGate(command, state);
    case 'Decide':
      return decideGate(command, state);
    case 'Pause':
      return pause(command, state);
    case 'Resume':
      return resume(command, state);
    case 'Abort':
      return abort(command, state);
    case 'Retry':
      return retry(command, state);
    case 'Rollback':
      return rollback(command, state);
    case 'Skip':
      return skip(command, state);
    case 'RefuseMessage':
      return [refusal(command.message, command.from, command.reason, at)];
    case 'GrantSlot':
      return grantSlot(command, state);
    case 'RevokeSlot':
      return revokeSlot(command, state);
    case 'ConfirmShift':
      return confirmShift(command, state);
    case 'FailShift':
      return failShift(command, state);
    case 'FinishObservation':
      return finishObservation(command, state);
    case 'FailObservation':
      return failObservation(command, state);
    case 'BreakGuard':
      return breakGuard(command, state);
    case 'Supersede':
      return supersede(command, state);
    case 'ExpireReview':
      return expireReview(command, state);
    case 'OpenAction':
      return openAction(command, state);
    case 'CloseAction':
      return closeAction(command, state);
    case 'FinishDossier':
      return finishDossier(command, state);
    case 'FailDossier':
      return failDossier(command, state);
    case 'ConfirmInformed':
      return state.informed.includes(command.of)
        ? []
        : [{ type: 'ModelInformed', data: { of: command.of }, at }];
  }
}

function start(
  { plan, planRef, dossier, at }: ReleaseCommandOf<'Start'>,
  state: ReleaseState,
): ReleaseEvent[] {
  if (state.phase.name !== 'unstarted') return [];
  const data = { plan, planRef, ...(dossier ? { dossier } : {}) };
  return followedBy(state, [{ type: 'ReleaseRequested', data, at }], (after) => enterStep(after, 0, 0, at));
}

function grantSlot(command: ReleaseCommandOf<'GrantSlot'>, state: ReleaseState): ReleaseEvent[] {
  const { phase } = state;
  if (phase.name !== 'awaiting-slot') return [];
  const { fence, champion, previous, at } = command;
  const granted: ReleaseEvent = { type: 'SlotGranted', data: { fence, champion, previous }, at };
  const request = state.rollbackRequest;
  return followedBy(state, [granted], (after) =>
    phase.purpose === 'rollback' && request
      ? startRollback(after, request, at)
      : enterStep(after, phase.step, 0, at),
  );
}

/** The champion itself is being rolled back, which outranks a challenger's trial. */
function revokeSlot({ reason, at }: ReleaseCommandOf<'RevokeSlot'>, state: ReleaseState): ReleaseEvent[] {
  const { name } = state.phase;
  if (state.slot.status !== 'held' || state.promoted || name === 'rolling-back' || name === 'ended')
    return [];
  return stop(state, { cause: 'slot', by: 'model', reason, outcome: 'aborted' }, at);
}

function supersede({ by, at }: ReleaseCommandOf<'Supersede'>, state: ReleaseState): ReleaseEvent[] {
  if (!state.promoted || state.phase.name === 'ended' || state.phase.name === 'rolling-back') return [];
  return [
    { type: 'ReleaseSuperseded', data: { by }, at },
    ...missed(state, 'superseded', at),
    { type: 'ReleaseEnded', data: { outcome: 'superseded', reason: `version ${by} serves now` }, at },
  ];
}
