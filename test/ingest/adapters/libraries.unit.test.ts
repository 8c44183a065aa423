// Proves: what the drift libraries write (Evidently, NannyML, Alibi Detect, Seldon, KServe, whylogs) becomes the right events, each
// also broken and contradicting itself. Shapes from the pages that the adapters name; the reports of Evidently were made with 0.7.23.
import { describe, expect, test } from 'vitest';
import { adapt, but, events, only, refusal } from './adapt.ts';

describe('evidently, since 0.7', () => {
  const report = {
    metrics: [
      {
        id: '15e8',
        metric_name: 'DriftedColumnsCount(drift_share=0.5)',
        config: { type: 'evidently:metric_v2:DriftedColumnsCount', drift_share: 0.5 },
        value: { count: 1, share: 0.5 },
      },
      {
        id: '1cf7',
        metric_name: 'ValueDrift(column=age,method=K-S p_value,threshold=0.05)',
        config: {
          type: 'evidently:metric_v2:ValueDrift',
          column: 'age',
          method: 'K-S p_value',
          threshold: 0.05,
        },
        value: 3.03e-82,
      },
      {
        id: '4bd6',
        metric_name: 'ValueDrift(column=city,method=PSI,threshold=0.1)',
        config: { type: 'evidently:metric_v2:ValueDrift', column: 'city', method: 'PSI', threshold: 0.1 },
        value: 0.02,
      },
    ],
    tests: [{ id: 'drift', metric_config: { metric_id: '1cf7' }, status: 'FAIL' }],
  };

  test('a low p-value and a high share are drift, a low PSI is not', () => {
    const event = only('evidently', report);
    expect(event).toMatchObject({
      type: 'dev.seatrial.drift.detected.v1',
      source: '/monitors/evidently/daily',
      subject: 'models/churn/versions/7',
      partitionkey: 'churn',
      data: { verdict: 'drift', kind: 'data', severity: 'warning' },
    });
    expect(event.data.measurements).toEqual([
      {
        scope: 'dataset',
        name: null,
        metric: 'share_of_drifted_columns',
        value: 0.5,
        threshold: 0.5,
        driftWhen: 'gte',
        drifted: true,
      },
      {
        scope: 'feature',
        name: 'age',
        metric: 'K-S p_value',
        value: 3.03e-82,
        threshold: 0.05,
        driftWhen: 'lte',
        drifted: true,
      },
      {
        scope: 'feature',
        name: 'city',
        metric: 'PSI',
        value: 0.02,
        threshold: 0.1,
        driftWhen: 'gte',
        drifted: false,
      },
    ]);
  });

  test('the share decides over single columns', () => {
    const few = but(report, (copy) => (copy.metrics[0]!.value = { count: 1, share: 0.1 }));
    expect(only('evidently', few).data.verdict).toBe('no_drift');
  });

  test('a test that passed against its numbers is unresolved', () => {
    const odd = but(report, (copy) => (copy.tests[0]!.status = 'SUCCESS'));
    expect(only('evidently', odd)).toMatchObject({
      type: 'dev.seatrial.drift.unresolved.v1',
      data: { verdict: 'unresolved', severity: null },
    });
  });

  test('broken: without numbers or thresholds nothing is made up', () => {
    expect(
      refusal(
        'evidently',
        but(report, (copy) => copy.metrics.forEach((one) => (one.value = Number.NaN))),
      ),
    ).toBe('not-a-drift-event');
    const without = but(report, (copy) =>
      copy.metrics.forEach((one) => delete (one.config as { threshold?: number }).threshold),
    );
    expect(refusal('evidently', without)).toBe('no-threshold');
    expect(only('evidently', without, { config: { threshold: 0.05 } }).data.verdict).toBe('drift');
    expect(refusal('evidently', { metrics: 'many' })).toBe('not-understood');
  });
});

describe('evidently, legacy', () => {
  const column = {
    column_name: 'age',
    column_type: 'num',
    stattest_name: 'K-S p_value',
    stattest_threshold: 0.05,
    drift_score: 3.03e-82,
    drift_detected: true,
    current: { small_distribution: { x: [25.9, 32.6], y: [0.0018, 0.0078] } },
  };
  const report = {
    version: '0.7.23',
    metrics: [
      {
        metric: 'DatasetDriftMetric',
        result: {
          drift_share: 0.5,
          number_of_columns: 2,
          share_of_drifted_columns: 0.5,
          dataset_drift: true,
        },
      },
      { metric: 'DataDriftTable', result: { dataset_drift: true, drift_by_columns: { age: column } } },
    ],
    timestamp: '2026-11-23 18:57:44.573324',
  };

  test('has its time, and loses its histograms', () => {
    const event = only('evidently', report);
    expect(event.time).toBe('2026-11-23T18:57:44.573Z');
    expect(event.data).toMatchObject({ verdict: 'drift', monitor: { toolVersion: '0.7.23' } });
    expect(JSON.stringify(event)).not.toContain('25.9');
  });

  test('a dataset that drifted by its own word and not by its share is unresolved', () => {
    const odd = but(report, (copy) => (copy.metrics[0]!.result.share_of_drifted_columns = 0.1));
    expect(only('evidently', odd).data.verdict).toBe('unresolved');
  });
});

