import { categoryCounts, sortedNumbers, type Column } from '../drift/column.ts';
import type { Random } from '../statistics/random.ts';
import { quantileOfSorted } from '../statistics/sorting.ts';

interface Shape {
  readonly name: string;
  /** The label's value that fewer rows have. */
  readonly rarerClass: 0 | 1;
}

/** What perturbations need to know of a column. */
export type ColumnShape =
  | (Shape & {
      readonly kind: 'numeric';
      readonly median: number;
      /** Interquartile range; the standard deviation where that is 0, and 1 where both are. */
      readonly spread: number;
      readonly deviation: number;
      /** 99 quantiles; none in a column without numbers. */
      readonly quantiles: Float64Array;
      /** Where it drifts: up or down. */
      readonly direction: 1 | -1;
    })
  | (Shape & {
      readonly kind: 'category';
      /** 0 (the most frequent) to 1, by category. */
      readonly rarity: ReadonlyMap<string, number>;
    });

/**
 * The shapes of columns, and which class is rarer. Directions are drawn.
 *
 * @throws StatisticsError `NON_FINITE`
 */
export function shapesOf(
  columns: readonly Column[],
  labels: ArrayLike<number>,
  random: Random,
): ColumnShape[] {
  let positives = 0;
  for (let i = 0; i < labels.length; i++) positives += labels[i]!;
  const rarerClass = positives * 2 <= labels.length ? 1 : 0;
  return columns.map((column): ColumnShape => {
    const { name } = column;
    const direction = random.next() < 0.5 ? -1 : 1;
    if (column.kind === 'category') return { name, kind: 'category', rarerClass, rarity: rarityOf(column) };
    const { sorted } = sortedNumbers(column);
    if (sorted.length === 0) {
      const nothing = { median: 0, spread: 1, deviation: 0, quantiles: new Float64Array() };
      return { name, kind: 'numeric', rarerClass, direction, ...nothing };
    }
    const deviation = deviationOf(sorted);
    const quantiles = Float64Array.from({ length: 99 }, (_, i) => quantileOfSorted(sorted, (i + 1) / 100));
    const range = quantiles[74]! - quantiles[24]!;
    const spread = range > 0 ? range : deviation > 0 ? deviation : 1;
    return {
      name,
      kind: 'numeric',
      rarerClass,
      direction,
      median: quantiles[49]!,
      spread,
      deviation,
      quantiles,
    };
  });
}

function rarityOf(column: Extract<Column, { kind: 'category' }>): Map<string, number> {
  const counts = [...categoryCounts(column).counts].sort(([x, a], [y, b]) => b - a || (x < y ? -1 : 1));
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  let before = 0;
  return new Map(
    counts.map(([name, count]) => {
      const rarity = (before + count / 2) / total;
      before += count;
      return [name, rarity];
    }),
  );
}

function deviationOf(values: Float64Array): number {
  let mean = 0;
  let squares = 0;
  values.forEach((value, i) => {
    const step = value - mean;
    mean += step / (i + 1);
    squares += step * (value - mean);
  });
  return Math.sqrt(squares / values.length);
}
