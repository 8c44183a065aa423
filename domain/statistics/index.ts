/** General statistics: special functions, seeded randomness, tests, intervals, multiple comparisons. Pure and typed. */
export {
  StatisticsError,
  requireAllInRange,
  requireBinary,
  requireFinite,
  requireFiniteNumber,
  requireInRange,
  requireNonEmpty,
  requireSameLength,
} from './error.ts';
export type { Sample, StatisticsErrorCode } from './error.ts';
export { createRandom } from './random.ts';
export type { Random } from './random.ts';
export {
  chiSquareQuantile,
  chiSquareSurvival,
  erf,
  erfc,
  logGamma,
  logNormalCdf,
  normalCdf,
  normalQuantile,
  regularizedBeta,
  regularizedGammaP,
  regularizedGammaQ,
  studentTQuantile,
  studentTSurvival,
} from './special.ts';
export { bootstrapInterval } from './bootstrap.ts';
export { chiSquareTwoSample, countCategories } from './contingency.ts';
export type { ChiSquareResult } from './contingency.ts';
export { jensenShannon, wasserstein } from './distance.ts';
export type { JensenShannonOptions } from './distance.ts';
export { hodgesLehmann } from './hodges-lehmann.ts';
export type { HodgesLehmannResult } from './hodges-lehmann.ts';
export { ksPValue, ksTwoSample } from './kolmogorov-smirnov.ts';
export type { Alternative, KsOptions, KsResult } from './kolmogorov-smirnov.ts';
export { mannWhitney, mannWhitneyCdf } from './mann-whitney.ts';
export type { MannWhitneyOptions, MannWhitneyResult } from './mann-whitney.ts';
export { mcnemar } from './mcnemar.ts';
export type { McNemarResult } from './mcnemar.ts';
export { benjaminiHochberg, holm } from './multiple.ts';
export { miettinenNurminenInterval, newcombeInterval, ratioBounds, wilsonInterval } from './proportion.ts';
export type { Interval } from './proportion.ts';