describe('nannyml', () => {
  const chunk = {
    chunk_chunk_key: '[0:4999]',
    chunk_chunk_index: 0,
    chunk_chunk_start_index: 0,
    chunk_chunk_end_index: 4999,
    chunk_chunk_start_date: '2018-01-01T00:00:00.000',
    chunk_chunk_end_date: '2018-12-31T23:10:21.000',
    chunk_chunk_period: 'analysis',
    debt_to_income_ratio_jensen_shannon_value: 0.031,
    debt_to_income_ratio_jensen_shannon_upper_threshold: 0.0282,
    debt_to_income_ratio_jensen_shannon_lower_threshold: null,
    debt_to_income_ratio_jensen_shannon_alert: true,
    salary_range_chi2_value: 2.9,
    salary_range_chi2_upper_threshold: null,
    salary_range_chi2_lower_threshold: null,
    salary_range_chi2_alert: false,
  };

  test('each chunk is a verdict with its own window, and reference chunks are none', () => {
    const later = {
      ...chunk,
      chunk_chunk_end_date: '2019-12-31T00:00:00.000',
      chunk_chunk_start_date: '2019-01-01T00:00:00.000',
    };
    const made = events('nannyml', [{ ...chunk, chunk_chunk_period: 'reference' }, chunk, later]);
    expect(made.map(({ time }) => time)).toEqual(['2018-12-31T23:10:21.000Z', '2019-12-31T00:00:00.000Z']);
    expect(made[0]!.data).toMatchObject({ verdict: 'drift', kind: 'data', window: { rows: 5000 } });
    expect(made[0]!.data.measurements[0]).toMatchObject({
      name: 'debt_to_income_ratio',
      metric: 'jensen_shannon',
      driftWhen: 'gt',
    });
  });

  test('a performance estimate below its lower threshold is drift of performance', () => {
    const cbpe = {
      chunk_key: '[0:4999]',
      chunk_period: 'analysis',
      roc_auc_value: 0.91,
      roc_auc_upper_threshold: 0.978,
      roc_auc_lower_threshold: 0.963,
      roc_auc_alert: true,
    };
    const { data } = only('nannyml', { data: [cbpe] });
    expect(data).toMatchObject({ kind: 'performance', verdict: 'drift' });
    expect(data.measurements[0]).toMatchObject({ metric: 'roc_auc', threshold: 0.963, driftWhen: 'lt' });
  });

  test('an alert inside its thresholds is unresolved; a record without an alert is not understood', () => {
    expect(
      only('nannyml', [{ ...chunk, debt_to_income_ratio_jensen_shannon_value: 0.01 }]).data.verdict,
    ).toBe('unresolved');
    expect(refusal('nannyml', [{ chunk_key: 'a', other: 1 }])).toBe('not-understood');
  });
});

describe('alibi-detect', () => {
  const answer = {
    data: { is_drift: 1, distance: [0.12, 0.4], p_val: [0.2, 0.001], threshold: 0.025 },
    meta: { name: 'KSDrift', detector_type: 'drift', data_type: null, version: '0.13.0', online: false },
  };

  test('p-values below the corrected threshold are drift', () => {
    const { data } = only('alibi-detect', answer, { config: { featureNames: ['age'] } });
    expect(data).toMatchObject({ verdict: 'drift', monitor: { id: 'KSDrift', toolVersion: '0.13.0' } });
    expect(data.measurements.map(({ name, drifted }) => [name, drifted])).toEqual([
      ['feature-1', true],
      ['age', false],
    ]);
  });

  test.each([
    [0, 'no_drift'],
    [false, 'no_drift'],
    [[0, 0], 'no_drift'],
  ])('is_drift %j is %s', (is_drift, verdict) => {
    expect(
      only('alibi-detect', { data: { is_drift, p_val: [0.2, 0.3], threshold: 0.05 } }).data.verdict,
    ).toBe(verdict);
  });

  test('an online detector has a statistic above a threshold', () => {
    const { data } = only('alibi-detect', {
      data: { is_drift: 1, test_stat: 0.3, threshold: 0.1 },
      meta: {},
    });
    expect(data.measurements[0]).toMatchObject({ metric: 'distance', driftWhen: 'gt', drifted: true });
  });

  test('broken or contradictory', () => {
    expect(refusal('alibi-detect', { data: { is_drift: 'perhaps' } })).toBe('not-understood');
    expect(
      only(
        'alibi-detect',
        but(answer, (copy) => (copy.data.is_drift = 0)),
      ).data.verdict,
    ).toBe('unresolved');
    expect(
      only('alibi-detect', { data: { is_drift: [1, 0, 0], p_val: [0.01, 0.5], threshold: 0.05 } }).data
        .verdict,
    ).toBe('unresolved');
  });
});

