/**
 * Proves that the twin keeps each column's distribution and the correlations of mixed types, is the same for a seed, bears
 * columns that are constant, missing or copies of each other, and that the privacy measures see a twin that copies.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Column } from '../../domain/drift/index.ts';
import { createRandom } from '../../domain/statistics/index.ts';
import {
  anonymityOf,
  closestRecords,
  columnsOf,
  drawRows,
  exactCopies,
  fidelityOf,
  fitTwin,
  kAnonymous,
  meanDistance,
  type ColumnName,
  type Value,
} from '../../domain/synthetic/index.ts';
import { latentCorrelation, observedCorrelation, scoresOf } from '../../domain/synthetic/hermite.ts';
import { rootOfCorrelation } from '../../domain/synthetic/correlation.ts';

const NAMES: readonly ColumnName[] = [
  { name: 'distance', kind: 'numeric' },
  { name: 'speed', kind: 'numeric' },
  { name: 'gust', kind: 'numeric' },
  { name: 'carrier', kind: 'category' },
  { name: 'constant', kind: 'numeric' },
  { name: 'late', kind: 'numeric' },
];
const CARRIERS = ['AA', 'UA', 'DL', 'B6'];

/** Rows in which everything hangs together: speed with distance, gusts missing at low speed, labels with all of them. */
function realRows(n: number, seed: number): Value[][] {
  const random = createRandom(seed);
  return Array.from({ length: n }, () => {
    const distance = Math.round(Math.exp(6 + 0.7 * random.normal()) * 10) / 10;
    const speed = Math.round(10 + 4 * Math.log(distance) + 3 * random.normal());
    const gust = speed < 35 && random.next() < 0.8 ? null : speed + Math.round(5 * random.next());
    const carrier = CARRIERS[Math.min(3, Math.floor(random.next() ** 2 * 4))]!;
    const logit = (speed - 35) / 3 + (carrier === 'AA' ? 1.5 : carrier === 'DL' ? -1.5 : 0) - 0.5;
    return [distance, speed, gust, carrier, 7, random.next() < 1 / (1 + Math.exp(-logit)) ? 1 : 0];
  });
}

const real = realRows(4000, 1);
const heldOut = realRows(4000, 2);
const [fitted, held] = [columnsOf(NAMES, real), columnsOf(NAMES, heldOut)];
const twin = fitTwin(fitted, { anchor: 'late' });
const drawn = drawRows(twin, 4000, createRandom(3));
const column = (rows: readonly (readonly Value[])[], name: string): Value[] =>
  rows.map((row) => row[NAMES.findIndex((each) => each.name === name)]!);
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe('the twin of mixed columns', () => {
  const { marginal, pairwise, correlation } = fidelityOf(fitted, held, columnsOf(NAMES, drawn));

  it('keeps each column, about as near as other real rows are', () => {
    for (const { twin, real } of marginal) expect(twin).toBeLessThan(real + 0.03);
    expect(meanDistance(marginal)?.twin).toBeLessThan(0.03);
  });

  it('keeps correlations and pairs, far nearer than columns drawn independently', () => {
    const shuffled = columnsOf(NAMES, drawn).map(
      (each, i): Column => ({ ...each, values: rotate(each.values as Value[], i * 571) }) as Column,
    );
    const apart = fidelityOf(fitted, held, shuffled);
    expect(meanDistance(correlation)?.twin).toBeLessThan(0.03);
    expect(meanDistance(correlation)!.twin).toBeLessThan(meanDistance(apart.correlation)!.twin / 4);
    expect(meanDistance(pairwise)!.twin).toBeLessThan(meanDistance(apart.pairwise)!.twin / 2);
  });

  it('keeps when values are missing, what a category says of the label, decimals and constants', () => {
    const without = drawn.filter((row) => row[2] === null);
    expect(without.length / drawn.length).toBeCloseTo(real.filter((row) => row[2] === null).length / 4000, 1);
    const speedOf = (rows: Value[][]) => mean(rows.map((row) => row[1] as number));
    const realGap =
      speedOf(real.filter((row) => row[2] !== null)) - speedOf(real.filter((row) => row[2] === null));
    const gap = speedOf(drawn.filter((row) => row[2] !== null)) - speedOf(without);
    expect(gap / realGap).toBeGreaterThan(0.7);
    const lateOf = (rows: Value[][], carrier: string) =>
      mean(rows.filter((row) => row[3] === carrier).map((row) => row[5] as number));
    expect(lateOf(drawn, 'AA') - lateOf(drawn, 'DL')).toBeGreaterThan(
      (lateOf(real, 'AA') - lateOf(real, 'DL')) / 2,
    );
    expect(column(drawn, 'distance').every((x) => Math.round(Number(x) * 10) / 10 === x)).toBe(true);
    expect(new Set(column(drawn, 'constant'))).toEqual(new Set([7]));
    expect(new Set(column(drawn, 'late'))).toEqual(new Set([0, 1]));
  });

  it('shows no extreme that belongs to one row', () => {
    const largest = (rows: Value[][]) => Math.max(...column(rows, 'distance').map(Number));
    expect(largest(drawRows(twin, 50_000, createRandom(4)))).toBeLessThan(largest(real));
    const odd = fitTwin([
      { name: 'id', kind: 'category', values: ['a', 'b', ...Array<string>(20).fill('c')] },
    ]);
    expect(new Set(drawRows(odd, 500, createRandom(1)).flat())).toEqual(new Set(['c']));
  });

  it('is the same for the same seed, and another for another', () => {
    expect(drawRows(fitTwin(fitted, { anchor: 'late' }), 50, createRandom(3))).toEqual(drawn.slice(0, 50));
    expect(drawRows(twin, 50, createRandom(4))).not.toEqual(drawn.slice(0, 50));
    const copied = JSON.parse(JSON.stringify(twin)) as typeof twin;
    expect(drawRows(copied, 50, createRandom(3))).toEqual(drawn.slice(0, 50));
  });
});

