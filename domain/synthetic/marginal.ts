import { categoryCounts, sortedNumbers, type Column } from '../drift/column.ts';
import { countAtMost, countBelow } from '../statistics/sorting.ts';

/**
 * One column's own distribution, as cells of the unit interval: cell i begins at `cuts[i]` and ends at `cuts[i + 1]`.
 * Plain JSON. Every cell rests on several rows, so that no cell is the portrait of one.
 */
export interface Marginal {
  readonly name: string;
  readonly kind: 'numeric' | 'category';
  /** Ascending from 0 to 1; one more than there are cells. Empty when the column holds nothing that may be shown. */
  readonly cuts: readonly number[];
  /** Categories by cell. */
  readonly categories: readonly string[];
  /** Numbers by cell: a number is drawn evenly between these. */
  readonly lows: readonly number[];
  readonly highs: readonly number[];
  /** Decimals that all numbers of the column have at most; null when they have more than six. */
  readonly decimals: number | null;
  /** Share of missing values, 0 to 1. */
  readonly missing: number;
}

export interface MarginalOptions {
  /** Rows that a cell rests on at least. */
  readonly least: number;
  /** Cells of a numeric column at most. */
  readonly cells: number;
}

/** Fits a column. `order` sorts the categories along the latent axis; by name unless given. */
export function fitMarginal(
  column: Column,
  { least, cells }: MarginalOptions,
  order: ReadonlyMap<string, number> = new Map(),
): Marginal {
  const rows = column.values.length;
  const empty = { categories: [], lows: [], highs: [], decimals: null };
  if (column.kind === 'category') {
    const { counts, missing } = categoryCounts(column);
    const shown = [...counts]
      .filter(([, count]) => count >= least)
      .sort(([a], [b]) => (order.get(a) ?? 0) - (order.get(b) ?? 0) || (a < b ? -1 : 1));
    const { name, kind } = column;
    const cuts = cutsOf(shown.map(([, count]) => count));
    const share = cuts.length === 0 ? 1 : missing / rows;
    return { ...empty, name, kind, cuts, categories: shown.map(([category]) => category), missing: share };
  }
  const { sorted, missing } = sortedNumbers(column);
  const { name, kind } = column;
  if (sorted.length < least) return { ...empty, name, kind, cuts: [], missing: 1 };
  const groups = groupsOf(sorted, Math.max(least, Math.ceil(sorted.length / cells)), least);
  return {
    name,
    kind,
    cuts: cutsOf(groups.map(({ rows }) => rows)),
    categories: [],
    lows: groups.map(({ low }) => low),
    highs: groups.map(({ high }) => high),
    decimals: decimalsOf(sorted),
    missing: missing / rows,
  };
}

function cutsOf(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return [];
  let below = 0;
  const cuts = [0, ...counts.map((count) => (below += count) / total)];
  cuts[cuts.length - 1] = 1;
  return cuts;
}

