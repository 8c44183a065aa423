// Proves: what monitoring services and alert webhooks write (SageMaker, Vertex AI, Azure ML, Databricks, Alertmanager, Grafana, Arize,
// Fiddler) becomes the right events, each also broken and contradicting itself. Shapes from the pages that the adapters name.
import { describe, expect, test } from 'vitest';
import { but, events, only, refusal } from './adapt.ts';

describe('sagemaker', () => {
  const drift = {
    feature_name: 'Day Mins',
    constraint_check_type: 'baseline_drift_check',
    description: 'Baseline drift distance: 0.42 exceeds threshold: 0.1',
  };
  const missing = {
    feature_name: 'State',
    constraint_check_type: 'missing_column_check',
    description: 'There are missing columns',
  };
  const job = {
    id: 'e1',
    'detail-type': 'SageMaker Processing Job State Change',
    source: 'aws.sagemaker',
    time: '2026-11-20T08:00:00Z',
    detail: {
      ProcessingJobArn: 'arn:aws:sagemaker:us-east-1:123456789012:processing-job/monitor-1',
      ProcessingJobStatus: 'Completed',
      ExitMessage: 'CompletedWithViolations: Job completed successfully with 8 violations.',
      MonitoringScheduleArn: 'arn:aws:sagemaker:us-east-1:123456789012:monitoring-schedule/churn-hourly',
      ProcessingEndTime: 1_763_625_600_000,
    },
  };

  test('violations: numbers out of prose, and data quality apart from drift', () => {
    const made = events('sagemaker', { violations: [drift, missing] });
    expect(made.map(({ data }) => [data.kind, data.verdict])).toEqual([
      ['data', 'drift'],
      ['quality', 'drift'],
    ]);
    expect(made[0]!.data.measurements[0]).toMatchObject({
      name: 'Day Mins',
      value: 0.42,
      threshold: 0.1,
      driftWhen: 'gt',
    });
    expect(only('sagemaker', { violations: [] }).data.verdict).toBe('no_drift');
  });

  test('the event of a job is unresolved, and sent twice it is one event', () => {
    const event = only('sagemaker', job);
    expect(event.data).toMatchObject({ verdict: 'unresolved', monitor: { id: 'churn-hourly' } });
    expect(only('sagemaker', { ...job, id: 'e2' }).id).toBe(event.id);
  });

  test('broken or contradictory', () => {
    const odd = { ...drift, description: 'Baseline drift distance: 0.02 exceeds threshold: 0.1' };
    expect(only('sagemaker', { violations: [odd] }).data.verdict).toBe('unresolved');
    expect(
      refusal(
        'sagemaker',
        but(job, (copy) => (copy.detail.ProcessingJobStatus = 'Failed')),
      ),
    ).toBe('not-a-drift-event');
    expect(refusal('sagemaker', { violations: 3 })).toBe('not-understood');
  });
});

describe('vertex-ai', () => {
  const stats = {
    objective: 'RAW_FEATURE_DRIFT',
    deployedModelId: '7391',
    anomalyCount: 1,
    featureStats: [
      {
        featureDisplayName: 'user_destination',
        threshold: { value: 0.3 },
        predictionStats: [
          {
            distributionDeviation: 0.1,
            anomalyDetectionThreshold: 0.3,
            startTime: '2026-11-01T00:00:00Z',
            endTime: '2026-11-02T00:00:00Z',
          },
          {
            distributionDeviation: 0.5,
            anomalyDetectionThreshold: 0.3,
            startTime: '2026-11-02T00:00:00Z',
            endTime: '2026-11-03T00:00:00Z',
          },
        ],
      },
    ],
  };

  test('each objective is a verdict over the newest window', () => {
    const attribution = { ...stats, objective: 'FEATURE_ATTRIBUTION_DRIFT' };
    const made = events('vertex-ai', { monitoringStats: [stats, attribution] });
    expect(made.map(({ data }) => data.kind)).toEqual(['data', 'concept']);
    expect(made[0]!.data).toMatchObject({
      verdict: 'drift',
      model: { name: 'churn' },
      window: { end: '2026-11-03T00:00:00.000Z' },
    });
    expect(made[0]!.id).not.toBe(made[1]!.id);
  });

  test('the number of a deployment counts only where the operator maps it', () => {
    expect(only('vertex-ai', stats, { config: { models: { 7391: 'income' } } }).data.model.name).toBe(
      'income',
    );
  });

  test('broken or contradictory', () => {
    expect(only('vertex-ai', { ...stats, anomalyCount: 0 }).data.verdict).toBe('unresolved');
    expect(refusal('vertex-ai', { ...stats, featureStats: [{}] })).toBe('not-a-drift-event');
    expect(refusal('vertex-ai', { featureStats: {} })).toBe('not-understood');
  });
});