describe('columns of many equal values', () => {
  const numeric = (values: number[]): Column => ({ name: 'x', kind: 'numeric', values });
  const rare = (n: number, from: number) => Array.from({ length: n }, (_, i) => from + i);
  const shareOf = (values: number[], value: number) =>
    drawRows(fitTwin([numeric(values)]), 5000, createRandom(8)).filter(([x]) => x === value).length / 5000;

  // Rain is 0 nearly always, and the visibility 10 miles.
  it.each([
    ['at the low end', [...Array<number>(3990).fill(0), ...rare(10, 1)], 0],
    ['at the high end', [...rare(10, -20), ...Array<number>(3990).fill(10)], 10],
    ['between both ends', [...rare(8, -20), ...Array<number>(3980).fill(5), ...rare(12, 50)], 5],
    ['beside too few to be shown', [...Array<number>(3997).fill(0), ...rare(3, 1)], 0],
  ])('keep them: %s', (_, values, tie) => {
    const real = values.filter((value) => value === tie).length / values.length;
    expect(shareOf(values, tie)).toBeGreaterThan(real - 0.01);
  });

  it('keep the few beside them, in their range, if enough to be shown', () => {
    const values = [...Array<number>(3900).fill(0), ...rare(10, 100)];
    const others = drawRows(fitTwin([numeric(values)]), 20_000, createRandom(8))
      .map(([x]) => x as number)
      .filter((x) => x !== 0);
    expect(others.length).toBeGreaterThan(20);
    expect(Math.min(...others)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...others)).toBeLessThan(109);
    const hidden = drawRows(fitTwin([numeric([...values.slice(0, 3900), 7, 8])]), 20_000, createRandom(8));
    expect(new Set(hidden.flat())).toEqual(new Set([0]));
  });
});

describe('odd columns', () => {
  const anyColumn = (rows: number) =>
    fc.oneof(
      fc.array(fc.option(fc.constantFrom('a', 'b', 'c'), { nil: null }), {
        minLength: rows,
        maxLength: rows,
      }),
      fc.array(
        fc.option(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 }), { nil: null }),
        {
          minLength: rows,
          maxLength: rows,
        },
      ),
      fc.array(fc.integer({ min: 0, max: 2 }), { minLength: rows, maxLength: rows }),
      fc.constant(Array<null>(rows).fill(null)),
      fc.constant(Array<number>(rows).fill(4)),
    );

  it('never break it: every row has values of the kind and within the range seen, or none', () => {
    const tables = fc
      .integer({ min: 1, max: 60 })
      .chain((rows) => fc.array(anyColumn(rows), { minLength: 1, maxLength: 5 }));
    fc.assert(
      fc.property(tables, fc.boolean(), (table, repeat) => {
        const all = repeat ? [...table, ...table] : table; // repeated columns make the correlation singular
        const columns = all.map((values, i): Column =>
          values.some((value) => typeof value === 'string')
            ? { name: `c${i}`, kind: 'category', values: values as (string | null)[] }
            : { name: `c${i}`, kind: 'numeric', values: values as (number | null)[] },
        );
        for (const row of drawRows(fitTwin(columns, { anchor: 'c0' }), 20, createRandom(1))) {
          row.forEach((value, i) => {
            if (value === null) return;
            const seen = all[i]!.filter((each) => each !== null);
            if (typeof value === 'string') expect(seen).toContain(value);
            else {
              expect(Number.isFinite(value)).toBe(true);
              const wide = (Math.max(...(seen as number[])) - Math.min(...(seen as number[]))) * 1e-6 + 1e-6;
              expect(value).toBeLessThanOrEqual(Math.max(...(seen as number[])) + wide);
              expect(value).toBeGreaterThanOrEqual(Math.min(...(seen as number[])) - wide);
            }
          });
        }
      }),
      { numRuns: 150 },
    );
  });

  it('latent correlations undo what cells take away', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -0.9, max: 0.9, noNaN: true }),
        fc.double({ min: 0.2, max: 0.8, noNaN: true }),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 8 }),
        (latent, share, counts) => {
          const total = counts.reduce((a, b) => a + b, 0);
          let below = 0;
          const many = scoresOf({ cuts: [0, ...counts.map((count) => (below += count) / total)] });
          const two = scoresOf({ cuts: [0, share, 1] });
          const observed = observedCorrelation(many, two, latent);
          const found = latentCorrelation(many, two, observed);
          // The weakest that shows as observed: for two rare values that exclude each other, many do.
          expect(Math.abs(observedCorrelation(many, two, found) - observed)).toBeLessThan(0.0021);
          expect(Math.abs(found)).toBeLessThanOrEqual(Math.abs(latent) + 1e-9);
        },
      ),
    );
    // Two halves of a normal: the tetrachoric case has a closed form, 2 / pi times the arc sine.
    const halves = scoresOf({ cuts: [0, 0.5, 1] });
    expect(observedCorrelation(halves, halves, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(0.5), 6);
  });

  it('a matrix that is no correlation has a root near it all the same', () => {
    const wrong = [
      [1, 0.9, -0.9],
      [0.9, 1, 0.9],
      [-0.9, 0.9, 1],
    ].map((row) => Float64Array.from(row));
    const root = rootOfCorrelation(wrong);
    const entry = (i: number, j: number) => root[i]!.reduce((sum, x, k) => sum + x * root[j]![k]!, 0);
    for (const i of [0, 1, 2]) expect(entry(i, i)).toBeCloseTo(1, 10);
    expect(entry(0, 1)).toBeGreaterThan(0.3);
    expect(entry(0, 2)).toBeLessThan(-0.3);
    const right = [
      [1, 0.3],
      [0.3, 1],
    ].map((row) => Float64Array.from(row));
    expect(rootOfCorrelation(right)[1]![0]).toBeCloseTo(0.3, 10);
  });
});

