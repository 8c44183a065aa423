import type { Column } from '../drift/column.ts';
import type { Value } from './copula.ts';

/** Name and kind of a column, without its values. */
export interface ColumnName {
  readonly name: string;
  readonly kind: 'numeric' | 'category';
}

/** Rows of values as columns. */
export function columnsOf(names: readonly ColumnName[], rows: readonly (readonly Value[])[]): Column[] {
  return names.map(({ name, kind }, i): Column =>
    kind === 'numeric'
      ? { name, kind, values: rows.map((row) => row[i] as number | null) }
      : { name, kind, values: rows.map((row) => row[i] as string | null) },
  );
}
