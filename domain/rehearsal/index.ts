/** The rehearsal of the drift monitor: simulated and real change, played to the monitor's own core. Pure and seeded. */
export type { DriftRun, FalseAlarms, TrueQuality } from './outcome.ts';
export type { PoolRow } from './pool.ts';
export { rehearse } from './rehearse.ts';
export type { Level, RehearseInput, Rehearsed } from './rehearse.ts';
export { replayLater } from './replay-later.ts';
export type { LaterInput } from './replay-later.ts';
export { intensitiesOf, scenarios } from './scenario.ts';
export type { ScenarioName, ScenarioSettings } from './scenario.ts';
export { falseAlarmInterval, noticed } from './summary.ts';
export type { FalseAlarmInterval, Noticed, Quantile } from './summary.ts';
