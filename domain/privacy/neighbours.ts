import type { Random } from '../statistics/index.ts';

export type Row = Readonly<Record<string, string | number | null>>;

/** Standard deviation of each number column of the rows, by name. */
export function spreads(rows: readonly Row[], names: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    names.map((name) => {
      const values = rows.map((row) => row[name]).filter((value) => typeof value === 'number');
      const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      return [name, Math.sqrt(squares / Math.max(1, values.length))];
    }),
  );
}

/** A row like this one: each number moved by normal noise of its column's spread. Texts, and what is missing, stay. */
export function neighbourOf(row: Row, spread: Readonly<Record<string, number>>, random: Random): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'number' ? Math.fround(value + (spread[name] ?? 0) * random.normal()) : value,
    ]),
  );
}

/** Log odds of what really happened, bounded where a probability is 0 or 1 in 32 bit floats. */
export function surety(score: number, label: number): number {
  const chance = Math.min(1 - 1e-7, Math.max(1e-7, label === 1 ? score : 1 - score));
  return Math.log(chance / (1 - chance));
}
