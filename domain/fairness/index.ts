/** Fairness between groups of rows: rates, differences with bounds, and what cannot be measured. Pure. */
export { StatisticsError } from '../statistics/error.ts';
export type { Disparity, PairDifference, PairMethod } from './disparity.ts';
export { fairness, judgeDifference } from './fairness.ts';
export type { EqualizedOdds, FairnessOptions, FairnessReport, FairnessVerdict } from './fairness.ts';
export type { GroupColumn, GroupCounts, Groups } from './group.ts';
export type { GroupRate, RateName, SupportOptions } from './rate.ts';
