import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';

/** Runs `work` on a fresh in-memory DuckDB with one thread, which keeps the order of rows, and closes it whatever happens. */
export const withDuck = async <T>(work: (duck: DuckDBConnection) => Promise<T>): Promise<T> => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  try {
    const duck = await instance.connect();
    try {
      await duck.run(`SET TimeZone = 'UTC'`);
      return await work(duck);
    } finally {
      duck.closeSync();
    }
  } finally {
    instance.closeSync();
  }
};

/** SHA-256 of a file's bytes, in lower-case hexadecimal. */
export const sha256File = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
};
