// Proves what must hold for every sample, not only for the committed cases: symmetry, invariance to scale and order, bounds,
// and that shards merge to the very bits of the whole.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  columnsOfRows,
  compareToProfile,
  mergeProfiles,
  profileOf,
  psi,
  psiOfCounts,
  type Column,
} from '../../domain/drift/index.ts';
import {
  calibrate,
  classificationMetrics,
  classificationSums,
  ExactSum,
  isotonicCalibration,
  mergeClassificationSums,
  mergeRegressionSums,
  regressionMetrics,
  regressionSums,
  rocAuc,
} from '../../domain/quality/index.ts';
import {
  benjaminiHochberg,
  chiSquareTwoSample,
  hodgesLehmann,
  holm,
  jensenShannon,
  ksTwoSample,
  mannWhitney,
  miettinenNurminenInterval,
  newcombeInterval,
  normalCdf,
  normalQuantile,
  wasserstein,
} from '../../domain/statistics/index.ts';
import { sortDoubles } from '../../domain/statistics/radix-sort.ts';

const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const tied = fc.integer({ min: -4, max: 4 });
const sample = fc.oneof(
  fc.array(value, { minLength: 1, maxLength: 40 }),
  fc.array(tied, { minLength: 1, maxLength: 40 }),
);
const labelled = fc
  .array(fc.tuple(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })), {
    minLength: 1,
    maxLength: 60,
  })
  .map((rows) => ({ labels: rows.map(([label]) => label), scores: rows.map(([, score]) => score) }));
const counts = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 2, maxLength: 8 });

describe('two-sample tests', () => {
  test('swapping the samples mirrors the answer', () => {
    fc.assert(
      fc.property(sample, sample, (x, y) => {
        const [there, back] = [ksTwoSample(x, y), ksTwoSample(y, x)];
        expect(back.statistic).toBeCloseTo(there.statistic, 12);
        expect(back.pValue).toBeCloseTo(there.pValue, 9);
        expect(ksTwoSample(x, y, { alternative: 'less' }).statistic).toBeCloseTo(
          ksTwoSample(y, x, { alternative: 'greater' }).statistic,
          12,
        );
        expect(mannWhitney(y, x).statistic).toBe(x.length * y.length - mannWhitney(x, y).statistic);
        expect(mannWhitney(y, x).pValue).toBeCloseTo(mannWhitney(x, y).pValue, 12);
        expect(wasserstein(y, x)).toBeCloseTo(wasserstein(x, y), 6);
        expect(hodgesLehmann(y, x).estimate).toBe(0 - hodgesLehmann(x, y).estimate);
      }),
    );
  });

  test('a change of unit changes no p-value, and scales distances', () => {
    fc.assert(
      fc.property(sample, sample, fc.integer({ min: -300, max: 200 }), (x, y, power) => {
        const unit = 2 ** power;
        const [u, v] = [x.map((one) => one * unit), y.map((one) => one * unit)];
        // Powers of two scale without rounding, as long as nothing becomes subnormal.
        fc.pre([...u, ...v].every((one, i) => one / unit === [...x, ...y][i]));
        expect(ksTwoSample(u, v)).toEqual({
          ...ksTwoSample(x, y),
          location: ksTwoSample(x, y).location * unit,
        });
        expect(mannWhitney(u, v)).toEqual(mannWhitney(x, y));
        expect(wasserstein(u, v) / unit).toBeCloseTo(wasserstein(x, y), 9);
        expect(psi(u, v).value).toBeCloseTo(psi(x, y).value, 9);
      }),
    );
  });

  test('the order of the rows is of no account', () => {
    fc.assert(
      fc.property(sample, sample, (x, y) => {
        const [u, v] = [[...x].reverse(), [...y].reverse()];
        expect(ksTwoSample(u, v)).toEqual(ksTwoSample(x, y));
        expect(wasserstein(u, v)).toBe(wasserstein(x, y));
        expect(psi(u, v)).toEqual(psi(x, y));
        expect(hodgesLehmann(u, v)).toEqual(hodgesLehmann(x, y));
      }),
    );
  });

  test('a sample against itself shows nothing', () => {
    fc.assert(
      fc.property(sample, (x) => {
        expect(ksTwoSample(x, x)).toMatchObject({ statistic: 0, pValue: 1 });
        expect(wasserstein(x, x)).toBe(0);
        expect(psi(x, x).value).toBe(0);
        expect(mannWhitney(x, x).effect).toBe(0.5);
      }),
    );
  });

  test('Jensen-Shannon in base 2 stays within 0 and 1, and is symmetric', () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        const size = Math.min(a.length, b.length);
        const [p, q] = [a.slice(0, size), b.slice(0, size)];
        fc.pre(p.some((one) => one > 0) && q.some((one) => one > 0));
        const distance = jensenShannon(p, q, { base: 2 });
        expect(distance).toBeGreaterThanOrEqual(0);
        expect(distance).toBeLessThanOrEqual(1 + 1e-12);
        expect(jensenShannon(q, p, { base: 2 })).toBeCloseTo(distance, 12);
        expect(chiSquareTwoSample(q, p).statistic).toBeCloseTo(chiSquareTwoSample(p, q).statistic, 6);
        expect(psiOfCounts(q, p).value).toBeCloseTo(psiOfCounts(p, q).value, 12);
      }),
    );
  });

  test('adjusted p-values keep the order, never fall below the raw ones, and Holm is the stricter', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }),
        (p) => {
          const [bh, strict] = [benjaminiHochberg(p), holm(p)];
          p.forEach((raw, i) => {
            expect(bh[i]!).toBeGreaterThanOrEqual(raw * (1 - 1e-12));
            expect(strict[i]!).toBeGreaterThanOrEqual(bh[i]! * (1 - 1e-12));
            p.forEach((other, j) => {
              if (raw < other) expect(bh[i]!).toBeLessThanOrEqual(bh[j]!);
            });
          });
        },
      ),
    );
  });
});

