import { requireColumns, type Column } from '../drift/column.ts';
import type { Random } from '../statistics/random.ts';
import { normalCdf } from '../statistics/special.ts';
import { rootOfCorrelation } from './correlation.ts';
import { latentCorrelation, scoresOf, type Scores } from './hermite.ts';
import { cellOf, fitMarginal, valueAt, type Marginal } from './marginal.ts';

/** A value of a twin's row. */
export type Value = string | number | null;

/** A generator of rows, fitted on real ones. Plain JSON. */
export interface Twin {
  readonly schema: 1;
  /** Rows that it was fitted on. */
  readonly rows: number;
  readonly marginals: readonly Marginal[];
  /** Columns in order; those that are missing at times have a second latent that says when. */
  readonly latents: readonly { readonly column: number; readonly missing: boolean }[];
  /** Lower triangle L: latent normals are L times independent ones. */
  readonly root: readonly (readonly number[])[];
}

export interface FitOptions {
  /**
   * Along this column, usually the label, categories are ordered: a copula needs an order, and this one keeps what the
   * categories say about it.
   */
  readonly anchor?: string;
  /** A value or a range of values is only shown when it rests on so many rows; 5 unless given. */
  readonly least?: number;
  /** Cells of a numeric column at most; 200 unless given. */
  readonly cells?: number;
}

/** Fewer rows than this with both values say nothing about a pair. */
const LEAST_PAIRS = 30;

/**
 * Fits a Gaussian copula to columns of mixed types: each column keeps its own distribution, and pairs keep the correlation of
 * their normal scores. The form is that of the Synthetic Data Vault (Patki, Wedge and Veeramachaneni 2016), with missingness
 * as a column of its own; latent correlations are matched and not just measured, see `latentCorrelation`.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `LENGTH_MISMATCH`, `NON_FINITE`
 */
export function fitTwin(columns: readonly Column[], options: FitOptions = {}): Twin {
  const { anchor, least = 5, cells = 200 } = options;
  const rows = requireColumns(columns, 'columns');
  const axis = columns.find(({ name }) => name === anchor);
  const marginals = columns.map((column) =>
    fitMarginal(column, { least, cells }, axis === undefined ? undefined : orderAlong(column, axis)),
  );
  const latents = marginals.flatMap((marginal, column) => [
    { column, missing: false },
    ...(marginal.missing > 0 && marginal.missing < 1 ? [{ column, missing: true }] : []),
  ]);
  const scored = latents.map(({ column, missing }) =>
    missing
      ? missingness(columns[column]!, marginals[column]!)
      : presence(columns[column]!, marginals[column]!),
  );
  const matrix = latents.map(() => new Float64Array(latents.length));
  for (let i = 0; i < latents.length; i++) {
    matrix[i]![i] = 1;
    for (let j = 0; j < i; j++) matrix[i]![j] = matrix[j]![i] = pair(scored[i]!, scored[j]!);
  }
  return { schema: 1, rows, marginals, latents, root: rootOfCorrelation(matrix).map((row) => [...row]) };
}

/** Rows drawn from the twin, as columns in the order fitted. The same state of `random` gives the same rows. */
export function drawRows({ marginals, latents, root }: Twin, rows: number, random: Random): Value[][] {
  const normals = new Float64Array(latents.length);
  return Array.from({ length: rows }, () => {
    for (let i = 0; i < normals.length; i++) normals[i] = random.normal();
    const row: Value[] = marginals.map(() => null);
    latents.forEach(({ column, missing }, i) => {
      const weights = root[i]!;
      let z = 0;
      for (let j = 0; j <= i; j++) z += weights[j]! * normals[j]!;
      const u = normalCdf(z);
      const marginal = marginals[column]!;
      if (!missing) row[column] = valueAt(marginal, u);
      else if (u >= 1 - marginal.missing) row[column] = null;
    });
    return row;
  });
}

/** Mean of the axis by category, drawn to the mean of all for rare ones. */
function orderAlong(column: Column, axis: Column): ReadonlyMap<string, number> | undefined {
  if (column.kind !== 'category' || axis.kind !== 'numeric') return undefined;
  const sums = new Map<string, { rows: number; sum: number }>();
  let rows = 0;
  let sum = 0;
  for (let i = 0; i < column.values.length; i++) {
    const [category, value] = [column.values[i], axis.values[i]];
    if (category == null || value == null || Number.isNaN(value)) continue;
    const known = sums.get(category) ?? { rows: 0, sum: 0 };
    sums.set(category, { rows: known.rows + 1, sum: known.sum + value });
    rows++;
    sum += value;
  }
  const overall = rows === 0 ? 0 : sum / rows;
  return new Map([...sums].map(([name, known]) => [name, (known.sum + 20 * overall) / (known.rows + 20)]));
}

interface Scored {
  readonly scores: Scores;
  /** Score a row; NaN where there is none. */
  readonly values: Float64Array;
}

function presence({ values }: Column, marginal: Marginal): Scored {
  const scores = scoresOf(marginal);
  return {
    scores,
    values: Float64Array.from({ length: values.length }, (_, i) => {
      const value = values[i];
      if (value == null || Number.isNaN(value)) return NaN;
      const cell = marginal.cuts.length < 2 ? -1 : cellOf(marginal, value);
      return cell < 0 ? NaN : scores.byCell[cell]!;
    }),
  };
}

function missingness({ values }: Column, { missing }: Marginal): Scored {
  const scores = scoresOf({ cuts: [0, 1 - missing, 1] });
  return {
    scores,
    values: Float64Array.from({ length: values.length }, (_, i) => {
      const value = values[i];
      return scores.byCell[value == null || Number.isNaN(value) ? 1 : 0]!;
    }),
  };
}

/** Latent correlation of two columns over the rows that have both; 0 where one of them does not vary. */
function pair(a: Scored, b: Scored): number {
  const sums = { rows: 0, a: 0, b: 0, aa: 0, bb: 0, ab: 0 };
  for (let i = 0; i < a.values.length; i++) {
    const [x, y] = [a.values[i]!, b.values[i]!];
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    sums.rows++;
    sums.a += x;
    sums.b += y;
    sums.aa += x * x;
    sums.bb += y * y;
    sums.ab += x * y;
  }
  const { rows } = sums;
  if (rows < LEAST_PAIRS) return 0;
  const variances = (sums.aa - sums.a ** 2 / rows) * (sums.bb - sums.b ** 2 / rows);
  if (!(variances > 1e-12 * rows * rows)) return 0;
  const observed = (sums.ab - (sums.a * sums.b) / rows) / Math.sqrt(variances);
  return latentCorrelation(a.scores, b.scores, observed);
}
