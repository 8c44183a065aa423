export { accountOf } from './account.ts';
export { decide } from './decide.ts';
export { evolve } from './evolve.ts';
export { championOf, initialState, resumedState } from './state.ts';
export type { DriftAccount, DriftBudget } from './account.ts';
export type { ModelCommand } from './commands.ts';
export type { ModelEvent } from './events.ts';
export type {
  DriftBucket,
  HeldRetraining,
  Incident,
  RetrainingDecision,
  RetrainingOutcome,
} from './events.ts';
export type { ModelState, OutboxMessage, PolicyNote } from './state.ts';
