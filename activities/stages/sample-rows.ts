import { failure } from '../failure.ts';
import { Table } from '../table.ts';
import { readRows, type DataRow, type RowsWanted } from './labelled-rows.ts';

/** A file of the plan: where it lies here, and what to call it in messages. */
export interface DataFile {
  readonly path: string;
  readonly what: string;
}

/** At most `most` rows of a file, spread evenly over it, in its order. Throws `DataUnreadable`, also when there are none. */
export async function sampleRows(
  { path, what }: DataFile,
  wanted: RowsWanted & { readonly most: number },
): Promise<DataRow[]> {
  return Table.open(path, what, async (table) => {
    const sample: DataRow[] = [];
    for await (const rows of readRows(table, wanted)) sample.push(...rows);
    if (sample.length > 0) return sample;
    const labelled = wanted.labelColumn === undefined ? '' : ` with a ${wanted.labelColumn}`;
    throw failure('DataUnreadable', `${what} has no rows${labelled}`);
  });
}
