import type { Value } from './copula.ts';

/** One text a row, the same for the same values; numbers as the 32 bit floats that models are served. */
export function rowKey(row: readonly Value[]): string {
  return JSON.stringify(row.map((value) => (typeof value === 'number' ? Math.fround(value) + 0 : value)));
}

/** Rows of the first list that stand, value for value, in the second. */
export function exactCopies(
  rows: readonly (readonly Value[])[],
  real: readonly (readonly Value[])[],
): number {
  const known = new Set(real.map(rowKey));
  return rows.reduce((copies, row) => copies + (known.has(rowKey(row)) ? 1 : 0), 0);
}

/**
 * The rows that are k-anonymous over the quasi-identifiers (Sweeney 2002), by suppression: those in groups smaller than k
 * are left out. All rows, where no column is a quasi-identifier.
 */
export function kAnonymous<Row extends readonly Value[]>(
  rows: readonly Row[],
  quasiIdentifiers: readonly number[],
  k: number,
): Row[] {
  if (quasiIdentifiers.length === 0) return [...rows];
  const sizes = groupSizes(rows, quasiIdentifiers);
  return rows.filter((row) => (sizes.get(groupKey(row, quasiIdentifiers)) ?? 0) >= k);
}

/** The fewest rows that share one combination of quasi-identifiers: the k of k-anonymity. Null without rows or columns. */
export function anonymityOf(
  rows: readonly (readonly Value[])[],
  quasiIdentifiers: readonly number[],
): number | null {
  if (rows.length === 0 || quasiIdentifiers.length === 0) return null;
  let fewest = Infinity;
  for (const size of groupSizes(rows, quasiIdentifiers).values()) fewest = Math.min(fewest, size);
  return fewest;
}

const groupKey = (row: readonly Value[], columns: readonly number[]): string =>
  rowKey(columns.map((column) => row[column]!));

function groupSizes(rows: readonly (readonly Value[])[], columns: readonly number[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const row of rows) {
    const key = groupKey(row, columns);
    sizes.set(key, (sizes.get(key) ?? 0) + 1);
  }
  return sizes;
}
