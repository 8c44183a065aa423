import type { Measurement } from '../../../contracts/live-events.ts';
import { defineAdapter } from './define-adapter.ts';
import { measured } from './finding.ts';
import { isObject, list, number, objects, text } from './read-json.ts';
import type { Json } from './read-json.ts';

/**
 * What `calculate_drift_scores(..., with_thresholds=True)` of whylogs returns, as JSON: for each column its algorithm, p-value or
 * statistic, the ranges of the categories and the category. Model and time are not in it. A POSSIBLE_DRIFT is not yet drift.
 * Facts from the whylogs example "Drift Algorithm Configuration".
 */
export const whylogs = defineAdapter({
  name: 'whylogs',
  version: 1,
  accepts: (body) => isObject(body) && Object.values(body).some(isScore),
  read: (body) => {
    const measurements = Object.entries(isObject(body) ? body : {}).flatMap(([name, score]) =>
      column(name, score),
    );
    if (measurements.length === 0) return [];
    const whole = objects(Object.values(isObject(body) ? body : {})).map((score) => score['drift_category']);
    // A category without readable numbers is something that was said and cannot be checked.
    const unread =
      whole.filter((category) => category === 'DRIFT').length >
      measurements.filter(({ drifted }) => drifted).length;
    return [{ kind: 'data', claim: null, contradictory: unread, measurements }];
  },
});

const isScore = (score: unknown): score is Json =>
  isObject(score) && text(score['algorithm']) !== undefined && text(score['drift_category']) !== undefined;

function column(name: string, score: unknown): Measurement[] {
  if (!isScore(score)) return [];
  const algorithm = text(score['algorithm']) ?? 'drift';
  const drifted = score['drift_category'] === 'DRIFT';
  const range = isObject(score['thresholds']) ? list(score['thresholds']['DRIFT']) : [];
  const pValue = number(score['pvalue']);
  const named = { scope: 'feature', name: name.trim() === '' ? null : name, drifted } as const;
  if (pValue !== undefined) {
    const threshold = number(range[1]) ?? 0.05;
    return [
      measured({ ...named, metric: `${algorithm}_p_value`, value: pValue, threshold, driftWhen: 'lte' }),
    ];
  }
  const value = number(score['statistic']);
  const threshold = number(range[0]);
  if (value === undefined || threshold === undefined) return [];
  return [measured({ ...named, metric: algorithm, value, threshold, driftWhen: 'gte' })];
}
