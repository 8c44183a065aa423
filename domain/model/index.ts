export { decide } from './decide.ts';
export { evolve } from './evolve.ts';
export { championOf, initialState } from './state.ts';
export type { ModelCommand } from './commands.ts';
export type { ModelEvent } from './events.ts';
export type { HeldRetraining, Incident, RetrainingDecision, RetrainingOutcome } from './events.ts';
export type { ModelState, OutboxMessage, PolicyNote } from './state.ts';
