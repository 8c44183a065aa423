import { JudgeError, requireAtLeast, requireNumber } from './error.ts';
import type { Test } from './config.ts';

/** The two sides of a comparison. */
export type Arm = 'baseline' | 'canary';

/**
 * What one arm did for one metric within one bin.
 * - `rate`: `events` of `count` rows (errors of requests), `events` <= `count`.
 * - `mean`: `sum` and `sumOfSquares` over `count` rows (log-loss a prediction).
 * - `amount`: `sum` and `sumOfSquares` over the arm's `units`; a unit without a value adds 0 (revenue a user).
 * `missing` counts rows that should have had a value and had none; they are in no other number.
 */
export interface MetricSums {
  count: number;
  events?: number;
  sum?: number;
  sumOfSquares?: number;
  missing?: number;
}

/** Calls with a latency, and how many of them were above each frozen threshold, by its name (`p50`, `p90`, `p99`). */
export interface LatencyCounts {
  total: number;
  above: Readonly<Record<string, number>>;
}

/** What one arm did within one bin. */
export interface ArmBin {
  /** Requests, or users where outcomes cluster by user. */
  units: number;
  metrics: Readonly<Record<string, MetricSums>>;
  latency?: LatencyCounts;
  /**
   * Independent assignments made in this bin, for the sample-ratio check: with sticky routing, users seen for the first
   * time. Without it, `units` are taken as independent assignments.
   */
  assigned?: number;
  /** Assignments by level of each covariate, for the balance check: `{ origin: { JFK: 12, EWR: 7 } }`. */
  covariates?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/**
 * A closed bin: an interval of time in which both arms were watched, one minute by default. Bins come in order of
 * time. Bins of the same interval that differ in `segment` are strata of one look; they come next to each other.
 */
export interface JudgeBin {
  /** ISO 8601, or milliseconds since 1970. */
  start: string | number;
  end: string | number;
  arms: Readonly<Record<Arm, ArmBin>>;
  segment?: string;
  /** The split of traffic that was asked for, any positive unit (`{ baseline: 90, canary: 10 }`). */
  intended?: Readonly<Record<Arm, number>>;
  /** Rows in this bin that belonged to an earlier one, both arms together. Only counted. */
  late?: number;
}

/** Milliseconds since 1970 of a bin's edge. Throws `NON_FINITE` for anything that is not a time. */
export function timeOf(value: string | number, path: string): number {
  const time = typeof value === 'string' ? Date.parse(value) : value;
  if (typeof time !== 'number' || !Number.isFinite(time)) {
    throw new JudgeError(
      'NON_FINITE',
      path,
      `${String(value)} is not a time. Write ISO 8601 or milliseconds.`,
    );
  }
  return time;
}

/** One arm's value and number of rows for one test, where the mean is `x / n`; `ss` is the sum of squares. */
export interface Cell {
  x: number;
  n: number;
  ss: number;
  missing: number;
}

/**
 * Reads one test's numbers from one arm into `cell`, checking each. Throws `MISSING`, `NON_FINITE` or `OUT_OF_RANGE`
 * with the path of the value.
 */
export function readCell(arm: ArmBin, test: Test, armPath: string, cell: Cell): void {
  if (test.kind === 'latency') return readLatency(arm, test, armPath, cell);
  const sums = arm.metrics[test.metric];
  if (sums === undefined) {
    // An arm without traffic has nothing to say; with traffic, silence about a metric is a fault of the feed.
    if (arm.units === 0) return clear(cell);
    throw new JudgeError(
      'MISSING',
      `${armPath}.metrics.${test.metric}`,
      'not in the bin. Send it, with count 0 if there were no rows.',
    );
  }
  const { count, missing = 0 } = sums;
  if (!Number.isFinite(count) || !Number.isFinite(missing) || count < 0 || missing < 0) {
    requireAtLeast(count, 0, `${armPath}.metrics.${test.metric}.count`);
    requireAtLeast(missing, 0, `${armPath}.metrics.${test.metric}.missing`);
  }
  cell.missing = missing;
  if (test.kind === 'rate') {
    const events = sums.events;
    if (events === undefined || !Number.isFinite(events) || events < 0 || events > count) {
      const path = `${armPath}.metrics.${test.metric}.events`;
      requireAtLeast(events, 0, path);
      throw new JudgeError('OUT_OF_RANGE', path, `${events} events of ${count} rows. Count each row once.`);
    }
    cell.x = events;
    cell.n = count;
    cell.ss = events;
    return;
  }
  readSums(sums, test, armPath, cell);
  if (test.kind === 'amount') cell.n = arm.units;
}

function readSums(sums: MetricSums, test: Test, armPath: string, cell: Cell): void {
  const { sum, sumOfSquares, count } = sums;
  const path = `${armPath}.metrics.${test.metric}`;
  requireNumber(sum, `${path}.sum`);
  requireAtLeast(sumOfSquares, 0, `${path}.sumOfSquares`);
  // Cauchy-Schwarz: what no set of `count` numbers can break, save by rounding.
  if (sum * sum > count * sumOfSquares * (1 + 1e-9) + Number.MIN_VALUE) {
    throw new JudgeError(
      'OUT_OF_RANGE',
      `${path}.sumOfSquares`,
      `${sumOfSquares} is too small for a sum of ${sum} over ${count} rows.`,
    );
  }
  if (test.bounds !== undefined) {
    const [low, high] = test.bounds;
    const slack = 1e-9 * count * Math.max(Math.abs(low), Math.abs(high));
    if (sum < low * count - slack || sum > high * count + slack) {
      throw new JudgeError(
        'OUT_OF_RANGE',
        `${path}.sum`,
        `${sum} over ${count} rows is outside the declared bounds ${low} to ${high}. Winsorise each row first.`,
      );
    }
  }
  cell.x = sum;
  cell.n = count;
  cell.ss = sumOfSquares;
}

function readLatency(arm: ArmBin, test: Test, armPath: string, cell: Cell): void {
  const latency = arm.latency;
  if (latency === undefined) {
    if (arm.units === 0) return clear(cell);
    throw new JudgeError(
      'MISSING',
      `${armPath}.latency`,
      'not in the bin, and the configuration tests latency.',
    );
  }
  const above = latency.above[test.quantile];
  requireAtLeast(latency.total, 0, `${armPath}.latency.total`);
  if (above === undefined) {
    throw new JudgeError(
      'MISSING',
      `${armPath}.latency.above.${test.quantile}`,
      'no count for this frozen threshold.',
    );
  }
  requireAtLeast(above, 0, `${armPath}.latency.above.${test.quantile}`);
  if (above > latency.total) {
    throw new JudgeError(
      'OUT_OF_RANGE',
      `${armPath}.latency.above.${test.quantile}`,
      `${above} of ${latency.total} calls.`,
    );
  }
  cell.x = above;
  cell.n = latency.total;
  cell.ss = above;
  cell.missing = 0;
}

function clear(cell: Cell): void {
  cell.x = 0;
  cell.n = 0;
  cell.ss = 0;
  cell.missing = 0;
}
