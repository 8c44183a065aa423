/**
 * Proves what each perturbation does at rising intensity: nothing at 0, more and more of the declared thing above, the
 * same for a seed, and never a row that was not there; and that curves and their floors are judged by bounds.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../domain/statistics/index.ts';
import {
  areaUnder,
  breakingPoint,
  columnsOf,
  perturb,
  perturbations,
  shapesOf,
  standingOf,
  UNKNOWN_CATEGORY,
  type Chunk,
  type Features,
  type Perturbation,
  type PerturbationKind,
  type Perturbed,
} from '../../domain/synthetic/index.ts';

const N = 2000;
const chunk: Chunk = (() => {
  const random = createRandom(11);
  const rows = Array.from({ length: N }, () => ({
    x: random.next() < 0.05 ? null : 100 + 20 * random.normal(),
    y: random.exponential(),
    flat: 3,
    carrier: ['AA', 'AA', 'AA', 'UA', 'DL', null][random.integer(6)] ?? null,
  }));
  return { rows, labels: rows.map(() => (random.next() < 0.3 ? 1 : 0)), position: 0, total: N };
})();
const names = [
  { name: 'x', kind: 'numeric' },
  { name: 'y', kind: 'numeric' },
  { name: 'flat', kind: 'numeric' },
  { name: 'carrier', kind: 'category' },
] as const;
const shapes = shapesOf(
  columnsOf(
    names,
    chunk.rows.map((row) => names.map(({ name }) => row[name] ?? null)),
  ),
  chunk.labels,
  createRandom(12),
);
const at = (
  kind: PerturbationKind,
  intensity: number,
  more: Partial<Perturbation> = {},
  seed = 1,
): Perturbed => perturb(chunk, { kind, ...more }, intensity, shapes, createRandom(seed));
const numbers = (rows: readonly Features[], name: string): number[] =>
  rows.map((row) => row[name]).filter((value) => typeof value === 'number');
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const changed = ({ from, rows }: Perturbed, name: string): number[] =>
  rows.flatMap((row, i) => (Object.is(row[name], chunk.rows[from[i]!]![name]) ? [] : [from[i]!]));

describe('every perturbation', () => {
  it.each(perturbations)('%s leaves data alone at intensity 0, and is the same for a seed', (kind) => {
    expect(at(kind, 0)).toEqual({ from: chunk.rows.map((_, i) => i), rows: chunk.rows });
    expect(at(kind, 0.6)).toEqual(at(kind, 0.6));
    expect(JSON.stringify(at(kind, 0.6))).not.toBe(JSON.stringify(at(kind, 0)));
  });

  it('changes only the columns named, never the rows given, and goes on where a lower intensity stood', () => {
    const before = JSON.stringify(chunk.rows);
    fc.assert(
      fc.property(
        fc.constantFrom(...perturbations),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.nat(1000),
        (kind, a, b, seed) => {
          const [low, high] = [at(kind, Math.min(a, b), {}, seed), at(kind, Math.max(a, b), {}, seed)];
          if (['missing', 'unknown-category'].includes(kind)) {
            const more = new Set(changed(high, 'carrier'));
            expect(changed(low, 'carrier').every((row) => more.has(row))).toBe(true);
          }
          if (['covariate-shift', 'imbalance'].includes(kind)) {
            const more = new Set(low.from);
            expect(high.from.every((row) => more.has(row))).toBe(true);
          }
          const only = at(kind, a, { columns: ['y'] }, seed);
          for (const name of ['x', 'flat', 'carrier']) expect(changed(only, name)).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
    expect(JSON.stringify(chunk.rows)).toBe(before);
  });
});

describe('what each one does', () => {
  it('noise widens numbers by its intensity', () => {
    const moved = at('noise', 0.5).rows.map((row, i) => {
      const [now, was] = [row['x'], chunk.rows[i]!['x']];
      return typeof now === 'number' && typeof was === 'number' ? now - was : 0;
    });
    expect(Math.sqrt(mean(moved.map((d) => d * d)))).toBeCloseTo(10, -0.5);
    expect(changed(at('noise', 0.5), 'carrier')).toEqual([]);
  });

  it('missing, unknown and swapped reach their share; a swap keeps the distribution', () => {
    expect(at('missing', 0.25).rows.filter((row) => row['y'] === null).length / N).toBeCloseTo(0.25, 1);
    const unknown = at('unknown-category', 0.25).rows.filter((row) => row['carrier'] === UNKNOWN_CATEGORY);
    expect(unknown.length / N).toBeCloseTo(0.25, 1);
    const counts = (rows: readonly Features[]) => rows.map((row) => String(row['carrier'])).sort();
    expect(counts(at('swapped-category', 0.7).rows)).toEqual(counts(chunk.rows));
    expect(changed(at('swapped-category', 0.7), 'carrier').length).toBeGreaterThan(N / 4);
  });

  it('outliers are few and far', () => {
    const { rows } = at('outliers', 0.1);
    const far = numbers(rows, 'x').filter((x) => Math.abs(x - 100) > 150);
    expect(far.length / N).toBeGreaterThan(0.06);
    expect(far.length / N).toBeLessThan(0.14);
  });

  it('covariate shift draws towards the high end, and towards rare categories', () => {
    const means = [0, 0.3, 1].map((intensity) => mean(numbers(at('covariate-shift', intensity).rows, 'x')));
    expect(means).toEqual([...means].sort((a, b) => a - b));
    expect(means[2]! - means[0]!).toBeGreaterThan(8);
    const share = (rows: readonly Features[]) =>
      rows.filter((row) => row['carrier'] === 'AA').length / rows.length;
    const shifted = at('covariate-shift', 1, { columns: ['carrier'] });
    expect(share(shifted.rows)).toBeLessThan(share(chunk.rows) / 1.5);
  });

  it('imbalance leaves out the rarer class', () => {
    const share = ({ from }: Perturbed) => mean(from.map((i) => chunk.labels[i]!));
    expect(share(at('imbalance', 0.5))).toBeLessThan(share(at('imbalance', 0)) * 0.65);
    expect(share(at('imbalance', 1))).toBeLessThan(0.05);
  });

  it('drift grows along the list, or comes at once half way; seasons go up and down', () => {
    const shift = (kind: PerturbationKind, from: number, to: number): number =>
      mean(
        at(kind, 1)
          .rows.slice(from, to)
          .map((row, i) => Math.abs((row['y'] as number) - (chunk.rows[from + i]!['y'] as number))),
      );
    expect(shift('sudden-drift', 0, N / 2)).toBe(0);
    expect(shift('sudden-drift', N / 2, N)).toBeCloseTo(1, 0);
    expect(shift('gradual-drift', 0, 200)).toBeLessThan(0.1);
    expect(shift('gradual-drift', N - 200, N)).toBeGreaterThan(0.8);
    const waves = at('seasonality', 1).rows.map((row, i) =>
      Math.sign((row['y'] as number) - (chunk.rows[i]!['y'] as number)),
    );
    expect(new Set(waves)).toEqual(new Set([0, 1, -1]));
    expect(
      waves.filter((sign, i) => i > 0 && sign !== 0 && waves[i - 1] === -sign).length,
    ).toBeLessThanOrEqual(8);
  });

  it('drift and seasons do not depend on how the list is cut', () => {
    const halves = [0, N / 2].flatMap(
      (position) =>
        perturb(
          { rows: chunk.rows.slice(position, position + N / 2), labels: [], position, total: N },
          { kind: 'gradual-drift' },
          1,
          shapes,
          createRandom(1),
        ).rows,
    );
    expect(halves).toEqual(at('gradual-drift', 1).rows);
  });
});

describe('robustness curves', () => {
  const point = (intensity: number, estimate: number, half = 0.01, rows = 1000) => ({
    intensity,
    estimate,
    lower: estimate - half,
    upper: estimate + half,
    rows,
  });

  it('have the mean quality over intensities as their area', () => {
    expect(areaUnder([point(0, 0.8), point(1, 0.6)]).estimate).toBeCloseTo(0.7, 12);
    expect(areaUnder([point(0.5, 0.6), point(0, 0.8), point(1, 0.6)])).toMatchObject({
      estimate: expect.closeTo(0.65, 12) as number,
      lower: expect.closeTo(0.64, 12) as number,
    });
    expect(() => areaUnder([point(0, 0.8)])).toThrow(/two intensities/);
  });

  it('are judged by their bounds, and an open one says the rows that it needs', () => {
    const floor = { limit: 0.7, better: 'higher' } as const;
    expect(standingOf(point(0, 0.72), floor)).toEqual({ stands: 'holds' });
    expect(standingOf(point(0, 0.68), floor)).toEqual({ stands: 'broken' });
    expect(standingOf(point(0, 0.705, 0.02), floor)).toEqual({ stands: 'open', rowsNeeded: 16_000 });
    expect(standingOf(point(0, 0.7, 0.02), floor)).toEqual({ stands: 'open', rowsNeeded: null });
    const ceiling = { limit: 0.5, better: 'lower' } as const;
    expect(standingOf(point(0, 0.48), ceiling)).toEqual({ stands: 'holds' });
    expect(standingOf(point(0, 0.52), ceiling)).toEqual({ stands: 'broken' });
  });

  it('say where they break', () => {
    const floor = { limit: 0.7, better: 'higher' } as const;
    const points = [point(0, 0.8), point(0.25, 0.75), point(0.5, 0.69), point(1, 0.71)];
    expect(breakingPoint(points, floor)).toEqual({ first: 0.5, tolerated: 0.25 });
    expect(breakingPoint(points, { limit: 0.5, better: 'higher' })).toEqual({ first: null, tolerated: 1 });
    expect(breakingPoint(points, { limit: 0.9, better: 'higher' })).toEqual({ first: 0, tolerated: 0 });
  });
});
