import { sortedNumbers, type Column } from '../drift/column.ts';
import { ksDistances } from '../statistics/kolmogorov-smirnov.ts';
import { countBelow, midRanks, quantileOfSorted } from '../statistics/sorting.ts';

/** A distance of the twin from real rows, and beside it the distance of other real rows from them: what chance alone makes. */
export interface Distance {
  readonly name: string;
  /** Twin to the rows that it was fitted on, 0 (the same) to 1. */
  readonly twin: number;
  /** Held-out real rows to the same. */
  readonly real: number;
}

export interface Fidelity {
  /** By column: Kolmogorov-Smirnov of numbers, total variation of categories; what is missing counts as a value of its own. */
  readonly marginal: readonly Distance[];
  /** By pair of columns: total variation of their contingency tables, numbers in tenths. */
  readonly pairwise: readonly Distance[];
  /** By pair of numeric columns: difference of Spearman's correlations, halved so that 1 is the most. */
  readonly correlation: readonly Distance[];
}

/**
 * How near the twin's rows are to the real ones. All three hold the same columns. Give the twin about as many rows as were
 * held out: distances of samples shrink with their size.
 */
export function fidelityOf(
  fitted: readonly Column[],
  heldOut: readonly Column[],
  twin: readonly Column[],
): Fidelity {
  const marginal = fitted.map((column, i) => ({
    name: column.name,
    twin: marginalDistance(column, twin[i]!),
    real: marginalDistance(column, heldOut[i]!),
  }));
  const coders = fitted.map(coderOf);
  const coded = (columns: readonly Column[]): Coded => ({
    codes: columns.map((column, i) => coders[i]!.code(column)),
    ranks: columns.map(ranksOf),
  });
  const [base, held, made] = [coded(fitted), coded(heldOut), coded(twin)];
  const pairwise: Distance[] = [];
  const correlation: Distance[] = [];
  for (let i = 0; i < fitted.length; i++) {
    for (let j = i + 1; j < fitted.length; j++) {
      const name = `${fitted[i]!.name} × ${fitted[j]!.name}`;
      const table = ({ codes }: Coded) =>
        contingency(codes[i]!, codes[j]!, coders[i]!.cells, coders[j]!.cells);
      const real = table(base);
      pairwise.push({ name, twin: variation(real, table(made)), real: variation(real, table(held)) });
      const [a, b, c] = [base, held, made].map(({ ranks }) => spearman(ranks[i], ranks[j]));
      if (a != null && b != null && c != null) {
        correlation.push({ name, twin: Math.abs(c - a) / 2, real: Math.abs(b - a) / 2 });
      }
    }
  }
  return { marginal, pairwise, correlation };
}

/** Mean distance of the twin and of the held-out rows; null for an empty list. */
export function meanDistance(distances: readonly Distance[]): { twin: number; real: number } | null {
  if (distances.length === 0) return null;
  const mean = (pick: (distance: Distance) => number): number =>
    distances.reduce((sum, distance) => sum + pick(distance), 0) / distances.length;
  return { twin: mean(({ twin }) => twin), real: mean(({ real }) => real) };
}

interface Coded {
  readonly codes: readonly Uint8Array[];
  readonly ranks: readonly (Float64Array | undefined)[];
}

function marginalDistance(real: Column, other: Column): number {
  if (real.kind === 'category' || other.kind === 'category') return variation(shares(real), shares(other));
  const [a, b] = [sortedNumbers(real), sortedNumbers(other)];
  const [missingA, missingB] = [a.missing / real.values.length, b.missing / other.values.length];
  if (a.sorted.length === 0 || b.sorted.length === 0) return Math.abs(missingA - missingB);
  const { above, below } = ksDistances(a.sorted, b.sorted);
  return Math.max(above, below, Math.abs(missingA - missingB));
}

function shares(column: Column): Map<string, number> {
  const found = new Map<string, number>();
  const { values } = column;
  for (let i = 0; i < values.length; i++) {
    const key = JSON.stringify(values[i] ?? null);
    found.set(key, (found.get(key) ?? 0) + 1 / values.length);
  }
  return found;
}

/** Total variation distance of two distributions: half of the summed differences. */
function variation(a: ReadonlyMap<string | number, number>, b: ReadonlyMap<string | number, number>): number {
  let sum = 0;
  for (const [key, share] of a) sum += Math.abs(share - (b.get(key) ?? 0));
  for (const [key, share] of b) if (!a.has(key)) sum += share;
  return Math.min(1, sum / 2);
}

const NUMERIC_CELLS = 10;
const CATEGORY_CELLS = 20;

interface Coder {
  readonly cells: number;
  code(column: Column): Uint8Array;
}

/** Puts values into a few cells: tenths of the real numbers, the most frequent categories; the last two are others and missing. */
function coderOf(real: Column): Coder {
  if (real.kind === 'category') {
    const frequent = [...shares(real)]
      .filter(([key]) => key !== 'null')
      .sort(([x, a], [y, b]) => b - a || (x < y ? -1 : 1))
      .slice(0, CATEGORY_CELLS)
      .map(([key]) => key);
    const cellOf = new Map(frequent.map((key, cell) => [key, cell]));
    const code = (value: unknown): number => cellOf.get(JSON.stringify(value)) ?? frequent.length;
    return coder(frequent.length + 2, code);
  }
  const { sorted } = sortedNumbers(real);
  const edges = Float64Array.from(
    new Set(
      sorted.length === 0
        ? []
        : Array.from({ length: NUMERIC_CELLS - 1 }, (_, i) =>
            quantileOfSorted(sorted, (i + 1) / NUMERIC_CELLS),
          ),
    ),
  );
  return coder(edges.length + 2, (value) => countBelow(edges, value as number));
}

function coder(cells: number, code: (value: unknown) => number): Coder {
  return {
    cells,
    code: ({ values }) =>
      Uint8Array.from({ length: values.length }, (_, i) => {
        const value = values[i];
        return value == null || Number.isNaN(value) ? cells - 1 : code(value);
      }),
  };
}

function contingency(a: Uint8Array, b: Uint8Array, cellsA: number, cellsB: number): Map<number, number> {
  const counts = new Float64Array(cellsA * cellsB);
  for (let i = 0; i < a.length; i++) counts[a[i]! * cellsB + b[i]!]! += 1 / a.length;
  return new Map([...counts.entries()].filter(([, share]) => share > 0));
}

/** Mid-ranks, NaN where missing; undefined for categories. */
function ranksOf(column: Column): Float64Array | undefined {
  if (column.kind === 'category') return undefined;
  const values = Float64Array.from({ length: column.values.length }, (_, i) => column.values[i] ?? NaN);
  const present = values.filter((value) => !Number.isNaN(value));
  const { ranks } = midRanks(present);
  let next = 0;
  return values.map((value) => (Number.isNaN(value) ? NaN : ranks[next++]!));
}

/** Correlation of the ranks over rows that have both; null where one does not vary. */
function spearman(a: Float64Array | undefined, b: Float64Array | undefined): number | null {
  if (a === undefined || b === undefined) return null;
  let rows = 0;
  let [meanA, meanB] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]! + b[i]!)) continue;
    rows++;
    meanA += (a[i]! - meanA) / rows;
    meanB += (b[i]! - meanB) / rows;
  }
  let [aa, bb, ab] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]! + b[i]!)) continue;
    aa += (a[i]! - meanA) ** 2;
    bb += (b[i]! - meanB) ** 2;
    ab += (a[i]! - meanA) * (b[i]! - meanB);
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : null;
}