describe('azure-ml', () => {
  const detected = {
    topic: '/subscriptions/s/resourceGroups/r/providers/Microsoft.MachineLearningServices/workspaces/w',
    subject: 'datadrifts/{}/runs/{}',
    eventType: 'Microsoft.MachineLearningServices.DatasetDriftDetected',
    eventTime: '2017-06-26T18:41:00.9584103Z',
    id: '831e1650-001e-001b-66ab-eeb76e069631',
    data: {
      DataDriftName: 'myDriftMonitor',
      BaseDatasetId: '3c56d136',
      DriftCoefficient: 0.835,
      StartTime: '2019-07-04T00:00:00+00:00',
      EndTime: '2019-07-05T00:00:00+00:00',
    },
  };
  const run = {
    source: detected.topic,
    type: 'Microsoft.MachineLearningServices.RunStatusChanged',
    time: '2026-11-20T08:00:00Z',
    id: 'r1',
    specversion: '1.0',
    data: {
      experimentName: 'credit-monitor',
      runTags: {
        azureml_modelmonitor_threshold_breached:
          'has failed due to one or more features violating metric thresholds',
      },
      runStatus: 'failed',
    },
  };

  test('both events, in a list, in both schemas', () => {
    const made = events('azure-ml', [detected, run]);
    expect(made.map(({ data }) => [data.monitor.id, data.verdict])).toEqual([
      ['myDriftMonitor', 'drift'],
      ['credit-monitor', 'drift'],
    ]);
    expect(made[0]!.data.window).toMatchObject({
      start: '2019-07-04T00:00:00.000Z',
      end: '2019-07-05T00:00:00.000Z',
    });
  });

  test('a coefficient below the configured limit, or a breach in a run that completed, is unresolved', () => {
    expect(only('azure-ml', detected, { config: { threshold: 0.9 } }).data.verdict).toBe('unresolved');
    expect(
      only(
        'azure-ml',
        but(run, (copy) => (copy.data.runStatus = 'Completed')),
      ).data.verdict,
    ).toBe('unresolved');
  });

  test('broken: any other run is nothing to us', () => {
    expect(refusal('azure-ml', { ...run, data: { runTags: {}, runStatus: 'failed' } })).toBe(
      'not-a-drift-event',
    );
    expect(refusal('azure-ml', { ...run, type: 'Microsoft.MachineLearningServices.ModelDeployed' })).toBe(
      'not-understood',
    );
  });
});

describe('databricks', () => {
  const row = {
    window: { start: '2026-11-01T00:00:00Z', end: '2026-11-02T00:00:00Z' },
    granularity: '1 day',
    column_name: 'amount',
    drift_type: 'BASELINE',
    slice_key: null,
    slice_value: null,
    js_distance: 0.3,
    ks_test: { statistic: 0.2, pvalue: 0.2 },
  };
  const config = { thresholds: { js_distance: 0.1, ks_test: 0.05 } };

  test('each window is a verdict by the configured thresholds; slices are left out', () => {
    const next = {
      ...row,
      window: { start: '2026-11-02T00:00:00Z', end: '2026-11-03T00:00:00Z' },
      js_distance: 0.01,
    };
    const slice = { ...row, slice_key: 'email', slice_value: 'rita@example.org' };
    const made = events('databricks', [row, next, slice], { config });
    expect(made.map(({ data }) => data.verdict)).toEqual(['drift', 'no_drift']);
    expect(made[0]!.data).toMatchObject({ reference: { id: 'baseline' } });
    expect(made[0]!.data.measurements.map(({ metric, driftWhen }) => [metric, driftWhen])).toEqual([
      ['js_distance', 'gt'],
      ['ks_test', 'lt'],
    ]);
    expect(JSON.stringify(made)).not.toContain('rita');
  });

  test('broken or contradictory', () => {
    expect(refusal('databricks', [row])).toBe('no-threshold');
    expect(refusal('databricks', [{ ...row, js_distance: null, ks_test: null }], { config })).toBe(
      'not-a-drift-event',
    );
    // A window that ends before it starts.
    expect(
      only('databricks', [{ ...row, window: { start: row.window.end, end: row.window.start } }], { config })
        .data.verdict,
    ).toBe('unresolved');
    expect(refusal('databricks', { rows: [{ column_name: 'a' }] }, { config })).toBe('not-understood');
  });
});

const alert = {
  status: 'firing',
  labels: { alertname: 'FeatureDrift', model: 'income', version: '3', severity: 'critical', feature: 'age' },
  annotations: {
    value: '0.31',
    threshold: '0.2',
    drift_when: 'gt',
    metric: 'psi',
    description: 'call rita@example.org',
  },
  startsAt: '2026-11-20T09:51:03.157076+02:00',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://prometheus.example.org/graph',
  fingerprint: 'c6eadffa33fcdf37',
};
const resolved = {
  ...alert,
  status: 'resolved',
  annotations: { ...alert.annotations, value: '0.1' },
  endsAt: '2026-11-21T08:00:00Z',
};

