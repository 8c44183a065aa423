// Proves that a drift report speaks when rows have changed and keeps quiet when not: seeded simulations of false alarms, of
// what folk limits on the PSI miss, of seasons, of missing values, and of what could not be measured.
import { describe, expect, test } from 'vitest';
import {
  compareToProfile,
  compareToSeasonalProfile,
  driftWindowReport,
  estimatePerformance,
  hourOfWeek,
  maximumMeanDiscrepancy,
  Persistence,
  profileOf,
  psi,
  psiThreshold,
  seasonalProfileOf,
  type Column,
} from '../../domain/drift/index.ts';
import { calibrate, isotonicCalibration, rocAuc, logLoss } from '../../domain/quality/index.ts';
import { createRandom, StatisticsError, type Random } from '../../domain/statistics/index.ts';

const normals = (random: Random, n: number, shift = 0): Float64Array =>
  new Float64Array(n).map(() => random.normal() + shift);

/** Many rare categories, as carriers and airports are. */
const category = (random: Random): string => `c${Math.floor(6 * random.exponential())}`;

function table(random: Random, n: number, shift = 0): Column[] {
  return [
    { name: 'speed', kind: 'numeric', values: normals(random, n, shift) },
    { name: 'delay', kind: 'numeric', values: normals(random, n).map((x) => Math.round(3 * Math.exp(x))) },
    { name: 'carrier', kind: 'category', values: Array.from({ length: n }, () => category(random)) },
  ];
}

describe('PSI', () => {
  test('its calibrated p-value keeps its promise at 200 rows, where the folk limit of 0.1 fires in a third of all windows', () => {
    const random = createRandom(11);
    let calibrated = 0;
    let folk = 0;
    for (let i = 0; i < 400; i++) {
      const result = psi(normals(random, 200), normals(random, 200));
      if (result.pValue <= 0.05) calibrated++;
      if (result.value > 0.1) folk++;
    }
    expect(calibrated).toBeLessThanOrEqual(36); // 0.05 x 400, and five standard deviations
    expect(calibrated).toBeGreaterThanOrEqual(4);
    expect(folk).toBeGreaterThan(80);
  });

  test('it sees a tenth of a standard deviation at 20,000 rows, which the folk limits do not', () => {
    const random = createRandom(12);
    const result = psi(normals(random, 20_000), normals(random, 20_000, 0.1));
    expect(result.pValue).toBeLessThan(1e-6);
    expect(result.value).toBeLessThan(0.1);
    expect(result.value).toBeGreaterThan(psiThreshold(20_000, 20_000, 10, 0.001));
  });

  test('ties hide nothing: a rare value beside a common one has a bin of its own', () => {
    const reference = Array.from({ length: 1000 }, (_, i) => (i < 970 ? 1 : 0));
    const current = Array.from({ length: 1000 }, (_, i) => (i < 700 ? 1 : 0));
    expect(psi(reference, current).pValue).toBeLessThan(1e-9);
    const spread = Array.from({ length: 1000 }, (_, i) => (i < 900 ? 5 : i));
    expect(
      psi(
        spread,
        spread.map((x) => (x === 5 ? 5.5 : x)),
      ).pValue,
    ).toBeLessThan(1e-9);
  });
});

