import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { sha256File, withDuck } from './duck.ts';
import { copySql, text } from './flights-sql.ts';

export interface Materialised {
  /** Absolute path of the Parquet file. */
  readonly file: string;
  readonly rows: number;
  readonly sha256: string;
}

/** Absolute paths of the monthly files in a folder that `prepareFlights` made, January first. */
export const monthlyFiles = async (preparedDir: string): Promise<string[]> => {
  const dir = resolve(preparedDir);
  const names = (await readdir(dir)).filter((name) => /^flights-\d{4}-\d{2}\.parquet$/.test(name)).sort();
  if (names.length === 0)
    throw new Error(`${dir}: no flights-YYYY-MM.parquet here; run prepareFlights first`);
  return names.map((name) => join(dir, name));
};

/**
 * Writes the flights whose label became known in [from, to) into one Parquet file, for training: what a team could have
 * trained on at `to`. Times are milliseconds since 1970, UTC. The same window gives the same bytes.
 */
export const materialiseWindow = async (window: {
  preparedDir: string;
  from: number;
  to: number;
  out: string;
}): Promise<Materialised> => {
  const { from, to } = window;
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from >= to) {
    throw new Error(
      `materialiseWindow: from ${from} to ${to} is no window; both must be whole milliseconds, from before to`,
    );
  }
  const file = resolve(window.out);
  const partial = `${file}.${randomUUID()}`;
  const files = await monthlyFiles(window.preparedDir);
  await mkdir(dirname(file), { recursive: true });
  const select =
    `SELECT * FROM read_parquet([${files.map(text).join(', ')}]) ` +
    `WHERE landed_at >= make_timestamptz(${from} * 1000) AND landed_at < make_timestamptz(${to} * 1000)`;
  try {
    const rows = await withDuck(async (duck) => {
      await duck.run(copySql(select, partial));
      const counted = await duck.runAndReadAll(
        `SELECT count(*)::INTEGER FROM read_parquet(${text(partial)})`,
      );
      return counted.getRows()[0]?.[0] as number;
    });
    if (rows === 0) {
      const span = `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
      throw new Error(`materialiseWindow: no flight landed from ${span}; the data covers 2013 only`);
    }
    const sha256 = await sha256File(partial);
    await rename(partial, file);
    return { file, rows, sha256 };
  } finally {
    await rm(partial, { force: true });
  }
};
