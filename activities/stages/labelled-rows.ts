import type { Signature } from '../../contracts/plan.ts';
import { failure } from '../failure.ts';
import { identifier, type Table } from '../table.ts';
import type { FeatureRow } from './model-client.ts';

/** One row of the plan's data, as a stage needs it. */
export interface DataRow {
  readonly features: FeatureRow;
  /** 0 or 1; null where it never came, or was not asked for. */
  readonly label: number | null;
  /** Values of the slice columns, in the order asked; what is missing is a group of its own. */
  readonly slices: readonly string[];
  /** Values of the time columns, in the order asked, in milliseconds since 1970; null is missing, or no time. */
  readonly times: readonly (number | null)[];
}

export interface RowsWanted {
  readonly signature: Signature;
  readonly labelColumn?: string;
  readonly slices?: readonly string[];
  readonly times?: readonly string[];
  /** At most so many rows, spread evenly over the file; all unless given. */
  readonly most?: number;
  /** Only rows of the file with these numbers, `to` not among them; all unless given. */
  readonly only?: { readonly from: number; readonly to: number };
}

export const MISSING_SLICE = '(missing)';

/**
 * The rows of a table in its order, in pieces; with `labelColumn`, only those that have a label. Numbers are read as 32 bit
 * floats, as they are served; what is no finite number is missing. Throws `DataUnreadable`.
 */
export async function* readRows(table: Table, wanted: RowsWanted): AsyncGenerator<DataRow[]> {
  const { signature, labelColumn, slices = [], times = [], most, only } = wanted;
  const labels = labelColumn === undefined ? [] : [labelColumn];
  await table.requireColumns([...signature.inputs.map(({ name }) => name), ...labels, ...slices, ...times]);
  const conditions = [
    ...(labelColumn === undefined ? [] : [`${identifier(labelColumn)} IS NOT NULL`]),
    ...(only === undefined ? [] : [`file_row_number >= ${only.from} AND file_row_number < ${only.to}`]),
  ];
  const where = conditions.length === 0 ? 'true' : conditions.join(' AND ');
  const select = [
    ...signature.inputs.map(({ name, datatype }) => columnSql(name, datatype)),
    ...labels.map((name) => `TRY_CAST(${identifier(name)} AS DOUBLE)`),
    ...slices.map((name) => `CAST(${identifier(name)} AS VARCHAR)`),
    ...times.map((name) => `epoch_ms(TRY_CAST(${identifier(name)} AS TIMESTAMPTZ))::DOUBLE`),
  ];
  for await (const rows of table.read(select, where, most)) yield rows.map((row) => rowOf(row, wanted));
}

function columnSql(name: string, datatype: 'BYTES' | 'FP32'): string {
  const column = identifier(name);
  if (datatype === 'BYTES') return `CAST(${column} AS VARCHAR)`;
  return `CASE WHEN isfinite(CAST(${column} AS FLOAT)) THEN CAST(${column} AS FLOAT) END`;
}

function rowOf(
  row: readonly unknown[],
  { signature, labelColumn, slices = [], times = [] }: RowsWanted,
): DataRow {
  const { inputs } = signature;
  const features: Record<string, string | number | null> = {};
  inputs.forEach(({ name }, i) => (features[name] = row[i] as string | number | null));
  const label = labelColumn === undefined ? null : row[inputs.length];
  if (label !== null && label !== 0 && label !== 1) {
    throw failure(
      'DataUnreadable',
      `the label column ${labelColumn ?? ''} has a value that is neither 0, 1 nor missing; name the column with the parameter labelColumn`,
    );
  }
  const from = inputs.length + (labelColumn === undefined ? 0 : 1);
  return {
    features,
    label,
    slices: slices.map((_, i) => (row[from + i] as string | null) ?? MISSING_SLICE),
    times: times.map((_, i) => (row[from + slices.length + i] as number | null) ?? null),
  };
}