describe('privacy', () => {
  const options = { probes: 500, against: 1000 };
  const closeness = (rows: readonly (readonly Value[])[]) =>
    closestRecords(fitted, held, columnsOf(NAMES, rows), options, createRandom(5));

  it('stands as near to held-out rows as to fitted ones', () => {
    const { closerToFitted, twinQuantile, realQuantile } = closeness(drawn);
    expect(closerToFitted.lower).toBeLessThan(0.5);
    expect(closerToFitted.upper).toBeGreaterThan(0.5);
    expect(twinQuantile / realQuantile).toBeGreaterThan(0.7);
  });

  it('sees a twin that only repeats real rows with a little noise', () => {
    const random = createRandom(6);
    const memory = real.map((row) =>
      row.map((x, i) => (i === 0 ? Number(x) * (1 + 0.001 * random.normal()) : x)),
    );
    const few = real.slice(0, 800); // all that it compares with, so that every row is found
    const { closerToFitted, twinQuantile, realQuantile } = closestRecords(
      columnsOf(NAMES, few),
      held,
      columnsOf(NAMES, memory.slice(0, 800)),
      options,
      createRandom(5),
    );
    expect(closerToFitted.lower).toBeGreaterThan(0.8);
    expect(twinQuantile).toBeLessThan(realQuantile / 2);
  });

  it('catches a copied row, whatever its position and its float', () => {
    expect(exactCopies(drawn, [])).toBe(0);
    fc.assert(
      fc.property(fc.nat(drawn.length - 1), fc.nat(real.length - 1), (at, which) => {
        const copy = real[which]!.map((x) => (typeof x === 'number' ? Math.fround(x) : x));
        const planted = [...drawn.slice(0, at), copy, ...drawn.slice(at)];
        expect(exactCopies(planted, real)).toBe(1 + exactCopies(drawn, real));
      }),
      { numRuns: 20 },
    );
  });

  it('is k-anonymous over the quasi-identifiers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.integer(), (k, seed) => {
        const quasiIdentifiers = [1, 3];
        const rows = drawRows(twin, 1000, createRandom(seed));
        const kept = kAnonymous(rows, quasiIdentifiers, k);
        expect(anonymityOf(kept, quasiIdentifiers) ?? k).toBeGreaterThanOrEqual(k);
        const groups = new Map<string, number>();
        const keyOf = (row: Value[]) => JSON.stringify([row[1], row[3]]);
        for (const row of rows) groups.set(keyOf(row), (groups.get(keyOf(row)) ?? 0) + 1);
        expect(kept).toEqual(rows.filter((row) => groups.get(keyOf(row))! >= k));
      }),
      { numRuns: 15 },
    );
    expect(kAnonymous(drawn, [], 5)).toEqual(drawn);
    expect(anonymityOf(drawn, [0, 1])).toBe(1);
    expect(anonymityOf(drawn, [])).toBeNull();
  });
});

function rotate(values: Value[], by: number): Value[] {
  return [...values.slice(by), ...values.slice(0, by)];
}
