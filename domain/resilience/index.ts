/** Judging what a caller sees while something that a model depends on fails. Pure. */
export { exposureMetrics, exposureOf, judgeExposure } from './exposure.ts';
export type { Call, Exposure, Limits } from './exposure.ts';
export { leakSlope } from './leak.ts';
export type { MemorySample } from './leak.ts';
