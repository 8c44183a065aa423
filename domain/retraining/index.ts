export type { RetrainingEvent, RetrainingFact } from './events.ts';
