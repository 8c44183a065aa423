/** Fairness between groups of rows: rates, differences with bounds, and what cannot be measured. Pure. */
export { StatisticsError } from '../statistics/error.ts';
export { auditFairness, fairnessMeasures } from './audit.ts';
export type { AuditInput, Bounds, FairnessAudit, FairnessMeasure } from './audit.ts';
export { adverseImpactRatio, type Favourable } from './impact-ratio.ts';
export { calibrationWithinGroups } from './calibration.ts';
export type { CalibrationWithinGroups, GroupCalibration } from './calibration.ts';
export type { Disparity, Gap, PairDifference, PairMethod } from './disparity.ts';
export { fairness, judgeDifference } from './fairness.ts';
export type { EqualizedOdds, FairnessOptions, FairnessReport, FairnessVerdict } from './fairness.ts';
export { publishedAudit } from './published.ts';
export type { PublishedAudit } from './published.ts';
export { representationOf } from './representation.ts';
export type { GroupRepresentation, GroupSizes, Representation } from './representation.ts';
export type { WorstGroup } from './worst-group.ts';
export type { GroupColumn, GroupCounts, Groups } from './group.ts';
export { groupRate } from './rate.ts';
export type { GroupRate, RateName, SupportOptions } from './rate.ts';