describe.each([
  ['alertmanager', { version: '4', groupKey: '{}:{alertname="FeatureDrift"}' }],
  ['grafana', { orgId: 1, version: '1', groupKey: '{}:{}' }],
])('%s', (name, extra) => {
  const hook = { receiver: 'seatrial', status: 'firing', alerts: [alert, resolved], ...extra };

  test('firing is drift, resolved is none, of the model that the labels name', () => {
    const made = events(name, hook);
    expect(made.map(({ data }) => data.verdict)).toEqual(['drift', 'no_drift']);
    expect(made[0]).toMatchObject({
      time: '2026-11-20T07:51:03.157Z',
      data: {
        model: { name: 'income', version: '3' },
        severity: 'critical',
        monitor: { id: 'FeatureDrift' },
      },
    });
    expect(made[0]!.data.measurements[0]).toMatchObject({
      name: 'age',
      metric: 'psi',
      value: 0.31,
      threshold: 0.2,
    });
    expect(JSON.stringify(made)).not.toContain('rita');
  });

  test('a repeated notification is the same event', () => {
    const again = events(name, hook, { receivedAt: '2026-11-20T12:00:00.000Z' });
    expect(again.map(({ id }) => id)).toEqual(events(name, hook).map(({ id }) => id));
  });

  test('an alert without numbers is a yes', () => {
    const { data } = only(name, { ...hook, alerts: [{ ...alert, annotations: {} }] });
    expect(data).toMatchObject({ verdict: 'drift', measurements: [{ value: 1, threshold: 0 }] });
  });

  test('broken or contradictory', () => {
    const odd = { ...alert, annotations: { ...alert.annotations, value: '0.1' } };
    expect(only(name, { ...hook, alerts: [odd] }).data.verdict).toBe('unresolved');
    expect(only(name, { ...hook, status: 'resolved', alerts: [alert] }).data.verdict).toBe('unresolved');
    expect(refusal(name, { ...hook, alerts: [] })).toBe('not-a-drift-event');
    expect(refusal(name, { alerts: [alert] })).toBe('not-understood');
  });
});

describe('arize', () => {
  const monitor = {
    id: 'TW9uaXRvcjox',
    name: 'age drift',
    monitorCategory: 'drift',
    status: 'triggered',
    isTriggered: true,
    threshold: 0.2,
    operator: 'greaterThan',
    latestComputedValue: 0.31,
    driftMetric: 'psi',
    updatedAt: '2026-11-20T08:00:00Z',
    creator: { email: 'rita@example.org' },
  };
  const answer = (...nodes: object[]) => ({
    data: { node: { name: 'income', monitors: { edges: nodes.map((node) => ({ node })) } } },
  });

  test('each monitor is a verdict, in its own direction', () => {
    const accuracy = {
      ...monitor,
      id: 'b',
      monitorCategory: 'performance',
      performanceMetric: 'accuracy',
      driftMetric: null,
      operator: 'lessThan',
      threshold: 0.8,
      latestComputedValue: 0.9,
      status: 'cleared',
      isTriggered: false,
    };
    const made = events('arize', answer(monitor, accuracy));
    expect(made.map(({ data }) => [data.kind, data.verdict])).toEqual([
      ['data', 'drift'],
      ['performance', 'no_drift'],
    ]);
    expect(made[0]!.data).toMatchObject({ model: { name: 'income' }, monitor: { id: 'age drift' } });
    expect(JSON.stringify(made)).not.toContain('rita');
  });

  test('no data, a status against its number or its flag: unresolved', () => {
    expect(only('arize', answer({ ...monitor, status: 'noData', isTriggered: false })).data.verdict).toBe(
      'unresolved',
    );
    expect(only('arize', answer({ ...monitor, latestComputedValue: 0.1 })).data.verdict).toBe('unresolved');
    expect(only('arize', answer({ ...monitor, isTriggered: false })).data.verdict).toBe('unresolved');
    expect(refusal('arize', { data: { node: null } })).toBe('not-understood');
  });
});

describe('fiddler', () => {
  const record = {
    id: 26410,
    uuid: 'b520da6b-c01c-4375-bde6-2560cd972485',
    alert_config_uuid: 'rule-1',
    alert_run_start_time: 1_703_255_503_133,
    alert_time_bucket: 1_703_116_800_000,
    is_alert: true,
    severity: 'CRITICAL',
    alert_value: 37,
    warning_threshold: 2,
    critical_threshold: 3,
    feature_name: null,
  };
  const config = {
    rules: {
      'rule-1': { metric: 'null_violation_count', condition: 'greater', kind: 'quality', model: 'income' },
    },
  };

  test('the rule says what the record leaves out', () => {
    const { data, time } = only('fiddler', { data: { items: [record] } }, { config });
    expect(time).toBe('2023-12-21T00:00:00.000Z');
    expect(data).toMatchObject({
      kind: 'quality',
      verdict: 'drift',
      severity: 'critical',
      model: { name: 'income' },
    });
    expect(data.measurements[0]).toMatchObject({
      metric: 'null_violation_count',
      value: 37,
      threshold: 3,
      driftWhen: 'gt',
    });
  });

  test('broken or contradictory', () => {
    expect(refusal('fiddler', record)).toBe('no-threshold');
    expect(only('fiddler', { ...record, alert_value: 1 }, { config }).data.verdict).toBe('unresolved');
    expect(refusal('fiddler', { items: [{ alert_value: 'much' }] }, { config })).toBe('not-understood');
  });
});
