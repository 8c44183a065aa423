export { forecastCanary, minutesText } from './forecast.ts';
export type { CanaryForecast } from './forecast.ts';
export { Comparison } from './comparison.ts';
export { Observation } from './observation.ts';
export { canarySettings } from './settings.ts';
export type { CanarySettings } from './settings.ts';
export { stepVerdict } from './step-verdict.ts';
export type { StepVerdict } from './step-verdict.ts';
