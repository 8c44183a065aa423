// Proves that the SQL texts and the TypeScript functions are one definition: both on the same rows, in a real DuckDB, with
// slices, ties, empty classes, missing values and bad rows.
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { profileOf } from '../../domain/drift/index.ts';
import {
  binCountsSql,
  categoryCountsSql,
  classificationMetrics,
  classificationSql,
  classificationSumsBySlice,
  rankingSql,
  regressionMetrics,
  regressionSql,
  regressionSums,
  scoreTableOf,
  scoreTableSql,
} from '../../domain/quality/index.ts';
import { createRandom } from '../../domain/statistics/index.ts';

const random = createRandom(101);
const N = 5000;
const names = ['UA', "O'Hare", 'quiet', ''];
const rows = Array.from({ length: N }, (_, i) => {
  const slice = names[i % 4]!;
  const p = i % 7 === 0 ? random.integer(2) : Math.round(random.next() * 200) / 200;
  return {
    slice,
    p,
    y: slice === 'quiet' ? 0 : random.next() < p ? 1 : 0,
    t: 1e6 + random.normal(),
    f: 1e6 + random.normal(),
    x: i % 11 === 0 ? null : Math.round(10 * random.normal()) / 4,
  };
});

let instance: DuckDBInstance;
let connection: DuckDBConnection;

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRowObjectsJS() as Record<string, unknown>[];
}

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
  await connection.run(
    'CREATE TABLE "my rows" ("the ""slice" VARCHAR, p DOUBLE, y INTEGER, t DOUBLE, f DOUBLE, x DOUBLE)',
  );
  const appender = await connection.createAppender('my rows');
  for (const { slice, p, y, t, f, x } of rows) {
    appender.appendVarchar(slice);
    appender.appendDouble(p);
    appender.appendInteger(y);
    appender.appendDouble(t);
    appender.appendDouble(f);
    if (x === null) appender.appendNull();
    else appender.appendDouble(x);
    appender.endRow();
  }
  appender.closeSync();
});

afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

const table = { from: '"my rows"', label: 'y', probability: 'p' };
const sliced = { ...table, slice: 'the "slice', threshold: 0.3 };
const column = (name: 'p' | 'y' | 't' | 'f'): number[] => rows.map((row) => row[name]);

function near(actual: unknown, expected: number | null): void {
  if (expected === null) expect(actual).toBeNull();
  else
    expect(Math.abs(Number(actual) - expected)).toBeLessThanOrEqual(
      1e-9 * Math.max(1e-9, Math.abs(expected)),
    );
}

describe('classification by slice', () => {
  const sums = classificationSumsBySlice(
    column('y'),
    column('p'),
    rows.map(({ slice }) => slice),
    0.3,
  );

  test('counts, log-loss and Brier', async () => {
    const answers = await query(classificationSql(sliced));
    expect(answers.map(({ slice }) => slice)).toEqual([...sums.keys()]);
    for (const answer of answers) {
      const expected = sums.get(answer.slice as string)!;
      const metrics = classificationMetrics(expected);
      expect(Number(answer.rows)).toBe(expected.rows);
      expect(Number(answer.invalid)).toBe(0);
      expect({
        truePositives: Number(answer.true_positives),
        falsePositives: Number(answer.false_positives),
        falseNegatives: Number(answer.false_negatives),
        trueNegatives: Number(answer.true_negatives),
      }).toEqual(expected.confusion);
      near(answer.log_loss, metrics.logLoss.estimate);
      near(answer.brier, metrics.brier.estimate);
    }
  });

  test('AUC and average precision, ties and an empty class included', async () => {
    const answers = await query(rankingSql(sliced));
    expect(answers).toHaveLength(4);
    for (const answer of answers) {
      const metrics = classificationMetrics(sums.get(answer.slice as string)!);
      near(answer.auc, metrics.rocAuc?.estimate ?? null);
      near(answer.average_precision, metrics.averagePrecision?.estimate ?? null);
    }
    expect(answers.find(({ slice }) => slice === 'quiet')).toMatchObject({
      auc: null,
      average_precision: null,
    });
  });

  test('rows that cannot be scored are counted, and change nothing else', async () => {
    const bad = `(SELECT 'UA' AS s, NULL AS y, 0.5 AS p UNION ALL SELECT 'UA', 1, 'NaN'::DOUBLE
      UNION ALL SELECT 'UA', 0.5, 0.5 UNION ALL SELECT 'UA', 1, 1.5 UNION ALL SELECT 'UA', 1, 0.5
      UNION ALL SELECT 'XX', 1, NULL)`;
    const answers = await query(classificationSql({ from: bad, label: 'y', probability: 'p', slice: 's' }));
    expect(answers.map(({ slice, rows: n, invalid }) => [slice, Number(n), Number(invalid)])).toEqual([
      ['UA', 1, 4],
      ['XX', 0, 1],
    ]);
    near(answers[0]!.log_loss, Math.LN2);
  });
});

test('the score table is the same', async () => {
  const answers = await query(scoreTableSql(table));
  const expected = scoreTableOf(column('y'), column('p'));
  expect({
    scores: answers.map(({ score }) => score),
    positives: answers.map(({ positives }) => positives),
    negatives: answers.map(({ negatives }) => negatives),
  }).toEqual(expected);
});

test('regression metrics are the same, far from 0', async () => {
  const [answer] = await query(regressionSql({ from: '"my rows"', truth: 't', prediction: 'f' }));
  const metrics = regressionMetrics(regressionSums(column('t'), column('f'), 1e6));
  near(answer!.rmse, metrics.rmse.estimate);
  near(answer!.mae, metrics.mae.estimate);
  near(answer!.r2, metrics.r2!.estimate);
});

test('profile bins and categories are the same, missing values included', async () => {
  const profile = profileOf([
    { name: 'x', kind: 'numeric', values: rows.map(({ x }) => x) },
    { name: 's', kind: 'category', values: rows.map(({ slice }) => slice) },
  ]);
  const [x, s] = profile.features;
  if (x?.kind !== 'numeric' || s?.kind !== 'category') throw new Error('the profile has other kinds');
  const bins = await query(binCountsSql('"my rows"', 'x', x.edges));
  const counts = new Map(bins.map(({ bin, rows: n }) => [Number(bin), Number(n)]));
  expect(counts.get(-1)).toBe(x.missing);
  expect(x.counts.map((_, bin) => counts.get(bin) ?? 0)).toEqual(x.counts);
  const categories = await query(categoryCountsSql('"my rows"', 'the "slice'));
  expect(categories.map(({ category }) => category)).toEqual(s.categories);
  expect(categories.map(({ rows: n }) => Number(n))).toEqual(s.counts);
});
