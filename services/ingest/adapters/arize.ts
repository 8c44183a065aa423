import type { DriftKind, Measurement } from '../../../contracts/live-events.ts';
import { defineAdapter } from './define-adapter.ts';
import { flagged, measured } from './finding.ts';
import type { Finding } from './finding.ts';
import { at, isObject, number, objects, text, time } from './read-json.ts';
import type { Json } from './read-json.ts';

/**
 * Monitors as Arize's GraphQL API answers: `{ "data": { "node": { "name", "monitors": { "edges": [{ "node": ... }] } } } }`, or one
 * monitor alone. Each is a verdict. Ask for `id name monitorCategory status isTriggered threshold operator latestComputedValue
 * driftMetric performanceMetric dataQualityMetric updatedAt`; never for `creator`, which has an address.
 * Facts from arize.com/docs/ax, "Managing monitors with GraphQL".
 */
export const arize = defineAdapter({
  name: 'arize',
  version: 1,
  accepts: (body) => monitorsOf(body).some((one) => text(one['monitorCategory']) !== undefined),
  read: (body) => monitorsOf(body).flatMap((one) => finding(one, text(at(body, 'data', 'node', 'name')))),
});

function monitorsOf(body: unknown): readonly Json[] {
  const node = at(body, 'data', 'node') ?? body;
  const edges = objects(at(node, 'monitors', 'edges')).map((edge) => edge['node']);
  return edges.length > 0 ? edges.filter(isObject) : objects([node]);
}

const CATEGORIES: readonly (readonly [RegExp, DriftKind])[] = [
  [/performance/i, 'performance'],
  [/quality/i, 'quality'],
];

const DIRECTIONS: Readonly<Record<string, Measurement['driftWhen']>> = {
  greaterThan: 'gt',
  greaterThanOrEqual: 'gte',
  lessThan: 'lt',
  lessThanOrEqual: 'lte',
};

function finding(monitor: Json, modelName: string | undefined): Finding[] {
  const category = text(monitor['monitorCategory']);
  const status = text(monitor['status'])?.toLowerCase();
  if (category === undefined) return [];
  const kind = CATEGORIES.find(([pattern]) => pattern.test(category))?.[1] ?? 'data';
  const triggered = status === 'triggered' || (status === undefined && monitor['isTriggered'] === true);
  const known = triggered || status === 'cleared' || status === 'healthy' || monitor['isTriggered'] === false;
  const value = number(monitor['latestComputedValue']) ?? number(monitor['currentMetricValue']);
  const threshold = number(monitor['threshold']);
  const operator = text(monitor['operator']) ?? '';
  const driftWhen = Object.hasOwn(DIRECTIONS, operator) ? DIRECTIONS[operator] : undefined;
  const metric =
    text(monitor['driftMetric']) ??
    text(monitor['performanceMetric']) ??
    text(monitor['dataQualityMetric']) ??
    category;
  const complete = value !== undefined && threshold !== undefined && driftWhen !== undefined;
  return [
    {
      kind,
      claim: !known ? 'unresolved' : triggered ? 'drift' : 'no_drift',
      contradictory:
        status !== undefined &&
        typeof monitor['isTriggered'] === 'boolean' &&
        monitor['isTriggered'] !== triggered,
      model: modelName,
      monitorId: text(monitor['name']) ?? text(monitor['id']),
      end: time(monitor['evaluatedAt']) ?? time(monitor['updatedAt']),
      measurements: complete
        ? [measured({ scope: 'dataset', name: null, metric, value, threshold, driftWhen })]
        : [flagged(metric, triggered)],
      identity: text(monitor['id']),
    },
  ];
}
