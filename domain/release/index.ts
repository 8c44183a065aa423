export { decide } from './decide.ts';
export { evolve, fold } from './evolve.ts';
export { initialState } from './state.ts';
export { viewOf } from './view.ts';
export { referenceProfile, workOf } from './work.ts';
export type { ReleaseCommand } from './commands.ts';
export type { ReleaseEvent } from './events.ts';
export type { ReleaseState } from './state.ts';
export type { ModelMessage, Work } from './work.ts';
