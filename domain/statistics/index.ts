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
  studentTSurvival,
} from './special.ts';
