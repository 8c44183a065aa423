/** The canary judge: verdicts that stay honest however often one looks. Pure and typed. */
export { CanaryJudge } from './judge.ts';
export type { MetricHistory } from './judge.ts';
export { foldBin } from './fold.ts';
export { initialState } from './state.ts';
export type { JudgeState } from './state.ts';
export { planOf } from './config.ts';
export type {
  JudgeConfig,
  LatencyConfig,
  LatencyQuantile,
  Margin,
  MetricConfig,
  MinimumExposure,
  Plan,
} from './config.ts';
export type { Arm, ArmBin, JudgeBin, LatencyCounts, MetricSums } from './bin.ts';
export { verdictOf } from './verdict.ts';
export type { Exposure, JudgeAction, MetricState, MetricVerdict, Verdict, VerdictKind } from './verdict.ts';
export { JudgeError } from './error.ts';
export type { JudgeErrorCode } from './error.ts';
export { collectArm, winsorise } from './collect.ts';
export type { JudgeRow } from './collect.ts';
export { forecast, FORECAST_RATIOS } from './forecast.ts';
export type { Forecast, Traffic } from './forecast.ts';
export { kayentaJudge, kayentaMannWhitney } from './kayenta.ts';
export type {
  KayentaClassification,
  KayentaComparison,
  KayentaMetric,
  KayentaMetricResult,
  KayentaOptions,
  KayentaResult,
} from './kayenta.ts';