describe('a window against a profile', () => {
  test('without drift the share of windows with any alarm stays near the false discovery rate', () => {
    const random = createRandom(21);
    const profile = profileOf(table(random, 5000));
    let windows = 0;
    for (let i = 0; i < 200; i++) {
      const rows = compareToProfile(profile, table(random, 300), { psiLimit: 0 });
      if (rows.some(({ verdict }) => verdict === 'drift')) windows++;
    }
    expect(windows).toBeLessThanOrEqual(26); // 0.05 x 200, and five standard deviations
  });

  test('drift needs both: significance, and an effect that matters', () => {
    const random = createRandom(22);
    const profile = profileOf(table(random, 50_000));
    const verdictOf = (rows: ReturnType<typeof compareToProfile>) =>
      rows.find(({ feature }) => feature === 'speed')!.verdict;
    const slight = table(random, 50_000, 0.03);
    expect(verdictOf(compareToProfile(profile, slight))).toBe('no_drift');
    expect(verdictOf(compareToProfile(profile, slight, { psiLimit: 0 }))).toBe('drift');
    expect(verdictOf(compareToProfile(profile, table(random, 2000, 0.4)))).toBe('drift');
  });

  test('missing values, unseen categories, and columns that are not there are each said', () => {
    const random = createRandom(23);
    const columns = table(random, 2000);
    const profile = profileOf(columns);
    const speed = Array.from(columns[0]!.values as Float64Array, (x, i) => (i % 10 === 0 ? null : x));
    const carrier = Array.from({ length: 2000 }, (_, i) => (i % 5 === 0 ? 'new' : category(random)));
    const rows = compareToProfile(profile, [
      { name: 'speed', kind: 'numeric', values: speed },
      { name: 'carrier', kind: 'category', values: carrier },
      { name: 'extra', kind: 'numeric', values: speed },
    ]);
    const of = (feature: string, aspect: string) =>
      rows.find((row) => row.feature === feature && row.aspect === aspect);
    expect(of('speed', 'values')!.verdict).toBe('no_drift');
    expect(of('speed', 'missing')).toMatchObject({
      verdict: 'drift',
      measures: { currentMissingShare: 0.1 },
    });
    expect(of('carrier', 'values')!.verdict).toBe('drift');
    expect(of('carrier', 'values')!.measures.unseenShare).toBeCloseTo(0.2, 2);
    expect(of('delay', 'values')).toMatchObject({ verdict: 'unresolved', pValue: null });
    expect(of('extra', 'values')!.verdict).toBe('unresolved');
  });

  test('too few rows are unresolved, never "no drift"; an infinity is refused by name and row', () => {
    const random = createRandom(24);
    const profile = profileOf(table(random, 500));
    for (const { verdict } of compareToProfile(profile, table(random, 10)))
      expect(verdict).toBe('unresolved');
    try {
      profileOf([{ name: 'speed', kind: 'numeric', values: [1, 2, Infinity] }]);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(StatisticsError);
      expect((error as Error).message).toContain('speed[2] is Infinity');
    }
  });

  test('the output is watched like a feature, and the profile knows what to expect of labels', () => {
    const random = createRandom(25);
    const scores = Array.from({ length: 3000 }, () => random.next());
    const labels = scores.map((score) => (random.next() < score ? 1 : 0));
    const profile = profileOf(table(random, 3000), { output: { scores, labels } });
    expect(profile.expected).toMatchObject({
      rows: 3000,
      auc: rocAuc(labels, scores),
      logLoss: logLoss(labels, scores),
    });
    const raised = Array.from({ length: 500 }, () => Math.sqrt(random.next()));
    const rows = compareToProfile(profile, table(random, 500), { scores: raised });
    expect(rows.find(({ aspect }) => aspect === 'output')!.verdict).toBe('drift');
    expect(JSON.parse(JSON.stringify(profile))).toEqual(profile);
  });
});

test('a window report finds the columns that moved, and only those', () => {
  const random = createRandom(31);
  const report = driftWindowReport(table(random, 4000), table(random, 4000, 0.2));
  expect(report.drifted).toEqual(['speed']);
  expect(report.unresolved).toEqual([]);
  const speed = report.features[0]!;
  expect(speed.measures.wassersteinInDeviations).toBeGreaterThan(0.15);
  expect(speed.adjustedPValue!).toBeGreaterThanOrEqual(speed.pValue!);
  expect(speed.reason).toContain('ks');
});

