// Proves: no adapter throws on any JSON, every event that one makes passes the schema and can be written to Kafka and read again by the
// consumer, what is missing is filled in order, and personal addresses, surplus measurements and long names do not travel on.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeEvent, encodeEvent } from '../../../contracts/cloudevents.ts';
import { driftReported } from '../../../contracts/schemas/live-events.ts';
import { adapters } from '../../../services/ingest/adapters/index.ts';
import { readEvent } from '../../../services/ingest/read-event.ts';
import { received } from '../events.ts';
import { adapt, context, events, only, refusal } from './adapt.ts';

// Words of all the formats, so that arbitrary JSON often gets past the first look.
const words = [
  ...[
    'metrics',
    'metric_name',
    'metric',
    'result',
    'value',
    'config',
    'threshold',
    'share',
    'drift_share',
    'drift_by_columns',
    'drift_score',
  ],
  ...[
    'stattest_threshold',
    'ValueDrift',
    'DriftedColumnsCount',
    'data',
    'is_drift',
    'p_val',
    'distance',
    'meta',
    'outputs',
    'name',
  ],
  ...[
    'chunk_key',
    'x_alert',
    'x_value',
    'x_upper_threshold',
    'algorithm',
    'drift_category',
    'DRIFT',
    'thresholds',
    'pvalue',
    'statistic',
  ],
  ...[
    'violations',
    'constraint_check_type',
    'featureStats',
    'predictionStats',
    'distributionDeviation',
    'anomalyCount',
    'eventType',
    'rows',
  ],
  ...[
    'column_name',
    'window',
    'start',
    'end',
    'js_distance',
    'alerts',
    'status',
    'firing',
    'labels',
    'annotations',
    'orgId',
    'version',
    '4',
  ],
  ...[
    'groupKey',
    'monitorCategory',
    'operator',
    'greaterThan',
    'latestComputedValue',
    'alert_value',
    'critical_threshold',
    'is_alert',
  ],
  ...[
    'startsAt',
    '2026-11-20T08:00:00Z',
    'feature_name',
    'timestamp',
    'endTime',
    '__proto__',
    'constructor',
    'toString',
  ],
];
const key = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...words) }, fc.string());
const leaf = fc.oneof(
  fc.constantFrom(...words),
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 6 },
    leaf,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('json')), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
  ),
}));
const config = { thresholds: { js_distance: 0.1 }, condition: 'greater', threshold: 0.1 };
const headers = { 'ce-type': 'org.kubeflow.serving.inference.response' };

function check(name: string, body: unknown): number {
  const adapter = adapters.get(name)!;
  expect(typeof adapter.accepts(body, headers)).toBe('boolean');
  const adapted = adapter.adapt(body, { ...context, config, headers });
  if (!adapted.ok) {
    expect(adapted.code, adapted.reason).not.toBe('adapter-fault');
    return 0;
  }
  for (const event of adapted.events) {
    expect(driftReported.safeParse(event.data).error).toBeUndefined();
    const record = received(encodeEvent(event));
    expect(decodeEvent(record)).toMatchObject({ ok: true });
    expect(readEvent(record)).toMatchObject({ ok: true });
  }
  return adapted.events.length;
}

test.each([...adapters.keys()])('%s stands any JSON', (name) => {
  fc.assert(
    fc.property(json, (body) => {
      check(name, body);
    }),
    { numRuns: 400 },
  );
});

// Bodies of the right shape with arbitrary contents, so that the property is not only about refusals.
const shaped: Readonly<Record<string, (inside: fc.Arbitrary<unknown>) => fc.Arbitrary<unknown>>> = {
  evidently: (any) =>
    fc.record({
      timestamp: any,
      metrics: fc.array(
        fc.record({
          metric_name: fc.constant('ValueDrift(x)'),
          value: fc.double(),
          config: fc.record({ column: any, method: any, threshold: fc.double() }),
        }),
        { minLength: 1 },
      ),
    }),
  'alibi-detect': (any) =>
    fc.record({
      data: fc.record({
        is_drift: fc.constantFrom(0, 1, true, [0, 1]),
        p_val: any,
        distance: any,
        threshold: any,
      }),
      meta: fc.record({ name: any }),
    }),
  whylogs: (any) =>
    fc.dictionary(
      fc.string(),
      fc.record({
        algorithm: fc.string({ minLength: 1 }),
        drift_category: fc.constant('DRIFT'),
        pvalue: fc.double(),
        statistic: any,
      }),
    ),
  alertmanager: (any) =>
    fc.record({
      version: fc.constant('4'),
      groupKey: fc.constant('g'),
      alerts: fc.array(
        fc.record({
          status: fc.constantFrom('firing', 'resolved'),
          startsAt: any,
          endsAt: any,
          fingerprint: any,
          labels: fc.record({ model: any, alertname: any, feature: any }),
          annotations: fc.record({ value: any, threshold: any, metric: any }),
        }),
      ),
    }),
};

