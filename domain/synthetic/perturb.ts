import type { Random } from '../statistics/random.ts';
import { countAtMost, countBelow } from '../statistics/sorting.ts';
import type { ColumnShape } from './shape.ts';

/** Ways in which data stops being the data that the model knew. */
export const perturbations = [
  'noise',
  'outliers',
  'missing',
  'unknown-category',
  'swapped-category',
  'covariate-shift',
  'imbalance',
  'seasonality',
  'gradual-drift',
  'sudden-drift',
] as const;
export type PerturbationKind = (typeof perturbations)[number];

export interface Perturbation {
  readonly kind: PerturbationKind;
  /** Columns that change; all that the kind can change unless given. `covariate-shift` takes the first. */
  readonly columns?: readonly string[];
}

export type Features = Readonly<Record<string, string | number | null>>;

/** Neighbouring rows of a longer list. */
export interface Chunk {
  readonly rows: readonly Features[];
  /** 0 or 1, one a row. */
  readonly labels: ArrayLike<number>;
  /** Position of the first row in the list, and the list's length: drift and seasons go along it. */
  readonly position: number;
  readonly total: number;
}

export interface Perturbed {
  /** Which row of the chunk each one was: resampling leaves rows out. */
  readonly from: readonly number[];
  readonly rows: readonly Features[];
}

/** What a category becomes that no training has seen. */
export const UNKNOWN_CATEGORY = 'never seen before';

/** Waves of `seasonality` over the whole list. */
const SEASONS = 4;
/** An outlier lies so many interquartile ranges from the median. */
const FAR = 10;
/** At intensity 1, `covariate-shift` keeps e^-4 of the rows at the low end of its column for each one at the high end. */
const TILT = 4;
/** At intensity 1, `imbalance` leaves out this share of the rarer class. */
const LEFT_OUT = 0.95;

/**
 * The rows as they would be at an intensity from 0 (as they are) to 1. What each kind does at intensity x:
 *
 * - `noise`: adds normal noise of x standard deviations to numbers
 * - `outliers`: x of the numbers jump ten interquartile ranges away, up or down
 * - `missing`: x of the values are missing
 * - `unknown-category`: x of the categories are one that nobody has seen
 * - `swapped-category`: x of the categories are exchanged among rows, so that each column's distribution stays
 * - `covariate-shift`: rows are drawn towards the high end of a column (categories: the rare ones), exponentially tilted
 * - `imbalance`: 0.95 x of the rarer class's rows are left out
 * - `seasonality`: numbers go up and down by x standard deviations in four waves
 * - `gradual-drift`: numbers move away steadily, to x standard deviations at the end; the direction is drawn for each column
 * - `sudden-drift`: the same all at once, half way
 *
 * As many random numbers are drawn at every intensity: with the same state of `random`, what changes at a low intensity
 * changes at a higher one too, and curves are smooth.
 */
export function perturb(
  chunk: Chunk,
  { kind, columns }: Perturbation,
  intensity: number,
  shapes: readonly ColumnShape[],
  random: Random,
): Perturbed {
  const wanted = shapes.filter(({ name }) => columns?.includes(name) ?? true);
  const kept = resampled(chunk, kind, intensity, wanted, random);
  if (kept !== undefined) return { from: kept, rows: kept.map((i) => chunk.rows[i]!) };
  const rows = chunk.rows.map((row) => ({ ...row }));
  for (const shape of wanted) change(kind, rows, shape, intensity, chunk, random);
  return { from: rows.map((_, i) => i), rows };
}

/** Kinds that leave rows out: the positions that stay. */
function resampled(
  { rows, labels }: Chunk,
  kind: PerturbationKind,
  intensity: number,
  shapes: readonly ColumnShape[],
  random: Random,
): number[] | undefined {
  if (kind !== 'covariate-shift' && kind !== 'imbalance') return undefined;
  const shape = shapes[0];
  const keep = (row: Features, label: number): number => {
    if (kind === 'imbalance') return label === shape?.rarerClass ? 1 - LEFT_OUT * intensity : 1;
    return shape === undefined
      ? 1
      : Math.exp(-TILT * intensity * (1 - rankIn(shape, row[shape.name] ?? null)));
  };
  return rows.flatMap((row, i) => (random.next() < keep(row, labels[i]!) ? [i] : []));
}

/** How high a value stands in its column, 0 to 1; missing in the middle. */
function rankIn(shape: ColumnShape, value: string | number | null): number {
  if (value === null) return 0.5;
  if (shape.kind === 'category') return shape.rarity.get(String(value)) ?? 1;
  const { quantiles } = shape;
  if (quantiles.length === 0) return 0.5;
  return (
    (countAtMost(quantiles, Number(value)) + countBelow(quantiles, Number(value))) / (2 * quantiles.length)
  );
}

type Row = Record<string, string | number | null>;

function change(
  kind: PerturbationKind,
  rows: Row[],
  shape: ColumnShape,
  intensity: number,
  { position, total }: Chunk,
  random: Random,
): void {
  const { name } = shape;
  if (kind === 'missing') {
    for (const row of rows) if (random.next() < intensity) row[name] = null;
    return;
  }
  if (shape.kind === 'category') {
    if (kind === 'unknown-category') {
      for (const row of rows) if (random.next() < intensity) row[name] = UNKNOWN_CATEGORY;
    } else if (kind === 'swapped-category') swap(rows, name, intensity, random);
    return;
  }
  const move = moveOf(kind, shape.direction, intensity);
  for (const [i, row] of rows.entries()) {
    const value = row[name];
    // Drawn for missing numbers too: the next row's draws must not depend on this one.
    const steps = move((position + i) / Math.max(1, total), random);
    if (steps === 0 || typeof value !== 'number') continue;
    row[name] = kind === 'outliers' ? shape.median + steps * shape.spread : value + steps * shape.deviation;
  }
}

/** How far a number moves, in standard deviations (for outliers: interquartile ranges from the median), at a place 0 to 1. */
function moveOf(
  kind: PerturbationKind,
  direction: number,
  intensity: number,
): (place: number, random: Random) => number {
  switch (kind) {
    case 'noise':
      return (_, random) => intensity * random.normal();
    case 'outliers':
      return (_, random) => {
        const [hit, up] = [random.next() < intensity, random.next() < 0.5];
        return hit ? (up ? FAR : -FAR) : 0;
      };
    case 'seasonality':
      return (place) => intensity * Math.sin(2 * Math.PI * SEASONS * place);
    case 'gradual-drift':
      return (place) => direction * intensity * place;
    case 'sudden-drift':
      return (place) => (place < 0.5 ? 0 : direction * intensity);
    default:
      return () => 0;
  }
}

/** The chosen rows pass their values on among themselves, in a random order. */
function swap(rows: Row[], name: string, intensity: number, random: Random): void {
  const order = rows.map((_, i) => ({ i, place: random.next(), chosen: random.next() < intensity }));
  const chosen = order.filter((each) => each.chosen).sort((a, b) => a.place - b.place);
  const values = chosen.map(({ i }) => rows[i]![name] ?? null);
  chosen.forEach(({ i }, n) => (rows[i]![name] = values[(n + 1) % values.length]!));
}
