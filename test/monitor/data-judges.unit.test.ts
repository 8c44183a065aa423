/**
 * Proves of the judges of data, over many simulated windows: out-of-distribution rows and data quality alarm in at most the
 * stated 5 % where the true share stands exactly at the limit, never on a clean world, and find a planted fault.
 */
import { describe, expect, test } from 'vitest';
import { surpriseOf } from '../../domain/drift/index.ts';
import { createRandom } from '../../domain/statistics/index.ts';
import { atMostFive, findingOn, reference, rowsOf, shareOf, watchedWith, type World } from './judge-world.ts';

const WINDOWS = 150;
const ROWS = 500;
/** Unlike all that the profile knows: each value by itself beyond what was seen. */
const alien = { wind: 30, gust: -30, carrier: 'ZZ' };
/** So many of the rows. */
const strangers = (share: number): World => ({ change: (_, random) => (random.next() < share ? alien : {}) });

describe('out of distribution', () => {
  const limit = 0.05;
  const watched = watchedWith({ outOfDistribution: limit, psi: 100 });
  const share = (world: World, seed: number): number =>
    shareOf(WINDOWS, seed, (random) =>
      findingOn('data', rowsOf(random, ROWS, world), watched)!.measurements.some(
        ({ metric, drifted }) => metric.startsWith('out_of_distribution') && drifted,
      ),
    );

  test('about one reference row in a thousand is as rare, and a row of new values is rarer than all of them', () => {
    const surprise = surpriseOf(reference);
    const rows = rowsOf(createRandom(40), 20_000);
    const rare = rows.filter((row) => surprise(row.features!) > reference.rarity!.surprise).length;
    expect(rare / rows.length).toBeLessThan(0.003);
    expect(Math.max(...rows.map((row) => surprise(row.features!)))).toBeLessThan(surprise(alien));
  });
  test('the same world never alarms', () => {
    expect(share({}, 41)).toBe(0);
  });
  test('a share of exactly the limit alarms in at most 5 % of the windows', () => {
    expect(share(strangers(limit), 42)).toBeLessThan(atMostFive(WINDOWS));
  });
  test('a tenth of strangers is found', () => {
    expect(share(strangers(0.1), 43)).toBeGreaterThan(0.95);
  });
  test('is not judged unless the plan gives a limit, and unresolved when the profile cannot tell', () => {
    const rows = rowsOf(createRandom(44), ROWS);
    const silent = findingOn('data', rows, watchedWith({}))!;
    expect(silent.measurements.map(({ metric }) => metric)).not.toContain(
      'out_of_distribution_share_lower_bound',
    );
    const { rarity: _, ...old } = reference;
    expect(findingOn('data', rows, watchedWith({ outOfDistribution: limit, psi: 100 }, old))).toMatchObject({
      verdict: 'unresolved',
      reason: 'the profile does not say how rare its own rows are',
    });
  });
});

describe('data quality', () => {
  const watched = watchedWith({});
  const share = (world: World, seed: number): number =>
    shareOf(
      WINDOWS,
      seed,
      (random) => findingOn('quality', rowsOf(random, ROWS, world), watched)!.verdict === 'drift',
    );

  test('the same world never alarms', () => {
    expect(share({}, 51)).toBe(0);
  });
  test('two new categories in a hundred, which is the limit, alarm in at most 5 % of the windows', () => {
    const world: World = { change: (_, random) => (random.next() < 0.02 ? { carrier: 'ZZ' } : {}) };
    expect(share(world, 52)).toBeLessThan(atMostFive(WINDOWS));
  });
  test('another unit in one row of ten is found', () => {
    const world: World = { change: ({ wind }, random) => (random.next() < 0.1 ? { wind: 100 + wind } : {}) };
    expect(share(world, 53)).toBeGreaterThan(0.95);
  });
});
