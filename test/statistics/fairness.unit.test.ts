// Proves that fairness is measured only where it can be, that its intervals cover what they say, and that the gate on their bounds
// is honest. Agreement with fairlearn itself is in reference.unit.test.ts.
import { describe, expect, test } from 'vitest';
import { fairness, judgeDifference } from '../../domain/fairness/index.ts';
import {
  createRandom,
  miettinenNurminenInterval,
  newcombeInterval,
  type Random,
} from '../../domain/statistics/index.ts';

function people(random: Random, sizes: Record<string, number>, selected: Record<string, number>) {
  const groups = Object.entries(sizes).flatMap(([group, size]) => Array.from({ length: size }, () => group));
  const labels = groups.map(() => (random.next() < 0.4 ? 1 : 0));
  const predictions = groups.map((group) => (random.next() < selected[group]! ? 1 : 0));
  return { groups, labels, predictions };
}

describe('coverage, seeded', () => {
  test.each([
    ['newcombe', newcombeInterval],
    ['miettinen-nurminen', miettinenNurminenInterval],
  ] as const)('intervals of a pair by %s, stated to cover 95 per cent, cover at least 93', (_, interval) => {
    const random = createRandom(81);
    const binomial = (n: number, p: number): number => {
      let hits = 0;
      for (let i = 0; i < n; i++) if (random.next() < p) hits++;
      return hits;
    };
    for (const [n, p, m, q] of [
      [30, 0.2, 30, 0.2],
      [40, 0.1, 200, 0.3],
      [100, 0.5, 80, 0.6],
      [60, 0.05, 400, 0.1],
      [35, 0.9, 50, 0.7],
    ] as const) {
      let covered = 0;
      for (let i = 0; i < 2000; i++) {
        const { lower, upper } = interval(binomial(n, p), n, binomial(m, q), m);
        if (lower <= p - q && p - q <= upper) covered++;
      }
      expect(covered / 2000).toBeGreaterThanOrEqual(0.93);
    }
  });

  test('the bounds of the largest difference among many groups cover it too, though the worst pair is chosen afterwards', () => {
    const random = createRandom(82);
    const sizes = { a: 60, b: 80, c: 50, d: 120, e: 70, f: 90 };
    for (const rates of [
      { a: 0.3, b: 0.3, c: 0.3, d: 0.3, e: 0.3, f: 0.3 },
      { a: 0.2, b: 0.3, c: 0.3, d: 0.4, e: 0.3, f: 0.25 },
    ]) {
      const truth = Math.max(...Object.values(rates)) - Math.min(...Object.values(rates));
      let covered = 0;
      let inflated = 0;
      for (let i = 0; i < 400; i++) {
        const { labels, predictions, groups } = people(random, sizes, rates);
        const { difference, lower, upper } = fairness(labels, predictions, groups).demographicParity;
        if (lower! <= truth && truth <= upper!) covered++;
        if (difference! > truth) inflated++;
      }
      expect(covered / 400).toBeGreaterThanOrEqual(0.93);
      // The trap: the largest less the smallest of many groups is biased upwards.
      expect(inflated / 400).toBeGreaterThan(0.55);
    }
  });
});

describe('not measurable', () => {
  test('a group without positives has no true positive rate: it is left out by name, and not a rate of 0', () => {
    const random = createRandom(83);
    const { labels, predictions, groups } = people(random, { a: 200, b: 200 }, { a: 0.5, b: 0.5 });
    const withEmpty = {
      labels: [...labels, ...Array.from({ length: 50 }, () => 0)],
      predictions: [...predictions, ...Array.from({ length: 50 }, () => 0)],
      groups: [...groups, ...Array.from({ length: 50 }, () => 'c')],
    };
    const report = fairness(withEmpty.labels, withEmpty.predictions, withEmpty.groups);
    expect(report.equalOpportunity.notMeasurable).toEqual([
      { group: 'c', reason: 'no rows to take the rate over' },
    ]);
    expect(report.equalOpportunity.difference).toBeLessThan(0.25);
    expect(report.groups.find(({ group }) => group === 'c')!.rates.truePositiveRate).toMatchObject({
      measurable: false,
    });
    // Its false positive rate can be measured, and counts.
    expect(report.disparities.falsePositiveRate.lowestGroup).toBe('c');
  });

  test('small groups are left out unless asked for; one measurable group makes no difference at all', () => {
    const random = createRandom(84);
    const { labels, predictions, groups } = people(random, { big: 300, small: 8 }, { big: 0.5, small: 0.5 });
    const report = fairness(labels, predictions, groups);
    expect(report.demographicParity).toMatchObject({
      difference: null,
      ratio: null,
      lower: null,
      upper: null,
    });
    expect(report.demographicParity.notMeasurable[0]).toMatchObject({ group: 'small' });
    expect(report.equalizedOdds.difference).toBeNull();
    expect(judgeDifference(report.demographicParity, 0.1).verdict).toBe('inconclusive');
    const all = fairness(labels, predictions, groups, { minimumRows: 0, minimumEvents: 0 });
    expect(all.demographicParity.difference).not.toBeNull();
  });

  test('no selection anywhere has a difference of 0, and a ratio that is not measurable', () => {
    const groups = Array.from({ length: 80 }, (_, i) => (i % 2 === 0 ? 'a' : 'b'));
    const labels = groups.map((_, i) => (i % 3 === 0 ? 1 : 0));
    const report = fairness(
      labels,
      groups.map(() => 0),
      groups,
    );
    expect(report.demographicParity).toMatchObject({ difference: 0, ratio: null });
  });
});

test('intersections find what single columns hide; rows without a group are counted', () => {
  const random = createRandom(85);
  const rows = Array.from({ length: 1600 }, (_, i) => ({
    sex: i % 2 === 0 ? 'f' : 'm',
    age: i % 4 < 2 ? 'old' : 'young',
  }));
  const labels = rows.map(() => (random.next() < 0.5 ? 1 : 0));
  const predictions = rows.map(({ sex, age }) =>
    random.next() < ((sex === 'f') === (age === 'old') ? 0.7 : 0.3) ? 1 : 0,
  );
  const by = (column: 'sex' | 'age'): string[] => rows.map((row) => row[column]);
  expect(fairness(labels, predictions, by('sex')).demographicParity.difference).toBeLessThan(0.1);
  const crossed = fairness(labels, predictions, { sex: by('sex'), age: by('age') });
  expect(crossed.demographicParity.difference).toBeGreaterThan(0.3);
  expect(crossed.groups.map(({ group }) => group)).toEqual([
    'sex=f & age=old',
    'sex=f & age=young',
    'sex=m & age=old',
    'sex=m & age=young',
  ]);
  const unknown = by('sex').map((sex, i) => (i < 10 ? null : sex));
  expect(fairness(labels, predictions, unknown).unknownRows).toBe(10);
});

test('the gate stands on the bounds, not on the estimate', () => {
  const random = createRandom(86);
  const verdictOf = (size: number, gap: number, limit: number) => {
    const { labels, predictions, groups } = people(random, { a: size, b: size }, { a: 0.3, b: 0.3 + gap });
    return judgeDifference(fairness(labels, predictions, groups).demographicParity, limit).verdict;
  };
  expect(verdictOf(20_000, 0, 0.05)).toBe('pass');
  expect(verdictOf(20_000, 0.2, 0.05)).toBe('fail');
  expect(verdictOf(60, 0.05, 0.05)).toBe('inconclusive');
});