test('seasons: a daily rhythm is drift against the whole week, and none against the same hours', () => {
  const random = createRandom(41);
  const HOUR = 3_600_000;
  const make = (from: number, hours: number, perHour: number, extra = 0) => {
    const times: number[] = [];
    const load: number[] = [];
    for (let h = 0; h < hours; h++) {
      for (let i = 0; i < perHour; i++) {
        times.push((from + h) * HOUR);
        load.push(random.normal() + 2 * Math.sin((((from + h) % 24) * Math.PI) / 12) + extra);
      }
    }
    return { times, columns: [{ name: 'load', kind: 'numeric', values: load }] satisfies Column[] };
  };
  const reference = make(0, 168 * 3, 20);
  const seasonal = seasonalProfileOf(reference.columns, reference.times);
  const night = make(168 * 5 + 18, 6, 100);
  const whole = compareToProfile(profileOf(reference.columns), night.columns);
  expect(whole[0]!.verdict).toBe('drift');
  const same = compareToSeasonalProfile(seasonal, night.columns, night.times);
  expect(same).toMatchObject({ comparedRows: 600, unmatchedRows: 0 });
  expect(same.features[0]!.verdict).toBe('no_drift');
  const moved = make(168 * 6 + 18, 6, 100, 0.8);
  expect(compareToSeasonalProfile(seasonal, moved.columns, moved.times).features[0]!.verdict).toBe('drift');
  // 1970 began on a Thursday; 5 January 1970 was a Monday.
  expect(hourOfWeek(4 * 24 * HOUR)).toBe(0);
  expect(hourOfWeek(4 * 24 * HOUR - 1)).toBe(167);
  expect(hourOfWeek(4 * 24 * HOUR, -60)).toBe(167);
});

test('columns that move only together are found jointly, and not one by one', () => {
  const random = createRandom(51);
  const pair = (n: number, correlation: number) => {
    const x = normals(random, n);
    return [x, x.map((a) => correlation * a + Math.sqrt(1 - correlation ** 2) * random.normal())];
  };
  const names = (columns: Float64Array[]): Column[] =>
    columns.map((values, i) => ({ name: `f${i}`, kind: 'numeric', values }));
  const [before, same, turned] = [pair(1500, 0.8), pair(1500, 0.8), pair(1500, -0.8)];
  expect(driftWindowReport(names(before), names(turned)).drifted).toEqual([]);
  expect(maximumMeanDiscrepancy(before, turned, { random: createRandom(1) }).pValue).toBeLessThan(0.01);
  expect(maximumMeanDiscrepancy(before, same, { random: createRandom(1) }).pValue).toBeGreaterThan(0.01);
});

test('without labels, performance is estimated from calibrated chances, within its interval', () => {
  const random = createRandom(61);
  const draw = (n: number, tilt: number) => {
    const chances = Array.from({ length: n }, () => random.next() ** tilt);
    // The model is overconfident by a monotone twist, which calibration undoes.
    const scores = chances.map((p) => p * p);
    return { scores, labels: chances.map((p) => (random.next() < p ? 1 : 0)) };
  };
  const past = draw(20_000, 1);
  const calibration = isotonicCalibration(past.scores, past.labels);
  let covered = 0;
  for (let i = 0; i < 20; i++) {
    const window = draw(2000, 0.5);
    const estimate = estimatePerformance(window.scores, calibration);
    const truth = logLoss(window.labels, window.scores);
    if (estimate.logLoss.lower <= truth && truth <= estimate.logLoss.upper) covered++;
    expect(Math.abs(estimate.auc! - rocAuc(window.labels, window.scores))).toBeLessThan(0.05);
  }
  expect(covered).toBeGreaterThanOrEqual(16);
  expect(Math.abs(calibrate(calibration, 0.25) - 0.5)).toBeLessThan(0.05);
});

test('persistence: k of the last n, and an answer that could not be given changes nothing', () => {
  const memory = new Persistence(2, 3);
  expect([true, false, true].map((answer) => memory.observe(answer))).toEqual([false, false, true]);
  expect(memory.observe(undefined)).toBe(true);
  expect([false, false].map((answer) => memory.observe(answer))).toEqual([false, false]);
  expect(new Persistence(2, 3, memory.answers).holds).toBe(false);
  expect(() => new Persistence(4, 3)).toThrow(StatisticsError);
});
