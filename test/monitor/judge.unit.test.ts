/**
 * Proves what the monitor's judge says of a window: drift with its measure, quality apart from drift, `unresolved` where it
 * cannot tell, and never a measurement that contradicts itself.
 */
import { describe, expect, test } from 'vitest';
import {
  dataSummaryOf,
  judgeWindow,
  truthSummaryOf,
  type Finding,
  type Row,
  type Watched,
} from '../../domain/drift/monitor/index.ts';
import { watchedAs } from './core-fixture.ts';
import { syntheticProfile, syntheticTraffic } from './synthetic.ts';

const watched: Watched = { ...watchedAs('1.0.0', { minRows: 100 }), profile: syntheticProfile(3) };

/** Rows of synthetic traffic, drifted or not, with their labels. */
function rowsOf(count: number, drifted: boolean, seed = 4): Row[] {
  const rows = new Map<string, Row>();
  for (const one of syntheticTraffic(seed, 1, count, 0, drifted ? 1 : 0)) {
    if (one.kind === 'prediction') {
      const { predictionId: id, features, score } = one.prediction;
      rows.set(id, { id, time: 0, score: score!, features, label: null, complaint: null });
    }
  }
  for (const one of syntheticTraffic(seed, 1, count, 0, drifted ? 1 : 0)) {
    if (one.kind === 'label')
      rows.get(one.label.predictionId)!.label = { value: one.label.label, observedAt: 0 };
  }
  return [...rows.values()];
}

const dataOf = (rows: readonly Row[], by: Watched): readonly Finding[] =>
  judgeWindow.data(dataSummaryOf(rows, by.profile), by);
const performanceOf = (rows: readonly Row[], by: Watched): Finding =>
  judgeWindow.truth(truthSummaryOf(rows, by.profile, by.settings), by)[0]!;

const verdicts = (findings: readonly Finding[]): Record<string, string> =>
  Object.fromEntries(findings.map(({ kind, verdict }) => [kind, verdict]));

test('the same world gives no drift, ten times of ten', () => {
  for (let seed = 10; seed < 20; seed++) {
    const rows = rowsOf(500, false, seed);
    expect(verdicts(dataOf(rows, watched))).toEqual({
      data: 'no_drift',
      prediction: 'no_drift',
      quality: 'no_drift',
    });
    expect(performanceOf(rows, watched).verdict).toBe('no_drift');
  }
});

test('a world that moved is a warning for features and output, and critical for performance', () => {
  const rows = rowsOf(500, true);
  const findings = [...dataOf(rows, watched), performanceOf(rows, watched)];
  expect(findings.map(({ kind, verdict, severity }) => [kind, verdict, severity])).toEqual([
    ['data', 'drift', 'warning'],
    ['prediction', 'drift', 'warning'],
    ['quality', 'no_drift', null],
    ['performance', 'drift', 'critical'],
  ]);
  const [wind, carrier] = findings[0]!.measurements;
  expect([wind?.name, wind?.drifted, carrier?.name, carrier?.drifted]).toEqual([
    'wind',
    true,
    'carrier',
    false,
  ]);
});

test('too few rows, or too few labels, are unresolved', () => {
  const rows = rowsOf(99, true);
  expect(new Set(dataOf(rows, watched).map(({ verdict }) => verdict))).toEqual(new Set(['unresolved']));
  const many = rowsOf(500, true).map((row, i): Row => (i < 99 ? row : { ...row, label: null }));
  expect(performanceOf(many, watched)).toMatchObject({ verdict: 'unresolved', severity: null });
});

test('a profile without expected performance or without output is unresolved, with the reason', () => {
  const rows = rowsOf(500, true);
  const bare: Watched = { ...watched, profile: { ...watched.profile, expected: null, output: null } };
  expect(verdicts(dataOf(rows, bare))).toMatchObject({ data: 'drift', prediction: 'unresolved' });
  expect(performanceOf(rows, bare).reason).toMatch(/does not say/);
});

test('the same loss is chance in a small window and drift in a large one', () => {
  const small = rowsOf(120, false);
  const large = Array.from({ length: 50 }, () => small).flat();
  const { logLoss, logLossExpected } = performanceOf(small, watched).numbers;
  // The point is beyond the limit by .03; the standard error of the small window is about .05.
  const logLossIncrease = logLoss! - logLossExpected! - 0.03;
  const strict: Watched = { ...watched, settings: { ...watched.settings, logLossIncrease, aucDecrease: 1 } };
  expect(performanceOf(small, strict).verdict).toBe('no_drift');
  expect(performanceOf(large, strict).verdict).toBe('drift');
});

describe('data quality', () => {
  const changed = (
    change: (row: Row, i: number) => Record<string, string | number | null>,
  ): Record<string, string> => {
    const rows = rowsOf(500, false).map((row, i): Row => ({
      ...row,
      features: { ...row.features, ...change(row, i) },
    }));
    return verdicts(dataOf(rows, watched));
  };

  test('a feature that is often missing', () => {
    expect(changed((_, i) => (i % 2 === 0 ? { wind: null } : {}))).toMatchObject({ quality: 'drift' });
  });
  test('a new category', () => {
    expect(changed((_, i) => (i % 10 === 0 ? { carrier: 'XX' } : {}))).toMatchObject({ quality: 'drift' });
  });
  test('another unit', () => {
    expect(changed((_, i) => (i % 10 === 0 ? { wind: 400 } : {}))).toMatchObject({ quality: 'drift' });
  });
  test('a feature that is gone altogether is no silent "no drift"', () => {
    expect(changed(() => ({ wind: null }))).toEqual({
      data: 'unresolved',
      prediction: 'no_drift',
      quality: 'drift',
    });
  });
  test('one strange row among many', () => {
    expect(changed((_, i) => (i === 7 ? { wind: 400, carrier: 'XX' } : {}))).toMatchObject({
      quality: 'no_drift',
    });
  });
});

test('a measurement is beyond its threshold exactly when it says that it drifted', () => {
  const beyond = { gt: (a: number, b: number) => a > b, gte: (a: number, b: number) => a >= b };
  const below = { lt: (a: number, b: number) => a < b, lte: (a: number, b: number) => a <= b };
  for (const drifted of [true, false]) {
    for (const count of [100, 130, 500]) {
      const rows = rowsOf(count, drifted);
      for (const { measurements } of [...dataOf(rows, watched), performanceOf(rows, watched)]) {
        for (const { value, threshold, driftWhen, drifted: said } of measurements) {
          expect(Number.isFinite(value) && Number.isFinite(threshold)).toBe(true);
          expect({ ...beyond, ...below }[driftWhen](value, threshold)).toBe(said);
        }
      }
    }
  }
});
