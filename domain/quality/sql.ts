/**
 * The same metrics as SQL for DuckDB, for tables too large to bring here. Pure text: nothing is run. Definitions are those of the
 * TypeScript functions, and a test holds both against each other.
 */
import { requireFiniteNumber } from '../statistics/error.ts';
import { LOG_LOSS_CLIP } from './loss.ts';

/** A name as an SQL identifier. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as an SQL literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A finite number as an SQL double. */
function number(value: number): string {
  requireFiniteNumber(value, 'threshold or edge');
  return `CAST('${value}' AS DOUBLE)`;
}

export interface ScoredTable {
  /** A table or view by name, or a query in parentheses, taken as it is. */
  readonly from: string;
  /** Columns: 0/1 or boolean label, and chance. */
  readonly label: string;
  readonly probability: string;
  /** A column whose values cut the table into slices; one row a slice. */
  readonly slice?: string;
  /** 0.5 unless told. */
  readonly threshold?: number;
}

function scored({ from, label, probability, slice }: ScoredTable): string {
  const l = quoteIdentifier(label);
  const p = quoteIdentifier(probability);
  const by = slice === undefined ? quoteText('') : `CAST(${quoteIdentifier(slice)} AS VARCHAR)`;
  // A fractional label must not be rounded into a class: it is counted as invalid instead.
  return `scored AS (
  SELECT ${by} AS slice, CAST(${l} AS DOUBLE) AS y, CAST(${p} AS DOUBLE) AS p
  FROM ${from}
), valid AS (
  SELECT slice, CAST(y AS INTEGER) AS y, p FROM scored
  WHERE y IN (0, 1) AND p BETWEEN 0 AND 1
)`;
}

/**
 * One row a slice: slice, rows, invalid (a missing, non-finite or impossible label or chance), positives, confusion counts,
 * and the means log_loss and brier. Fails no query on bad rows: look at `invalid` first, and believe nothing unless it is 0.
 */
export function classificationSql(table: ScoredTable): string {
  const threshold = number(table.threshold ?? 0.5);
  const clip = number(LOG_LOSS_CLIP);
  return `WITH ${scored(table)}, measured AS (
  SELECT slice,
    count(*) AS valid_rows,
    sum(y) AS positives,
    count(*) FILTER (WHERE y = 1 AND p >= ${threshold}) AS true_positives,
    count(*) FILTER (WHERE y = 0 AND p >= ${threshold}) AS false_positives,
    count(*) FILTER (WHERE y = 1 AND p < ${threshold}) AS false_negatives,
    count(*) FILTER (WHERE y = 0 AND p < ${threshold}) AS true_negatives,
    fsum(-ln(CASE WHEN y = 1 THEN least(greatest(p, ${clip}), 1 - ${clip})
      ELSE 1 - least(greatest(p, ${clip}), 1 - ${clip}) END)) / count(*) AS log_loss,
    fsum((p - y) * (p - y)) / count(*) AS brier
  FROM valid GROUP BY slice
), everything AS (
  SELECT slice, count(*) AS all_rows FROM scored GROUP BY slice
)
SELECT slice, coalesce(valid_rows, 0) AS rows, all_rows - coalesce(valid_rows, 0) AS invalid,
  positives, true_positives, false_positives, false_negatives, true_negatives, log_loss, brier
FROM everything LEFT JOIN measured USING (slice) ORDER BY slice`;
}

/** One row a slice: slice, auc (ties half), average_precision (steps); null where the class is missing. */
export function rankingSql(table: ScoredTable): string {
  return `WITH ${scored(table)}, cells AS (
  SELECT slice, p, sum(y) AS pos, count(*) - sum(y) AS neg FROM valid GROUP BY slice, p
), running AS (
  SELECT slice, pos, neg,
    coalesce(sum(neg) OVER (PARTITION BY slice ORDER BY p ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS below,
    sum(pos) OVER (PARTITION BY slice ORDER BY p DESC ROWS UNBOUNDED PRECEDING) AS hits,
    sum(pos + neg) OVER (PARTITION BY slice ORDER BY p DESC ROWS UNBOUNDED PRECEDING) AS taken
  FROM cells
)
SELECT slice,
  CAST(sum(pos * (2 * below + neg)) AS DOUBLE) / nullif(2 * CAST(sum(pos) AS DOUBLE) * CAST(sum(neg) AS DOUBLE), 0) AS auc,
  fsum(CAST(pos AS DOUBLE) * CAST(hits AS DOUBLE) / CAST(taken AS DOUBLE)) / nullif(CAST(sum(pos) AS DOUBLE), 0)
    AS average_precision
FROM running GROUP BY slice ORDER BY slice`;
}

/** The score table of `scoreTableOf`, one row a distinct chance: score, positives, negatives. Shards of it merge. */
export function scoreTableSql(table: Omit<ScoredTable, 'slice' | 'threshold'>): string {
  return `WITH ${scored(table)}
SELECT p AS score, CAST(sum(y) AS DOUBLE) AS positives, CAST(count(*) - sum(y) AS DOUBLE) AS negatives
FROM valid GROUP BY p ORDER BY p`;
}

/**
 * Counts of a numeric column in the bins of a reference profile (edges[i - 1] < x <= edges[i], open at both ends): rows of
 * bin, rows. The bin of missing values is -1. An infinity falls in an outer bin here, and is an error in TypeScript.
 */
export function binCountsSql(from: string, column: string, edges: readonly number[]): string {
  const x = `CAST(${quoteIdentifier(column)} AS DOUBLE)`;
  const bin = edges.length === 0 ? '0' : edges.map((edge) => `(${x} > ${number(edge)})::INTEGER`).join(' + ');
  return `SELECT CASE WHEN ${x} IS NULL OR isnan(${x}) THEN -1 ELSE ${bin} END AS bin, count(*) AS rows
FROM ${from} GROUP BY bin ORDER BY bin`;
}

/** Counts of a category column: category (null for missing), rows. */
export function categoryCountsSql(from: string, column: string): string {
  return `SELECT CAST(${quoteIdentifier(column)} AS VARCHAR) AS category, count(*) AS rows
FROM ${from} GROUP BY category ORDER BY category`;
}

/** One row: rows, rmse, mae, r2 of a table with a truth and a prediction column; rows with a missing value are left out. */
export function regressionSql(table: {
  readonly from: string;
  readonly truth: string;
  readonly prediction: string;
}): string {
  return `WITH pairs AS (
  SELECT CAST(${quoteIdentifier(table.truth)} AS DOUBLE) AS t, CAST(${quoteIdentifier(table.prediction)} AS DOUBLE) AS f
  FROM ${table.from}
), valid AS (
  SELECT t, f FROM pairs WHERE isfinite(t) AND isfinite(f)
), centre AS (SELECT avg(t) AS mean FROM valid)
SELECT count(*) AS rows,
  sqrt(fsum((f - t) * (f - t)) / count(*)) AS rmse,
  fsum(abs(f - t)) / count(*) AS mae,
  1 - fsum((f - t) * (f - t)) / nullif(fsum((t - mean) * (t - mean)), 0) AS r2
FROM valid, centre`;
}