describe('numbers', () => {
  test('the quantile undoes the distribution function', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }), (p) => {
        expect(Math.abs(normalCdf(normalQuantile(p)) / p - 1)).toBeLessThan(1e-12);
      }),
    );
  });

  test('the radix sort sorts like the built-in one, signed zeros and all magnitudes included', () => {
    const any = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(any, { minLength: 1500, maxLength: 1800 }), (values) => {
        const sorted = sortDoubles(Float64Array.from(values));
        expect([...sorted]).toEqual([...Float64Array.from(values).sort()]);
      }),
      { numRuns: 20 },
    );
  });

  test('intervals of a difference hold the estimate, stay within -1 and 1, and mirror', () => {
    const cell = fc
      .tuple(fc.integer({ min: 1, max: 200 }), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([n, share]) => [Math.round(n * share), n] as const);
    fc.assert(
      fc.property(cell, cell, ([a, n], [b, m]) => {
        for (const method of [newcombeInterval, miettinenNurminenInterval]) {
          const one = method(a, n, b, m);
          const other = method(b, m, a, n);
          expect(one.lower).toBeLessThanOrEqual(one.estimate);
          expect(one.upper).toBeGreaterThanOrEqual(one.estimate);
          expect(one.lower).toBeGreaterThanOrEqual(-1 - 1e-12);
          expect(one.upper).toBeLessThanOrEqual(1 + 1e-12);
          expect(other.lower).toBeCloseTo(-one.upper, 9);
        }
      }),
    );
  });
});

