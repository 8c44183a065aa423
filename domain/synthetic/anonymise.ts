import type { Random } from '../statistics/random.ts';
import { drawRows, type Twin, type Value } from './copula.ts';

export interface AnonymousRows {
  readonly rows: readonly (readonly Value[])[];
  /** Drawn rows that were a real row, value for value, and are not in `rows`. */
  readonly copiesRefused: number;
  /** Rows left out because too few others share their quasi-identifiers. */
  readonly suppressed: number;
}

export interface AnonymousOptions {
  readonly rows: number;
  /** Positions of the columns that together could point at somebody. */
  readonly quasiIdentifiers: readonly number[];
  /** So many rows share each combination of quasi-identifiers at least. */
  readonly k: number;
}

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
 * Rows of the twin that copy no real row and are k-anonymous over the quasi-identifiers (Sweeney 2002), by suppression: rows
 * in groups smaller than k are left out, so there may be fewer than asked.
 */
export function anonymousRows(
  twin: Twin,
  real: readonly (readonly Value[])[],
  options: AnonymousOptions,
  random: Random,
): AnonymousRows {
  const { rows: wanted, quasiIdentifiers, k } = options;
  const known = new Set(real.map(rowKey));
  const rows: Value[][] = [];
  let copiesRefused = 0;
  // Where nearly every possible row is a real one, there is no twin: then it ends with few rows, and says so.
  for (let rounds = 0; rounds < 10 && rows.length < wanted; rounds++) {
    for (const row of drawRows(twin, wanted - rows.length, random)) {
      if (known.has(rowKey(row))) copiesRefused++;
      else rows.push(row);
    }
  }
  if (quasiIdentifiers.length === 0) return { rows, copiesRefused, suppressed: 0 };
  const sizes = groupSizes(rows, quasiIdentifiers);
  const kept = rows.filter((row) => (sizes.get(groupKey(row, quasiIdentifiers)) ?? 0) >= k);
  return { rows: kept, copiesRefused, suppressed: rows.length - kept.length };
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
