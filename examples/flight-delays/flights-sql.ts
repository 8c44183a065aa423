/** The SQL that turns the raw tables into one table of flights, a row a scheduled departure. */

/** A string as an SQL literal. */
export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** Raw files are comma-separated; a missing value is written in three ways. */
const csv = (file: string): string =>
  `read_csv(${text(file)}, header = true, nullstr = ['NA', 'NaN', ''], sample_size = -1)`;

export interface RawFiles {
  readonly flights: string;
  readonly weather: string;
  readonly airports: string;
}

/**
 * Creates the table `prepared`.
 *
 * - `time_hour` is the scheduled hour in UTC in both raw tables; the weather joins on it and on the airport.
 * - The scheduled arrival is a clock time at the destination. Its instant is the first one after departure at which the
 *   clock there shows that time; no flight is scheduled for 24 hours.
 * - The airports in Puerto Rico and the Virgin Islands (BQN, PSE, SJU, STT) are not in `airports`; they share a time zone.
 * - A cancelled or diverted flight has no arrival delay, so neither `late` nor `landed_at`, and keeps its row.
 */
export const prepareSql = (raw: RawFiles): readonly string[] => [
  `SET TimeZone = 'UTC'`,
  `CREATE TEMP TABLE scheduled AS
   SELECT f.*,
          f.time_hour + to_minutes(f.minute) AS scheduled_at,
          coalesce(a.tzone, 'America/Puerto_Rico') AS dest_zone
   FROM ${csv(raw.flights)} f LEFT JOIN ${csv(raw.airports)} a ON a.faa = f.dest`,
  `CREATE TEMP TABLE timed AS
   SELECT *, timezone(dest_zone, scheduled_at) AS dest_clock,
          (sched_arr_time // 100 * 60 + sched_arr_time % 100
            - (date_part('hour', dest_clock) * 60 + date_part('minute', dest_clock)) + 1440) % 1440 AS scheduled_minutes
   FROM scheduled`,
  `CREATE TEMP TABLE prepared AS
   SELECT printf('%d-%02d-%02d-%s%d-%s', t.year, t.month, t.day, t.carrier, t.flight, t.origin) AS flight_id,
          t.carrier || t.flight AS flight_key,
          t.month AS month,
          t.scheduled_at AS scheduled_at,
          t.scheduled_at + to_minutes(CAST(t.scheduled_minutes + t.arr_delay AS BIGINT)) AS landed_at,
          CAST(t.arr_delay > 15 AS TINYINT) AS late,
          t.carrier AS carrier,
          t.origin AS origin,
          t.dest AS dest,
          CASE t.dest_zone
            WHEN 'America/New_York' THEN 'eastern'
            WHEN 'America/Chicago' THEN 'central'
            WHEN 'America/Denver' THEN 'mountain'
            WHEN 'America/Phoenix' THEN 'mountain'
            WHEN 'America/Los_Angeles' THEN 'pacific'
            ELSE 'overseas' END AS dest_region,
          CAST(t.hour AS FLOAT) AS scheduled_hour,
          CAST(t.minute AS FLOAT) AS scheduled_minute,
          CAST(isodow(make_date(t.year, t.month, t.day)) AS FLOAT) AS weekday,
          CAST(t.distance AS FLOAT) AS distance,
          CAST(w.temp AS FLOAT) AS temperature,
          CAST(w.dewp AS FLOAT) AS dew_point,
          CAST(w.humid AS FLOAT) AS humidity,
          CAST(w.wind_dir AS FLOAT) AS wind_direction,
          CAST(w.wind_speed AS FLOAT) AS wind_speed,
          CAST(w.wind_gust AS FLOAT) AS wind_gust,
          CAST(w.precip AS FLOAT) AS precipitation,
          CAST(w.pressure AS FLOAT) AS pressure,
          CAST(w.visib AS FLOAT) AS visibility
   FROM timed t LEFT JOIN ${csv(raw.weather)} w ON w.origin = t.origin AND w.time_hour = t.time_hour`,
];

/** Parquet that is the same bytes each time: rows in one order, written by one thread, with nothing left to a default. */
export const copySql = (select: string, file: string): string =>
  `COPY (${select} ORDER BY scheduled_at, flight_id) TO ${text(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)`;