test.each(Object.keys(shaped))('%s makes valid events of any contents', (name) => {
  let made = 0;
  fc.assert(
    fc.property(shaped[name]!(leaf), (body) => {
      made += check(name, body);
    }),
    { numRuns: 300 },
  );
  expect(made).toBeGreaterThan(30);
});

const feature = (name: string, p = 0.01) => ({
  metric_name: 'ValueDrift',
  value: p,
  config: { column: name, method: 'p_value', threshold: 0.05 },
});

test('at most 200 measurements, those that drifted first', () => {
  const metrics = Array.from({ length: 300 }, (_, i) => feature(`f${i}`, i < 250 ? 0.9 : 0.01));
  const { data } = only('evidently', { metrics });
  expect(data.measurements).toHaveLength(200);
  expect(data.measurements.filter(({ drifted }) => drifted)).toHaveLength(50);
});

test('an address does not travel on, and a long name is cut', () => {
  const event = only(
    'evidently',
    { metrics: [feature('rita@example.org'), feature('x'.repeat(1000))] },
    { monitorId: 'max@example.org' },
  );
  expect(JSON.stringify(event)).not.toMatch(/rita|max@|example/);
  expect(event.data.measurements[0]!.name).toMatch(/^redacted-[0-9a-f]{12}$/);
  expect(event.data.measurements[1]!.name).toHaveLength(256);
});

test('what is missing comes from configuration, then headers, then the key', () => {
  const metrics = [feature('age')];
  const nothing = { model: undefined, version: undefined } as unknown as typeof context;
  const fromHeaders = {
    'x-seatrial-model': 'income',
    'x-seatrial-version': '3',
    'x-seatrial-environment': 'staging',
    'x-seatrial-window-start': '2026-11-01T00:00:00Z',
    'x-seatrial-window-end': '2026-11-02T00:00:00Z',
    'x-seatrial-rows': '600',
  };
  expect(refusal('evidently', { metrics }, nothing)).toBe('no-model');
  expect(refusal('evidently', { metrics }, { ...nothing, key: 'keyed' })).toBe('no-version');
  expect(only('evidently', { metrics }, { ...nothing, headers: fromHeaders }).data).toMatchObject({
    model: { name: 'income', version: '3', environment: 'staging' },
    window: { start: '2026-11-01T00:00:00.000Z', end: '2026-11-02T00:00:00.000Z', rows: 600 },
  });
  expect(only('evidently', { metrics }, { headers: fromHeaders }).data.model.name).toBe('churn');
  expect(adapt('evidently', { metrics }, { ...nothing, model: 'Not A Name' })).toMatchObject({
    ok: false,
    code: 'no-model',
  });
  expect(
    only('evidently', { metrics }, { model: 'Not A Name', config: { models: { 'Not A Name': 'named' } } })
      .data.model.name,
  ).toBe('named');
});

test('the same finding has the same id, and another window, monitor or measurement has another', () => {
  const of = (name: string, end: string, monitorId = 'daily') =>
    events(
      'evidently',
      { metrics: [feature(name)] },
      { monitorId, headers: { 'x-seatrial-window-end': end } },
    )[0]!.id;
  const day = '2026-11-02T00:00:00Z';
  expect(of('age', day)).toBe(of('age', '2026-11-02T01:00:00+01:00'));
  expect(
    new Set([of('age', day), of('city', day), of('age', '2026-11-03T00:00:00Z'), of('age', day, 'hourly')])
      .size,
  ).toBe(4);
});
