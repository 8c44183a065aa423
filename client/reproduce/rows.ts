import { DuckDBInstance } from '@duckdb/node-api';
import { readFile } from 'node:fs/promises';
import type { Signature } from '../../contracts/plan.ts';

/** A row's features by name; null where missing. */
export type Row = Readonly<Record<string, string | number | null>>;

/** Rows of a `golden` file, as the training command wrote them. */
export async function goldenRows(path: string): Promise<readonly Row[]> {
  const { rows } = JSON.parse(await readFile(path, 'utf8')) as { rows: readonly { features: Row }[] };
  return rows.map(({ features }) => features);
}

/** Rows of a Parquet file, as far as the model reads them. */
export async function tableRows(path: string, { inputs }: Signature): Promise<readonly Row[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '512MB' });
  try {
    const duck = await instance.connect();
    const columns = inputs.map(({ name, datatype }) => {
      const column = `"${name.replaceAll('"', '""')}"`;
      return `CAST(${column} AS ${datatype === 'BYTES' ? 'VARCHAR' : 'FLOAT'}) AS ${column}`;
    });
    const file = `'${path.replaceAll("'", "''")}'`;
    const reader = await duck.runAndReadAll(`SELECT ${columns.join(', ')} FROM read_parquet(${file})`);
    const rows = reader.getRowObjectsJS() as Row[];
    duck.closeSync();
    return rows;
  } finally {
    instance.closeSync();
  }
}
