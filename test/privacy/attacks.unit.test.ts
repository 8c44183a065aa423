// Proves that bounds of a detection cover what they say, that nothing to find is not found, and that masks without a key are turned
// back however they are written, and those with one are not.
import { createHash, createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dictionaryReversal } from '../../activities/stages/privacy/dictionary.ts';
import { anonymityOfCells, detectionAt, linkageOf } from '../../domain/privacy/index.ts';
import { createRandom, normalCdf, normalQuantile } from '../../domain/statistics/index.ts';
import { withDuck } from '../../examples/flight-delays/duck.ts';

describe('detection at 1 % false positives', () => {
  test.each([0, 1, 2])('its 95 % bounds cover the truth in at least 93 %, for a shift of %s', (shift) => {
    const random = createRandom(101);
    const truth = 1 - normalCdf(normalQuantile(0.99) - shift);
    let covered = 0;
    const rounds = 300;
    for (let i = 0; i < rounds; i++) {
      const members = Array.from({ length: 400 }, () => shift + random.normal());
      const others = Array.from({ length: 800 }, () => random.normal());
      const { lower, estimate, upper } = detectionAt(members, others);
      expect(lower).toBeLessThanOrEqual(estimate);
      expect(upper).toBeGreaterThanOrEqual(estimate);
      if (lower <= truth && truth <= upper) covered++;
    }
    expect(covered / rounds).toBeGreaterThanOrEqual(0.93);
  });

  test('too few others cannot bound it, and ties are no detection', () => {
    const random = createRandom(102);
    const some = (n: number): number[] => Array.from({ length: n }, () => random.next());
    expect(detectionAt(some(500), some(50)).upper).toBeGreaterThan(0.02);
    const same = Array.from({ length: 2000 }, () => 1);
    expect(detectionAt(same, same)).toMatchObject({ estimate: 0, lower: 0, upper: 1 });
  });

  test('a score that is no number is refused', () => {
    expect(() => detectionAt([1, NaN], [1, 2])).toThrow(/members/);
  });
});

test('cells: the loneliest counts, and a link needs one row on each side', () => {
  const cell = (key: string, rows: number, sensitive = 2) => ({ key, rows, sensitive });
  expect(anonymityOfCells([cell('a', 7), cell('b', 3, 1)], 5)).toEqual({
    k: 3,
    l: 1,
    cells: 2,
    smallCells: 1,
    exposedRows: 3,
    rows: 10,
  });
  expect(anonymityOfCells([], 5)).toBeNull();
  const theirs = [cell('a', 1), cell('b', 2), cell('c', 1)];
  expect(linkageOf([cell('a', 1), cell('b', 1), cell('c', 4)], theirs)).toMatchObject({ linked: 1, rows: 6 });
});

describe('masked identifiers', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'masks-'));
    await writeFile(join(dir, 'names.txt'), 'N10156\nN102UW\nN103US\n');
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const attack = async (values: readonly string[], dictionary: { path: string } | { digits: number }) => {
    const path = join(dir, 'masked.parquet');
    const rows = values.map((value) => `('${value}')`).join(', ');
    await withDuck((duck) =>
      duck.run(`COPY (SELECT * FROM (VALUES ${rows}) t(tail)) TO '${path}' (FORMAT parquet)`),
    );
    return dictionaryReversal([{ path, what: 'the masked file' }], { tail: dictionary });
  };
  const hash = (name: string, text: string) => createHash(name).update(text).digest('hex');

  test.each([
    ['SHA-256', (text: string) => hash('sha256', text)],
    ['MD5 in capitals', (text: string) => hash('md5', text).toUpperCase()],
    ['SHA-1 cut to 12', (text: string) => hash('sha1', text).slice(0, 12)],
    ['Base64', (text: string) => Buffer.from(text).toString('base64')],
    ['SHA-256 of lower case', (text: string) => hash('sha256', text.toLowerCase())],
    ['nothing at all', (text: string) => text],
  ])('are turned back from %s', async (_, mask) => {
    const found = await attack(['N10156', 'N103US', 'unknown'].map(mask), { path: join(dir, 'names.txt') });
    expect(found.checks[0]).toMatchObject({ name: 'dictionary-reversal', verdict: 'fail' });
    expect(found.metrics['reversed-identifiers']).toMatchObject({ value: 2, samples: 3 });
  });

  test('are not turned back from a keyed digest; short numbers are found by counting', async () => {
    const keyed = (text: string): string => createHmac('sha256', 'a key').update(text).digest('hex');
    const safe = await attack(['N10156', 'N103US'].map(keyed), { path: join(dir, 'names.txt') });
    expect(safe.checks[0]).toMatchObject({ verdict: 'pass' });
    const counted = await attack([hash('sha512', '4711')], { digits: 4 });
    expect(counted.checks[0]).toMatchObject({ verdict: 'fail' });
  });
});
