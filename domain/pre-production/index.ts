/** The worst day, rehearsed: how a recorded peak is played again, and what must hold meanwhile. Pure. */
export { busiestWindow, evenArrivals, peakArrivals } from './arrival.ts';
export type { Arrivals, PeakPlan } from './arrival.ts';
export { checklistCheck, layerChecks, lostCheck, lostMetric, toggleCheck } from './judge.ts';
export type { CallFacts, Layer, ToggleFacts } from './judge.ts';
