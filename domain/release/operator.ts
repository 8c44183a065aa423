import { enterStep, stop } from './advance.ts';
import type { ReleaseCommandOf } from './commands.ts';
import { followedBy, refusal } from './facts.ts';
import type { ReleaseEvent } from './events.ts';
import type { ReleaseState } from './state.ts';

/** Stops progress, not safety: guards stay armed, gates keep their deadline, and a stage that runs may finish. */
export function pause({ by, reason, at }: ReleaseCommandOf<'Pause'>, state: ReleaseState): ReleaseEvent[] {
  if (isOver(state)) return [refusal('pause', by, `the release is ${state.phase.name}`, at)];
  if (state.paused) return [refusal('pause', by, `it is already paused by ${state.paused.by}`, at)];
  return [{ type: 'ReleasePaused', data: { by, reason }, at }];
}

export function resume({ by, reason, at }: ReleaseCommandOf<'Resume'>, state: ReleaseState): ReleaseEvent[] {
  if (!state.paused) return [refusal('resume', by, 'the release is not paused', at)];
  return followedBy(state, [{ type: 'ReleaseResumed', data: { by, reason }, at }], (after) =>
    after.phase.name === 'ready' ? enterStep(after, after.phase.step, after.phase.canaryStep, at) : [],
  );
}

export function abort({ by, reason, at }: ReleaseCommandOf<'Abort'>, state: ReleaseState): ReleaseEvent[] {
  if (isOver(state) || state.phase.name === 'unstarted')
    return [refusal('abort', by, `the release is ${state.phase.name}`, at)];
  if (state.promoted)
    return [refusal('abort', by, 'the version already serves everybody; send rollback instead', at)];
  return stop(state, { cause: 'abort', by, reason: `aborted by ${by}: ${reason}`, outcome: 'aborted' }, at);
}

/** Runs again what could not be measured, or what was inconclusive. A measured failure is final: make a new version. */
export function retry({ by, reason, at }: ReleaseCommandOf<'Retry'>, state: ReleaseState): ReleaseEvent[] {
  const { phase } = state;
  const inconclusive =
    (phase.name === 'deciding' || phase.name === 'preparing-gate') && phase.why === 'inconclusive';
  if (phase.name !== 'held' && !inconclusive) {
    return [refusal('retry', by, `nothing waits to be tried again: the release is ${phase.name}`, at)];
  }
  const { step, canaryStep } = phase;
  return followedBy(state, [{ type: 'StageRetried', data: { step, canaryStep, by, reason }, at }], (after) =>
    enterStep(after, step, canaryStep ?? 0, at),
  );
}

/** Takes callers away from this version, now. A live version needs the model's slot for that; the model gives it first to rollbacks. */
export function rollback(
  { by, reason, at }: ReleaseCommandOf<'Rollback'>,
  state: ReleaseState,
): ReleaseEvent[] {
  const { phase, traffic, slot } = state;
  if (isOver(state) || !traffic.exposed) {
    const where = isOver(state)
      ? `the release is ${phase.name}`
      : 'this version serves nobody; send abort to end the release';
    return [refusal('rollback', by, where, at)];
  }
  if (slot.status === 'requested')
    return [refusal('rollback', by, 'a rollback is already waiting for the slot', at)];
  const why = `rolled back by ${by}: ${reason}`;
  return stop(state, { cause: 'person', by, reason: why, outcome: 'rolled-back' }, at);
}

function isOver({ phase }: ReleaseState): boolean {
  return phase.name === 'ended' || phase.name === 'rolling-back';
}
