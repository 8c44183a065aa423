/** A candidate beside the champion on the same requests: how far the two disagree, where, and who was right. Pure. */
export { judgeBound } from './bound.ts';
export type { Bound } from './bound.ts';
export { compare, judgeShadow, shadowMetrics } from './judge.ts';
export type { Comparison, ShadowLimits } from './judge.ts';
export type { Pair } from './pair.ts';
export { pairedMean, pairedShare } from './paired-interval.ts';
export type { PairedInterval } from './paired-interval.ts';
export type { PairedQuality } from './paired-quality.ts';
export { compareSlices } from './slices.ts';
export type { SliceDisagreement, SliceOptions } from './slices.ts';
