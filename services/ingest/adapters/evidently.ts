import type { Measurement } from '../../../contracts/live-events.ts';
import { AdaptRefusal } from './adapter.ts';
import { defineAdapter } from './define-adapter.ts';
import { measured } from './finding.ts';
import type { Finding } from './finding.ts';
import { at, flag, isObject, list, number, objects, text, time } from './read-json.ts';
import type { Json } from './read-json.ts';

/**
 * Evidently's `report.json()`, both formats: since 0.7 (`metric_name`, `config`, `value`, `tests`) and the legacy one (`metric`,
 * `result`). Neither names model or monitor; only the legacy one has a time.
 * Facts from reports made with Evidently 0.7.23; see docs.evidentlyai.com, "Data drift".
 */
export const evidently = defineAdapter({
  name: 'evidently',
  version: 1,
  accepts: (body) =>
    objects(at(body, 'metrics')).some((one) => text(one['metric_name']) ?? text(one['metric'])),
  read: (body, { config }) => {
    const metrics = objects(at(body, 'metrics'));
    const isLegacy = metrics.some((one) => text(one['metric']) !== undefined);
    const measurements = isLegacy
      ? metrics.flatMap(legacy)
      : current(metrics, body, number(config['threshold']));
    const [whole] = metrics
      .map((one) => flag(at(one, 'result', 'dataset_drift')))
      .filter((one) => one !== undefined);
    if (measurements.length === 0) return [];
    const finding: Finding = {
      kind: 'data',
      claim: whole === undefined ? null : whole ? 'drift' : 'no_drift',
      toolVersion: text(at(body, 'version')),
      end: time(at(body, 'timestamp')),
      measurements,
    };
    return [finding];
  },
});

// As Evidently's own tests compare: these two p-values reach drift at the threshold, the other p-values below it.
const direction = (method: string): Measurement['driftWhen'] =>
  /p[_ -]?value/i.test(method) ? (/^(k-s|ks|cramer)/i.test(method) ? 'lte' : 'lt') : 'gte';

function current(metrics: readonly Json[], body: unknown, fallback: number | undefined): Measurement[] {
  const failed = new Map(
    objects(at(body, 'tests')).map((test) => [at(test, 'metric_config', 'metric_id'), at(test, 'status')]),
  );
  return metrics.flatMap((metric): Measurement[] => {
    const kind = text(metric['metric_name']) ?? '';
    const { config } = metric;
    const status = failed.get(metric['id'] ?? null);
    const drifted = status === 'FAIL' ? true : status === 'SUCCESS' ? false : undefined;
    if (kind.startsWith('DriftedColumnsCount')) {
      const value = number(at(metric, 'value', 'share'));
      const threshold = number(at(config, 'drift_share')) ?? 0.5;
      if (value === undefined) return [];
      // A test of the count may have a limit of its own, so only the share's own numbers speak here.
      return [
        measured({
          scope: 'dataset',
          name: null,
          metric: 'share_of_drifted_columns',
          value,
          threshold,
          driftWhen: 'gte',
        }),
      ];
    }
    if (!kind.startsWith('ValueDrift')) return [];
    const value = number(metric['value']);
    const threshold = number(at(config, 'threshold')) ?? fallback;
    if (value === undefined) return [];
    if (threshold === undefined)
      throw new AdaptRefusal(
        'no-threshold',
        'a ValueDrift metric has no threshold; set `threshold` in the configuration',
      );
    const method = text(at(config, 'method')) ?? 'drift_score';
    const name = text(at(config, 'column')) ?? null;
    return [
      measured({
        scope: 'feature',
        name,
        metric: method,
        value,
        threshold,
        driftWhen: direction(method),
        drifted,
      }),
    ];
  });
}

function legacy({ metric, result }: Json): Measurement[] {
  if (!isObject(result)) return [];
  const share = number(result['share_of_drifted_columns']);
  const limit = number(result['drift_share']);
  const whole =
    metric === 'DatasetDriftMetric' && share !== undefined && limit !== undefined
      ? [
          measured({
            scope: 'dataset',
            name: null,
            metric: 'share_of_drifted_columns',
            value: share,
            threshold: limit,
            driftWhen: 'gte',
          }),
        ]
      : [];
  const byColumn = result['drift_by_columns'];
  const columns = isObject(byColumn) ? Object.values(byColumn) : list([result]);
  return [...whole, ...objects(columns).flatMap(column)];
}

function column(result: Json): Measurement[] {
  const value = number(result['drift_score']);
  const threshold = number(result['stattest_threshold']);
  const drifted = flag(result['drift_detected']);
  const metric = text(result['stattest_name']) ?? 'drift_score';
  if (value === undefined || threshold === undefined) return [];
  const name = text(result['column_name']) ?? null;
  return [
    measured({ scope: 'feature', name, metric, value, threshold, driftWhen: direction(metric), drifted }),
  ];
}
