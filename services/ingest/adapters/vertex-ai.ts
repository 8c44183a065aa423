import type { DriftKind, Measurement } from '../../../contracts/live-events.ts';
import { defineAdapter } from './define-adapter.ts';
import { measured } from './finding.ts';
import type { Finding } from './finding.ts';
import { at, count, number, objects, text, time } from './read-json.ts';
import type { Json } from './read-json.ts';

/**
 * Vertex AI Model Monitoring: `ModelMonitoringStatsAnomalies`, one or in `{ "monitoringStats": [...] }` as
 * `searchModelDeploymentMonitoringStatsAnomalies` answers. Each objective is a verdict; of each feature the newest window counts.
 * Facts from cloud.google.com/vertex-ai/docs/reference/rest, "searchModelDeploymentMonitoringStatsAnomalies".
 */
export const vertexAi = defineAdapter({
  name: 'vertex-ai',
  version: 1,
  accepts: (body) => statistics(body).length > 0,
  read: (body, { config }) => statistics(body).flatMap((stats) => finding(stats, config)),
});

const statistics = (body: unknown): readonly Json[] => {
  const many = objects(at(body, 'monitoringStats'));
  return (many.length > 0 ? many : objects([body])).filter((one) => Array.isArray(one['featureStats']));
};

const KINDS: Readonly<Record<string, DriftKind>> = {
  FEATURE_ATTRIBUTION_SKEW: 'concept',
  FEATURE_ATTRIBUTION_DRIFT: 'concept',
};

function finding(stats: Json, config: Json): Finding[] {
  const objective = text(stats['objective']) ?? 'RAW_FEATURE_DRIFT';
  const read = objects(stats['featureStats']).map((feature) => newest(feature, objective));
  const measurements = read.flatMap((one) => one?.measurement ?? []);
  if (measurements.length === 0) return [];
  const anomalies = count(stats['anomalyCount']);
  const ends = read.flatMap((one) => one?.end ?? []).sort();
  const starts = read.flatMap((one) => one?.start ?? []).sort();
  return [
    {
      kind: Object.hasOwn(KINDS, objective) ? (KINDS[objective] ?? 'data') : 'data',
      claim: anomalies === undefined ? null : anomalies > 0 ? 'drift' : 'no_drift',
      monitorId: objective.toLowerCase(),
      // A deployment's number is nobody's name for a model, so it counts only where the operator's table knows it.
      model: text(at(config, 'models', text(stats['deployedModelId']) ?? '')),
      start: starts[0],
      end: ends.at(-1),
      measurements,
    },
  ];
}

function newest(
  feature: Json,
  objective: string,
): { measurement: Measurement; start: string | undefined; end: string | undefined } | undefined {
  const windows = objects(feature['predictionStats']).map((window) => ({
    window,
    end: time(window['endTime']),
  }));
  const last = windows.sort((a, b) => (a.end ?? '').localeCompare(b.end ?? '')).at(-1);
  if (last === undefined) return undefined;
  const value = number(last.window['distributionDeviation']);
  const threshold =
    number(last.window['anomalyDetectionThreshold']) ?? number(at(feature, 'threshold', 'value'));
  if (value === undefined || threshold === undefined) return undefined;
  const name = text(feature['featureDisplayName']) ?? null;
  return {
    start: time(last.window['startTime']),
    end: last.end,
    measurement: measured({
      scope: 'feature',
      name,
      metric: objective.toLowerCase(),
      value,
      threshold,
      driftWhen: 'gt',
    }),
  };
}
