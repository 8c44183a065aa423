/** When what a gateway shows is an alert, and when it is over. Pure. */
export { conditions, usualThresholds } from './rules.ts';
export type { AlertThresholds, Condition, Look } from './rules.ts';
export { nothingSeen, watch } from './watch.ts';
export type { AlertChange, AlertPolicy, WatchState } from './watch.ts';
