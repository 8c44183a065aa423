/** Predicted against observed: what the stage `review` finds of a version that serves. Pure. */
export type { Comparison, Predicted } from './comparison.ts';
export { compareCost, type Cost, type CostLine } from './cost.ts';
export { detectionOf, type Detection } from './detection.ts';
export { compareDrift, type DriftFacts, type HindsightWindow } from './drift.ts';
export { lossOf, samplesNeeded } from './loss.ts';
export { compareCount, compareFeedback, worstSlice, type Said } from './people.ts';
export { compareQuality } from './quality.ts';
export { compareErrors, compareLatency, type Served } from './service.ts';