describe('shards', () => {
  test('an exact sum forgets the order of its parts', () => {
    const wild = fc.array(fc.double({ min: -1e200, max: 1e200, noNaN: true }), { maxLength: 40 });
    fc.assert(
      fc.property(wild, fc.nat(40), (values, cut) => {
        const whole = new ExactSum(values);
        const merged = new ExactSum(values.slice(cut).reverse());
        merged.merge(new ExactSum(values.slice(0, cut)));
        expect(JSON.stringify(merged)).toBe(JSON.stringify(whole));
        // Adding the opposite of every value leaves exactly nothing.
        values.forEach((one) => merged.add(-one));
        expect(merged.value()).toBe(0);
      }),
    );
  });

  test('classification sums merge to the bytes of the whole, in any order', () => {
    fc.assert(
      fc.property(labelled, fc.nat(60), ({ labels, scores }, at) => {
        fc.pre(labels.length >= 2);
        const cut = 1 + (at % (labels.length - 1));
        const whole = classificationSums(labels, scores);
        const left = classificationSums(labels.slice(0, cut), scores.slice(0, cut));
        const right = classificationSums(labels.slice(cut), scores.slice(cut));
        expect(JSON.stringify(mergeClassificationSums(right, left))).toBe(JSON.stringify(whole));
        expect(classificationMetrics(mergeClassificationSums(left, right))).toEqual(
          classificationMetrics(whole),
        );
      }),
    );
  });

  test('regression sums do too', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, value), { minLength: 2, maxLength: 40 }),
        fc.nat(40),
        (rows, at) => {
          const cut = 1 + (at % (rows.length - 1));
          const sumsOf = (part: readonly (readonly [number, number])[]) =>
            regressionSums(
              part.map(([truth]) => truth),
              part.map(([, answer]) => answer),
            );
          const merged = mergeRegressionSums(sumsOf(rows.slice(cut)), sumsOf(rows.slice(0, cut)));
          expect(JSON.stringify(merged)).toBe(JSON.stringify(sumsOf(rows)));
          expect(regressionMetrics(merged)).toEqual(regressionMetrics(sumsOf(rows)));
        },
      ),
    );
  });

  test('profiles with the same edges merge to the profile of all rows', () => {
    const cell = fc.record({
      n: fc.option(fc.oneof(value, tied), { nil: null }),
      c: fc.option(fc.constantFrom('a', 'b', '__proto__', ''), { nil: null }),
    });
    fc.assert(
      fc.property(fc.array(cell, { minLength: 2, maxLength: 50 }), fc.nat(50), (rows, at) => {
        const table = (part: typeof rows): Column[] => [
          { name: 'n', kind: 'numeric', values: part.map(({ n }) => n) },
          { name: 'c', kind: 'category', values: part.map(({ c }) => c) },
        ];
        const cut = 1 + (at % (rows.length - 1));
        const whole = profileOf(table(rows));
        const part = (some: typeof rows) => profileOf(table(some), { like: whole });
        expect(mergeProfiles(part(rows.slice(cut)), part(rows.slice(0, cut)))).toEqual(whole);
        expect(columnsOfRows(whole, rows)).toEqual(table(rows));
        for (const row of compareToProfile(whole, whole)) expect(row.verdict).not.toBe('drift');
      }),
    );
  });
});

describe('ranking and calibration', () => {
  test('turning scores round turns the AUC round; a monotone change leaves it', () => {
    fc.assert(
      fc.property(labelled, ({ labels, scores }) => {
        fc.pre(labels.includes(0) && labels.includes(1));
        const auc = rocAuc(labels, scores);
        expect(
          rocAuc(
            labels,
            scores.map((score) => -score),
          ),
        ).toBeCloseTo(1 - auc, 12);
        expect(
          rocAuc(
            labels,
            scores.map((score) => 2 * score),
          ),
        ).toBe(auc);
      }),
    );
  });

  test('isotonic calibration never falls, and keeps the mean', () => {
    fc.assert(
      fc.property(labelled, ({ labels, scores }) => {
        const map = isotonicCalibration(scores, labels);
        const chances = scores.map((score) => calibrate(map, score));
        const order = scores.map((_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
        order
          .slice(1)
          .forEach((row, i) => expect(chances[row]!).toBeGreaterThanOrEqual(chances[order[i]!]! - 1e-12));
        const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0);
        expect(sum(chances)).toBeCloseTo(sum(labels), 9);
      }),
    );
  });
});
