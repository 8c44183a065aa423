import { sortDoubles } from '../statistics/radix-sort.ts';
import { StatisticsError } from '../statistics/error.ts';

/** A column of numbers; null, undefined and NaN mean "missing". An infinity is an error. */
export interface NumericColumn {
  readonly name: string;
  readonly kind: 'numeric';
  readonly values: ArrayLike<number | null | undefined>;
}

/** A column of categories; null and undefined mean "missing". */
export interface CategoryColumn {
  readonly name: string;
  readonly kind: 'category';
  readonly values: ArrayLike<string | null | undefined>;
}

export type Column = NumericColumn | CategoryColumn;

/** The numbers of a column, sorted, and how many are missing. One pass and one sort. */
export function sortedNumbers(column: NumericColumn): { sorted: Float64Array; missing: number } {
  const { values, name } = column;
  const length = values.length;
  const buffer = new Float64Array(length);
  let kept = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i];
    if (value === null || value === undefined || value !== value) continue;
    if (typeof value !== 'number' || value === Infinity || value === -Infinity) {
      throw new StatisticsError(
        'NON_FINITE',
        name,
        `${name}[${i}] is ${String(value)}. Write a number, or null where the value is missing.`,
        i,
      );
    }
    buffer[kept++] = value;
  }
  return { sorted: sortDoubles(buffer.subarray(0, kept)), missing: length - kept };
}

/** The counts of a column's categories, and how many are missing. */
export function categoryCounts(column: CategoryColumn): { counts: Map<string, number>; missing: number } {
  const counts = new Map<string, number>();
  let missing = 0;
  for (let i = 0; i < column.values.length; i++) {
    const value = column.values[i];
    if (value === null || value === undefined) missing++;
    else counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  }
  return { counts, missing };
}

/** Throws unless all columns have one length and different names. Returns the length. */
export function requireColumns(columns: readonly Column[], name: string): number {
  const seen = new Set<string>();
  const rows = columns[0]?.values.length ?? 0;
  for (const column of columns) {
    if (seen.has(column.name)) {
      throw new StatisticsError(
        'OUT_OF_RANGE',
        name,
        `${name} has two columns "${column.name}". Give each its own name.`,
      );
    }
    seen.add(column.name);
    if (column.values.length !== rows) {
      throw new StatisticsError(
        'LENGTH_MISMATCH',
        name,
        `${name}: column "${column.name}" has ${column.values.length} rows, the first has ${rows}. Pass one value a row.`,
      );
    }
  }
  if (rows === 0) {
    throw new StatisticsError(
      'EMPTY_SAMPLE',
      name,
      `${name} has no rows. Pass at least one column with one row.`,
    );
  }
  return rows;
}
