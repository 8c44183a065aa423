import { sortedNumbers, type Column } from '../drift/column.ts';
import { sortDoubles } from '../statistics/radix-sort.ts';
import { wilsonInterval, type Interval } from '../statistics/proportion.ts';
import type { Random } from '../statistics/random.ts';
import { quantileOfSorted } from '../statistics/sorting.ts';

/**
 * Whether the twin stands nearer to the rows that it was fitted on than fresh real rows do: then it remembers them. After
 * Platzer and Reutterer 2021, with a holdout of the same source as the yardstick.
 */
export interface ClosestRecords {
  /** Twin rows that were looked at, and real rows of each side that they were compared with. */
  readonly twinRows: number;
  readonly realRows: number;
  /** Share of twin rows nearer to a fitted row than to any held-out one, ties half: one half where nothing is remembered. */
  readonly closerToFitted: Interval;
  /** 5 % quantile of the distance to the closest fitted row: of twin rows, and of held-out real rows. */
  readonly twinQuantile: number;
  readonly realQuantile: number;
  /** Share of twin rows, and of held-out real rows, at distance 0 from a fitted row. */
  readonly twinAtZero: number;
  readonly realAtZero: number;
}

export interface ClosestOptions {
  /** Rows looked at, drawn at random, of the twin and of the held-out rows. */
  readonly probes: number;
  /** Rows of each real side that each is compared with. */
  readonly against: number;
}

const QUANTILE = 0.05;

/**
 * Distances by Gower 1971: the mean over columns of 0 or 1 for categories, of the difference as a share of the fitted range
 * for numbers; missing is at 0 from missing and at 1 from anything else. Both real sides are cut to the same number of
 * rows, because the nearest of more rows is nearer.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `NON_FINITE`
 */
export function closestRecords(
  fitted: readonly Column[],
  heldOut: readonly Column[],
  twin: readonly Column[],
  { probes, against }: ClosestOptions,
  random: Random,
): ClosestRecords {
  const rows = (columns: readonly Column[]): number => columns[0]?.values.length ?? 0;
  const realRows = Math.min(against, rows(fitted), Math.floor(rows(heldOut) / 2));
  const space = spaceOf(fitted);
  const [fittedRows, heldOutRows, twinRows] = [fitted, heldOut, twin].map((columns) =>
    draw(rows(columns), random),
  ) as [number[], number[], number[]];
  const near = space(fitted, fittedRows.slice(0, realRows));
  const far = space(heldOut, heldOutRows.slice(0, realRows));
  const asked = space(twin, twinRows.slice(0, probes));
  // Held-out rows that ask are not those that answer: each would find itself.
  const fresh = space(heldOut, heldOutRows.slice(realRows, realRows + probes));

  const toFitted = nearest(asked, near);
  const toHeldOut = nearest(asked, far);
  const yardstick = nearest(fresh, near);
  let closer = 0;
  toFitted.forEach((distance, i) => {
    if (distance < toHeldOut[i]!) closer += 1;
    else if (distance === toHeldOut[i]!) closer += 0.5;
  });
  const atZero = (distances: Float64Array): number =>
    distances.reduce((sum, distance) => sum + (distance === 0 ? 1 : 0), 0) / distances.length;
  const share = wilsonInterval(Math.round(closer), asked.rows);
  return {
    twinRows: asked.rows,
    realRows,
    closerToFitted: { ...share, estimate: closer / asked.rows },
    twinQuantile: quantileOfSorted(sortDoubles(toFitted.slice()), QUANTILE),
    realQuantile: quantileOfSorted(sortDoubles(yardstick.slice()), QUANTILE),
    twinAtZero: atZero(toFitted),
    realAtZero: atZero(yardstick),
  };
}

/** Positions 0 .. n - 1 in random order. */
function draw(n: number, random: Random): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** Rows as points: one array a column, numbers as shares of the range, categories as codes; NaN is missing. */
interface Points {
  readonly rows: number;
  readonly columns: readonly { readonly category: boolean; readonly values: Float64Array }[];
}

function spaceOf(fitted: readonly Column[]): (columns: readonly Column[], rows: readonly number[]) => Points {
  const codes = fitted.map(() => new Map<string, number>());
  const ranges = fitted.map((column) => {
    if (column.kind === 'category') return 1;
    const { sorted } = sortedNumbers(column);
    return sorted.length === 0 ? 1 : sorted[sorted.length - 1]! - sorted[0]! || 1;
  });
  return (columns, rows) => ({
    rows: rows.length,
    columns: columns.map(({ kind, values }, c) => ({
      category: kind === 'category',
      values: Float64Array.from(rows, (row) => {
        const value = values[row];
        if (value == null) return NaN;
        if (typeof value === 'number') return value / ranges[c]!;
        const known = codes[c]!;
        const code = known.get(value) ?? known.size;
        known.set(value, code);
        return code;
      }),
    })),
  });
}

/** Distance of each asked row to the nearest known one, 0 to 1. */
function nearest(asked: Points, known: Points): Float64Array {
  const sums = new Float64Array(known.rows);
  return Float64Array.from({ length: asked.rows }, (_, row) => {
    sums.fill(0);
    asked.columns.forEach(({ category, values }, c) => {
      const value = values[row]!;
      const others = known.columns[c]!.values;
      const missing = Number.isNaN(value);
      for (let i = 0; i < sums.length; i++) {
        const other = others[i]!;
        if (missing || Number.isNaN(other)) sums[i]! += missing && Number.isNaN(other) ? 0 : 1;
        else if (category) sums[i]! += value === other ? 0 : 1;
        else sums[i]! += Math.min(1, Math.abs(value - other));
      }
    });
    return sums.reduce((least, sum) => Math.min(least, sum), Infinity) / asked.columns.length;
  });
}
