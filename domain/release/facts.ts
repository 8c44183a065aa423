import type { ReleaseEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { ReleaseState } from './state.ts';

export function refusal(message: string, from: string, reason: string, at: string): ReleaseEvent {
  return { type: 'MessageRefused', data: { message, from, reason }, at };
}

/** Adds the facts that follow once `events` are folded. */
export function followedBy(
  state: ReleaseState,
  events: readonly ReleaseEvent[],
  next: (after: ReleaseState) => readonly ReleaseEvent[],
): ReleaseEvent[] {
  return [...events, ...next(events.reduce(evolve, state))];
}
