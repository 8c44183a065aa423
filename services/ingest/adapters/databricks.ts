import type { Measurement } from '../../../contracts/live-events.ts';
import { AdaptRefusal } from './adapter.ts';
import { defineAdapter } from './define-adapter.ts';
import { measured } from './finding.ts';
import type { Finding } from './finding.ts';
import { at, isObject, number, objects, text, time } from './read-json.ts';
import type { Json } from './read-json.ts';

/**
 * Rows of the drift metrics table of Databricks data profiling (Lakehouse Monitoring), as a list or in `{ "rows": [...] }`. The
 * table knows no thresholds: `thresholds` of the configuration does, such as `{ "js_distance": 0.1 }`. Rows of slices are left
 * out, since the value of a slice may be about a person. Each window and kind of comparison is a verdict.
 * Facts from docs.databricks.com, "Monitor metric tables", "Drift metrics table schema".
 */
export const databricks = defineAdapter({
  name: 'databricks',
  version: 1,
  accepts: (body) =>
    rowsOf(body).some((row) => text(row['column_name']) !== undefined && isObject(row['window'])),
  read: (body, { config }) => {
    const limits = METRICS.flatMap((metric) => {
      const threshold = number(at(config, 'thresholds', metric.name));
      return threshold === undefined ? [] : [{ ...metric, threshold }];
    });
    if (limits.length === 0)
      throw new AdaptRefusal(
        'no-threshold',
        `the table has no thresholds; set \`thresholds\` in the configuration for one or more of ${METRICS.map(({ name }) => name).join(', ')}`,
      );
    const windows = new Map<string, Json[]>();
    for (const row of rowsOf(body)) {
      if (text(row['slice_key']) !== undefined || row['column_name'] === ':table') continue;
      const key = JSON.stringify([
        at(row, 'window', 'start'),
        at(row, 'window', 'end'),
        row['drift_type'],
        row['granularity'],
      ]);
      windows.set(key, [...(windows.get(key) ?? []), row]);
    }
    return [...windows.values()].flatMap((rows) => finding(rows, limits));
  },
});

interface Metric {
  readonly name: string;
  readonly path: readonly string[];
  readonly driftWhen: Measurement['driftWhen'];
}

const METRICS: readonly Metric[] = [
  { name: 'js_distance', path: ['js_distance'], driftWhen: 'gt' },
  { name: 'wasserstein_distance', path: ['wasserstein_distance'], driftWhen: 'gt' },
  { name: 'population_stability_index', path: ['population_stability_index'], driftWhen: 'gt' },
  { name: 'l_infinity_distance', path: ['l_infinity_distance'], driftWhen: 'gt' },
  { name: 'tv_distance', path: ['tv_distance'], driftWhen: 'gt' },
  { name: 'ks_test', path: ['ks_test', 'pvalue'], driftWhen: 'lt' },
  { name: 'chi_squared_test', path: ['chi_squared_test', 'pvalue'], driftWhen: 'lt' },
];

const rowsOf = (body: unknown): readonly Json[] => objects(isObject(body) ? at(body, 'rows') : body);

function finding(rows: readonly Json[], limits: readonly (Metric & { threshold: number })[]): Finding[] {
  const [first] = rows;
  const measurements = rows.flatMap((row) =>
    limits.flatMap(({ name: metric, path, driftWhen, threshold }): Measurement[] => {
      const value = number(at(row, ...path));
      const name = text(row['column_name']);
      if (value === undefined || name === undefined) return [];
      return [measured({ scope: 'feature', name, metric, value, threshold, driftWhen })];
    }),
  );
  if (first === undefined || measurements.length === 0) return [];
  const comparison = text(first['drift_type'])?.toLowerCase();
  return [
    {
      kind: 'data',
      claim: null,
      start: time(at(first, 'window', 'start')),
      end: time(at(first, 'window', 'end')),
      reference: comparison,
      measurements,
    },
  ];
}
