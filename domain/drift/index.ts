/**
 * Drift: is a window of rows still like the reference? Arrays and numbers in, plain objects out; pure. General two-sample
 * tests live in `domain/statistics` and are exported here again.
 */
export {
  benjaminiHochberg,
  chiSquareTwoSample,
  countCategories,
  hodgesLehmann,
  holm,
  jensenShannon,
  ksTwoSample,
  mannWhitney,
  StatisticsError,
  wasserstein,
} from '../statistics/index.ts';
export type {
  Alternative,
  ChiSquareResult,
  HodgesLehmannResult,
  JensenShannonOptions,
  KsOptions,
  KsResult,
  MannWhitneyOptions,
  MannWhitneyResult,
  Sample,
} from '../statistics/index.ts';
export { Adwin } from './adwin.ts';
export type { AdwinOptions, AdwinSnapshot } from './adwin.ts';
export { quantileEdges, sturgesEdges } from './binning.ts';
export { cellsOf, MISSING_CELL, NEW_CELL, OTHER_CELL } from './cell.ts';
export type { FeatureValue } from './cell.ts';
export type { CategoryColumn, Column, NumericColumn } from './column.ts';
export { Cusum, cusumRunLength } from './cusum.ts';
export type { CusumOptions, CusumSnapshot } from './cusum.ts';
export { compareToProfile } from './compare.ts';
export type { CompareOptions } from './compare.ts';
export type { DriftVerdict, FeatureDrift } from './feature-drift.ts';
export { PageHinkley } from './page-hinkley.ts';
export type { PageHinkleyOptions, PageHinkleySnapshot } from './page-hinkley.ts';
export { Persistence } from './persistence.ts';
export { columnsOfRows, mergeProfiles, missingShare, profileOf, sharesOf } from './profile.ts';
export type {
  CategoryProfile,
  ExpectedPerformance,
  FeatureProfile,
  NumericProfile,
  ProfileOptions,
  ReferenceProfile,
} from './profile.ts';
export { evidentlyPsi, psi, psiOfCounts, psiThreshold } from './psi.ts';
export type { PsiOptions, PsiResult } from './psi.ts';
export { surpriseOf, withRarity } from './rarity.ts';
export type { Rarity } from './rarity.ts';
export { expectedSlices, lossOfSlice, mergeSliceTallies, sliceTallies } from './slice-tally.ts';
export type { ExpectedSlice, LabelledRow, SliceTally } from './slice-tally.ts';
export { ShiryaevRoberts } from './shiryaev-roberts.ts';
export type { Baseline, ShiryaevRobertsOptions, ShiryaevRobertsSnapshot } from './shiryaev-roberts.ts';
export { estimatePerformance } from './performance-estimate.ts';
export type { PerformanceEstimate } from './performance-estimate.ts';
export { maximumMeanDiscrepancy } from './multivariate.ts';
export type { DiscrepancyOptions, DiscrepancyResult } from './multivariate.ts';
export { driftWindowReport } from './report.ts';
export type { DriftReport, ReportOptions } from './report.ts';
export { compareToSeasonalProfile, hourOfWeek, seasonalProfileOf } from './seasonal.ts';
export type { SeasonalDrift, SeasonalProfile } from './seasonal.ts';
