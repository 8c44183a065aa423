import { withDuck } from './duck.ts';
import { FEATURES, SLICES, type Slice } from './features.ts';
import { text } from './flights-sql.ts';

/** One scheduled flight. Times are milliseconds since 1970, UTC. */
export interface Flight {
  readonly flightId: string;
  /** Carrier and flight number: the same every day. */
  readonly key: string;
  readonly scheduledAt: number;
  /** When the label becomes known; null when the flight was cancelled or diverted, and so never has one. */
  readonly landedAt: number | null;
  readonly late: 0 | 1 | null;
  /** By feature name. A missing number is null. */
  readonly features: Readonly<Record<string, string | number | null>>;
  readonly slices: Readonly<Record<Slice, string>>;
}

export interface FlightQuery {
  /** Parquet files with the columns that `prepareFlights` writes. */
  readonly files: readonly string[];
  /** Scheduled departure in [from, to), milliseconds since 1970, UTC. */
  readonly from: number;
  readonly to: number;
  /** Fraction of the flights, above 0 up to 1 (default 1), chosen by a hash of the flight id: a larger one holds a smaller. */
  readonly sample?: number;
}

/** The first instant of a month of 2013 in New York, where the monthly files begin; 13 is the end of the year. */
export const monthStart = (month: number): number => {
  if (!Number.isInteger(month) || month < 1 || month > 13)
    throw new Error(`monthStart: ${month} is not 1 to 13`);
  const hour = month > 3 && month <= 11 ? 4 : 5; // summer time ran from 10 March to 3 November
  return Date.UTC(2013, month - 1, 1, hour);
};

const MODULUS = 1_000_000;

const querySql = ({ files, from, to, sample = 1 }: FlightQuery): string => {
  if (files.length === 0) throw new Error('readFlights: no files given');
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from > to) {
    throw new Error(
      `readFlights: from ${from} to ${to} is no window; both must be whole milliseconds, from before to`,
    );
  }
  if (!(sample > 0 && sample <= 1))
    throw new Error(`readFlights: sample ${sample} must be above 0 and at most 1`);
  const columns = [
    'flight_id',
    'flight_key',
    'epoch_ms(scheduled_at)::DOUBLE',
    'epoch_ms(landed_at)::DOUBLE',
    'late',
  ];
  columns.push(...FEATURES.map((feature) => feature.name), ...SLICES);
  return (
    `SELECT ${columns.join(', ')} FROM read_parquet([${files.map(text).join(', ')}]) ` +
    `WHERE scheduled_at >= make_timestamptz(${from} * 1000) AND scheduled_at < make_timestamptz(${to} * 1000) ` +
    // MD5 and not DuckDB's own hash, which may change with its version.
    `AND md5_number_lower(flight_id) % ${MODULUS} < ${Math.round(sample * MODULUS)} ` +
    `ORDER BY scheduled_at, flight_id`
  );
};

const asFlight = (row: readonly unknown[]): Flight => {
  const named = (from: number, names: readonly string[]) =>
    names.map((name, at) => [name, row[from + at]] as const);
  return {
    flightId: row[0] as string,
    key: row[1] as string,
    scheduledAt: row[2] as number,
    landedAt: row[3] as number | null,
    late: row[4] as 0 | 1 | null,
    features: Object.fromEntries(
      named(
        5,
        FEATURES.map((feature) => feature.name),
      ),
    ) as Flight['features'],
    slices: Object.fromEntries(named(5 + FEATURES.length, SLICES)) as Flight['slices'],
  };
};

/** The flights of the query, in order of scheduled departure. A month is about 28,000 rows and a tenth of a second. */
export const readFlights = async (query: FlightQuery): Promise<Flight[]> => {
  const sql = querySql(query);
  return withDuck(async (duck) => (await duck.runAndReadAll(sql)).getRows().map(asFlight));
};
