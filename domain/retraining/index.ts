export { CANCELLED } from './events.ts';
export type { RetrainingEvent, RetrainingFact } from './events.ts';
export { trainerArgv } from './trainer-argv.ts';
export { guardBreaches } from './guard.ts';
export type { GuardMeasurements } from './guard.ts';