describe('seldon', () => {
  const inner = {
    data: { is_drift: 1, p_val: 0.001, threshold: 0.05, distance: 0.6 },
    meta: { name: 'cifar10-drift' },
  };
  const headers = {
    'ce-type': 'io.seldon.serving.inference.drift',
    'ce-specversion': '0.2',
    'ce-id': 'a1',
    'ce-time': '2026-11-20T08:00:00Z',
    'ce-inferenceservicename': 'income',
  };

  test('JSON in a JSON string, with model and time in the headers', () => {
    const event = only('seldon', JSON.stringify(inner), { headers });
    expect(event).toMatchObject({
      time: '2026-11-20T08:00:00.000Z',
      data: { model: { name: 'income' }, verdict: 'drift' },
    });
  });

  test('the outputs of Core 2', () => {
    const outputs = [
      { name: 'is_drift', shape: [1, 1], datatype: 'INT64', data: [1] },
      { name: 'p_val', shape: [1, 1], datatype: 'FP64', data: [0.01] },
      { name: 'threshold', shape: [1, 1], datatype: 'FP64', data: [0.05] },
    ];
    const event = only('seldon', { model_name: 'cifar10-drift', id: 'x', outputs });
    expect(event.data).toMatchObject({
      verdict: 'drift',
      model: { name: 'churn' },
      monitor: { id: 'cifar10-drift' },
    });
  });

  test('a verdict against its number is unresolved; broken JSON in the string is not understood', () => {
    expect(
      only(
        'seldon',
        but(inner, (copy) => (copy.data.p_val = 0.9)),
        { headers },
      ).data.verdict,
    ).toBe('unresolved');
    expect(refusal('seldon', '{"data":', { headers })).toBe('not-understood');
  });
});

describe('kserve', () => {
  const headers = {
    'ce-type': 'org.kubeflow.serving.inference.response',
    'ce-inferenceservicename': 'drifty',
    'ce-id': 'r1',
  };

  test('logged traffic is no drift event, and the refusal says what to do', () => {
    const adapted = adapt(
      'kserve',
      { instances: [[6.8, 2.8, 4.8, 1.4]] },
      { headers: { ...headers, 'ce-type': 'org.kubeflow.serving.inference.request' } },
    );
    expect(adapted).toMatchObject({ ok: false, code: 'not-a-drift-event' });
    expect(!adapted.ok && adapted.reason).toContain('drift detector');
  });

  test('the response of a detector is one, for the model that the operator names', () => {
    const body = { data: { is_drift: 1, p_val: 0.001, threshold: 0.05 } };
    const { data } = only('kserve', body, { headers, config: { detectors: { drifty: 'income' } } });
    expect(data).toMatchObject({ verdict: 'drift', model: { name: 'income' }, monitor: { id: 'drifty' } });
  });

  test('contradictory or without the type of the logger', () => {
    expect(
      only('kserve', { data: { is_drift: 0, p_val: 0.001, threshold: 0.05 } }, { headers }).data.verdict,
    ).toBe('unresolved');
    expect(refusal('kserve', { data: { is_drift: 0 } })).toBe('not-understood');
  });
});

describe('whylogs', () => {
  const scores = {
    weight: {
      algorithm: 'ks',
      pvalue: 0.001,
      statistic: 0.6,
      thresholds: { NO_DRIFT: [0.15, 1], POSSIBLE_DRIFT: [0.05, 0.15], DRIFT: [0, 0.05] },
      drift_category: 'DRIFT',
    },
    legs: {
      algorithm: 'hellinger',
      pvalue: null,
      statistic: 0.2,
      thresholds: { NO_DRIFT: [0, 0.15], POSSIBLE_DRIFT: [0.15, 0.4], DRIFT: [0.4, 1] },
      drift_category: 'POSSIBLE_DRIFT',
    },
    animal: null,
  };

  test('p-value and distance have opposite directions, and possible drift is none yet', () => {
    const { data } = only('whylogs', scores);
    expect(data.verdict).toBe('drift');
    expect(data.measurements.map(({ name, driftWhen, drifted }) => [name, driftWhen, drifted])).toEqual([
      ['weight', 'lte', true],
      ['legs', 'gte', false],
    ]);
  });

  test('broken or contradictory', () => {
    expect(
      only(
        'whylogs',
        but(scores, (copy) => (copy.weight.drift_category = 'NO_DRIFT')),
      ).data.verdict,
    ).toBe('unresolved');
    expect(
      only('whylogs', { ...scores, tail: { algorithm: 'x', drift_category: 'DRIFT' } }).data.verdict,
    ).toBe('unresolved');
    expect(refusal('whylogs', { weight: 0.3 })).toBe('not-understood');
  });
});