interface Group {
  readonly rows: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Groups of at least `size` neighbours; equal numbers stay together, and a number with a group's mass is a group of its own.
 * Fewer numbers, `least` of them, are a group where all that they could join are such frequent numbers.
 */
function groupsOf(sorted: Float64Array, size: number, least: number): Group[] {
  const groups = joined(spansOf(sorted, size), sorted, size, least);
  return groups.map(({ from, to }, i) => {
    const rows = to - from;
    const tie = tieOf(sorted, { from, to }, size);
    if (tie !== undefined) return { rows, low: tie, high: tie };
    // The ends of the range are means of several rows: the largest value of all belongs to somebody.
    const low = i === 0 ? mean(sorted, from, tail(rows)) : sorted[from]!;
    const high = i === groups.length - 1 ? mean(sorted, to - tail(rows), tail(rows)) : sorted[to - 1]!;
    return { rows, low, high: Math.max(low, high) };
  });
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Cuts where `size` numbers have come together; a frequent number is not mixed with its neighbours, nor do they run over it. */
function spansOf(sorted: Float64Array, size: number): Span[] {
  const spans: Span[] = [];
  let from = 0;
  while (from < sorted.length) {
    const single = countAtMost(sorted, sorted[from]!);
    let to = single;
    if (single - from < size) {
      while (to < sorted.length && to - from < size) {
        const next = countAtMost(sorted, sorted[to]!);
        if (next - to >= size) break;
        to = next;
      }
    }
    spans.push({ from, to });
    from = to;
  }
  return spans;
}

/**
 * What is too small joins a neighbour that is a range. Beside frequent numbers only it stays alone if it may be shown, and else
 * is counted as one of them: spreading a frequent number over the range up to a few others would change the whole column.
 */
function joined(spans: readonly Span[], sorted: Float64Array, size: number, least: number): Span[] {
  const groups = [...spans];
  for (let i = groups.length - 1; i >= 0 && groups.length > 1; i--) {
    const { from, to } = groups[i]!;
    if (to - from >= size) continue;
    const [before, after] = [groups[i - 1], groups[i + 1]];
    const isRange = (span: Span | undefined): boolean =>
      span !== undefined && tieOf(sorted, span, size) === undefined;
    if (!isRange(before) && !isRange(after) && to - from >= least) continue;
    const withBefore = isRange(before) || (before !== undefined && !isRange(after));
    if (withBefore) groups.splice(i - 1, 2, { from: before!.from, to });
    else groups.splice(i, 2, { from, to: after!.to });
  }
  return groups;
}

/** The frequent number of a group: the only one, or one beside which some others are counted as it. */
function tieOf(sorted: Float64Array, { from, to }: Span, size: number): number | undefined {
  if (sorted[from] === sorted[to - 1]) return sorted[from];
  const middle = sorted[(from + to) >>> 1]!;
  const [first, end] = [countBelow(sorted, middle), countAtMost(sorted, middle)];
  return Math.min(to, end) - Math.max(from, first) >= size ? middle : undefined;
}

const tail = (rows: number): number => Math.max(1, Math.min(rows, 5));

function mean(sorted: Float64Array, from: number, rows: number): number {
  let sum = 0;
  for (let i = from; i < from + rows; i++) sum += sorted[i]! / rows;
  return sum;
}

const MOST_DECIMALS = 6;
const MOST_LOOKED_AT = 2_000;

/** Numbers may have come through 32 bit floats: 39.02 is then 39.0200004…, and still has two decimals. */
function decimalsOf(sorted: Float64Array): number | null {
  const step = Math.max(1, Math.floor(sorted.length / MOST_LOOKED_AT));
  let decimals = 0;
  for (let i = 0; i < sorted.length; i += step) {
    const value = sorted[i]!;
    while (Math.fround(rounded(value, decimals)) !== Math.fround(value)) {
      if (++decimals > MOST_DECIMALS) return null;
    }
  }
  return decimals;
}

export function rounded(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  const result = Math.round(value * scale) / scale;
  return Number.isFinite(result) ? result : value;
}

/** The cell of a probability, 0 to 1. */
export function cellAt({ cuts }: Marginal, u: number): number {
  let low = 0;
  let high = cuts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (cuts[middle]! <= u) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The value at a probability, 0 to 1: the inverse distribution function. Null when the column shows nothing. */
export function valueAt(marginal: Marginal, u: number): string | number | null {
  const { cuts, kind, categories, lows, highs, decimals } = marginal;
  if (cuts.length < 2) return null;
  const cell = cellAt(marginal, u);
  if (kind === 'category') return categories[cell]!;
  const width = cuts[cell + 1]! - cuts[cell]!;
  const share = width > 0 ? Math.min(1, Math.max(0, (u - cuts[cell]!) / width)) : 0;
  const value = lows[cell]! * (1 - share) + highs[cell]! * share;
  return decimals === null ? value : rounded(value, decimals);
}

/** The cell that a present value belongs to; -1 for a category that is not shown. */
export function cellOf(marginal: Marginal, value: string | number): number {
  if (marginal.kind === 'category') return marginal.categories.indexOf(String(value));
  const { lows } = marginal;
  let low = 0;
  let high = lows.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (lows[middle]! <= Number(value)) low = middle;
    else high = middle - 1;
  }
  return low;
}
