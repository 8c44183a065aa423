// A data command that is quick: `node window.mjs --from TIME --to TIME --out FILE` writes three rows.
import { DuckDBInstance } from '@duckdb/node-api';

const out = process.argv[process.argv.indexOf('--out') + 1];
const database = await DuckDBInstance.create();
const connection = await database.connect();
await connection.run(
  `COPY (SELECT range AS row FROM range(3)) TO '${out.replaceAll("'", "''")}' (FORMAT parquet)`,
);
connection.closeSync();
