/** Quality and calibration of a model's answers. Labels first, then scores; arrays in, plain objects out; pure. */
export { StatisticsError } from '../statistics/error.ts';
export type { Sample } from '../statistics/error.ts';
export type { Interval } from '../statistics/proportion.ts';
export { brierDecomposition, calibrationBins, ece, eceInterval } from './calibration.ts';
export type {
  BrierDecomposition,
  CalibrationBin,
  CalibrationBinning,
  CalibrationOptions,
} from './calibration.ts';
export {
  classificationMetrics,
  classificationSums,
  classificationSumsBySlice,
  mergeClassificationSums,
} from './classification.ts';
export type { ClassificationMetrics, ClassificationSums } from './classification.ts';
export { confusionMetrics, confusionOf } from './confusion.ts';
export type { Confusion, ConfusionMetrics } from './confusion.ts';
export { compareAuc } from './delong.ts';
export type { AucComparison } from './delong.ts';
export { ExactSum } from './exact-sum.ts';
export { calibrate, isotonicCalibration } from './isotonic.ts';
export type { IsotonicCalibration } from './isotonic.ts';
export { brier, logLoss } from './loss.ts';
export { averagePrecision, averagePrecisionInterval, rocAuc, rocAucInterval } from './ranking.ts';
export { mae, mergeRegressionSums, r2, regressionMetrics, regressionSums, rmse } from './regression.ts';
export type { RegressionMetrics, RegressionSums } from './regression.ts';
export { mergeScoreTables, scoreTableOf } from './score-table.ts';
export type { ScoreTable } from './score-table.ts';
export {
  binCountsSql,
  categoryCountsSql,
  classificationSql,
  rankingSql,
  regressionSql,
  scoreTableSql,
} from './sql.ts';
export type { ScoredTable } from './sql.ts';
