/** Judging a stage's metrics by the checks of its plan. Pure. */
export { judgeChecks, worstVerdict } from './checks.ts';
export { asCount, asNumber, withUnit } from './format.ts';
export { sparedSteps, withoutSkips } from './kept-steps.ts';
