// Proves what the committed cases cannot: intervals of quality metrics cover the truth (seeded), slices and shards are exact, parts
// of the Brier score add up, the calibration error's bound holds, and a metric without a denominator is null, not 0.
import { describe, expect, test } from 'vitest';
import {
  brierDecomposition,
  classificationMetrics,
  classificationSums,
  classificationSumsBySlice,
  compareAuc,
  ece,
  eceInterval,
  mergeClassificationSums,
  r2,
  regressionMetrics,
  regressionSums,
  rocAuc,
  rocAucInterval,
} from '../../domain/quality/index.ts';
import { createRandom, StatisticsError, type Random } from '../../domain/statistics/index.ts';

/** Labels drawn from the very chances: perfectly calibrated. */
function calibrated(random: Random, n: number) {
  const chances = Array.from({ length: n }, () => 0.1 + 0.7 * random.next());
  return { chances, labels: chances.map((p) => (random.next() < p ? 1 : 0)) };
}

describe('coverage of stated 95 per cent intervals, seeded', () => {
  test('log-loss, Brier, AUC, average precision and F1 cover the value of a very large sample', () => {
    const random = createRandom(91);
    const large = calibrated(random, 400_000);
    const measured = classificationMetrics(classificationSums(large.labels, large.chances));
    // Known in closed form: precision at t is (t + 0.8) / 2, and the positives' chances have a density that grows like t.
    const area = ((0.8 ** 3 - 0.1 ** 3) / 3 / ((0.8 ** 2 - 0.1 ** 2) / 2) + 0.8) / 2;
    expect(measured.averagePrecision!.estimate).toBeCloseTo(area, 2);
    const names = [
      'logLoss',
      'brier',
      'rocAuc',
      'averagePrecision',
      'f1',
      'precision',
      'recall',
      'accuracy',
    ] as const;
    const covered = Object.fromEntries(names.map((name) => [name, 0]));
    const runs = 4000;
    for (let i = 0; i < runs; i++) {
      const { labels, chances } = calibrated(random, 300);
      const metrics = classificationMetrics(classificationSums(labels, chances));
      for (const name of names) {
        const { lower, upper } = metrics[name]!;
        const truth = name === 'averagePrecision' ? area : measured[name]!.estimate;
        if (lower <= truth && truth <= upper) covered[name]!++;
      }
    }
    for (const name of names) expect(covered[name]! / runs, name).toBeGreaterThanOrEqual(0.92);
  });

  test('RMSE, MAE and R2, with a truth far from 0', () => {
    const random = createRandom(92);
    const draw = (n: number) => {
      const truth = Array.from({ length: n }, () => 1e6 + 3 * random.normal());
      return { truth, answers: truth.map((t) => t + 1.5 * random.normal()) };
    };
    const known = { rmse: 1.5, mae: 1.5 * Math.sqrt(2 / Math.PI), r2: 0.75 };
    const covered = { rmse: 0, mae: 0, r2: 0 };
    for (let i = 0; i < 400; i++) {
      const { truth, answers } = draw(300);
      const metrics = regressionMetrics(regressionSums(truth, answers, 1e6));
      for (const name of ['rmse', 'mae', 'r2'] as const) {
        if (metrics[name]!.lower <= known[name] && known[name] <= metrics[name]!.upper) covered[name]++;
      }
    }
    for (const [name, count] of Object.entries(covered))
      expect(count / 400, name).toBeGreaterThanOrEqual(0.92);
  });
});

test('slices add up to the whole, to the byte', () => {
  const random = createRandom(93);
  const { labels, chances } = calibrated(random, 500);
  const slices = labels.map((_, i) => ['UA', 'AA', 'B6'][i % 3]!);
  const bySlice = classificationSumsBySlice(labels, chances, slices);
  expect([...bySlice.keys()]).toEqual(['AA', 'B6', 'UA']);
  const merged = [...bySlice.values()].reduce((a, b) => mergeClassificationSums(a, b));
  expect(JSON.stringify(merged)).toBe(JSON.stringify(classificationSums(labels, chances)));
  expect(() => mergeClassificationSums(merged, classificationSums(labels, chances, 0.3))).toThrow(
    StatisticsError,
  );
});

test('what has no denominator is null, and R2 of a constant truth is refused', () => {
  const metrics = classificationMetrics(classificationSums([0, 0, 0], [0.1, 0.2, 0.3]));
  expect(metrics).toMatchObject({
    rocAuc: null,
    averagePrecision: null,
    precision: null,
    recall: null,
    f1: null,
  });
  expect(metrics.accuracy!.estimate).toBe(1);
  expect(regressionMetrics(regressionSums([3, 3, 3], [1, 2, 3])).r2).toBeNull();
  expect(() => r2([3, 3, 3], [1, 2, 3])).toThrow(StatisticsError);
});

test('the calibration error is biased upwards, and its bootstrap bound lies above the truth', () => {
  const random = createRandom(94);
  let above = 0;
  for (let i = 0; i < 20; i++) {
    const { labels, chances } = calibrated(random, 400);
    // Calibrated, so the true error is 0; ten bins of 40 rows show some all the same.
    expect(ece(labels, chances)).toBeGreaterThan(0.01);
    const { estimate, upper } = eceInterval(labels, chances, { random, resamples: 100 });
    if (upper > estimate) above++;
  }
  expect(above).toBeGreaterThanOrEqual(19);
  const { labels, chances } = calibrated(random, 400);
  const again = () => eceInterval(labels, chances, { random: createRandom(5), resamples: 50 });
  expect(again()).toEqual(again());
});

test('the parts of the Brier score add up, and with one bin a value nothing is left within', () => {
  const random = createRandom(95);
  const { labels, chances } = calibrated(random, 300);
  const parts = brierDecomposition(labels, chances);
  expect(parts.reliability - parts.resolution + parts.uncertainty + parts.within).toBeCloseTo(
    parts.brier,
    14,
  );
  const rounded = chances.map((p) => Math.round(p * 5) / 5);
  const whole = brierDecomposition(labels, rounded, { binning: 'width', bins: 5 });
  expect(Math.abs(whole.within)).toBeLessThan(1e-12);
});

describe('two models on the same rows', () => {
  test("DeLong's test agrees with the AUCs, and with the interval of one model against a constant", () => {
    const random = createRandom(96);
    const { labels, chances } = calibrated(random, 300);
    const noisy = chances.map((p) => p + 0.3 * random.normal());
    const { difference, first, second, pValue } = compareAuc(labels, chances, noisy);
    expect(first).toBeCloseTo(rocAuc(labels, chances), 12);
    expect(second).toBeCloseTo(rocAuc(labels, noisy), 12);
    expect(difference.lower > 0).toBe(pValue < 0.05);
    const constant = compareAuc(
      labels,
      chances,
      labels.map(() => 0.5),
    );
    const alone = rocAucInterval(labels, chances);
    expect(constant.difference.upper - constant.difference.lower).toBeCloseTo(alone.upper - alone.lower, 12);
    expect(compareAuc(labels, chances, chances)).toMatchObject({ pValue: 1, difference: { estimate: 0 } });
  });

  test('it holds its level between equally good models', () => {
    const random = createRandom(97);
    let rejected = 0;
    for (let i = 0; i < 400; i++) {
      const { labels, chances } = calibrated(random, 200);
      const noise = () => chances.map((p) => p + 0.2 * random.normal());
      if (compareAuc(labels, noise(), noise()).pValue <= 0.05) rejected++;
    }
    expect(rejected / 400).toBeLessThanOrEqual(0.085);
    expect(rejected / 400).toBeGreaterThanOrEqual(0.02);
  });
});
