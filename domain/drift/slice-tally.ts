import { ExactSum } from '../quality/exact-sum.ts';
import { rowLogLoss } from '../quality/loss.ts';
import { cellsOf, valueOf, type FeatureValue } from './cell.ts';
import type { ReferenceProfile } from './profile.ts';

/** What is counted of the labelled rows that share a cell of one feature. Plain JSON; two of them add exactly. */
export interface SliceTally {
  readonly feature: string;
  readonly cell: string;
  readonly rows: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
  /** Exact sums (`ExactSum`) of the rows' log-loss and of its square. */
  readonly loss: readonly number[];
  readonly squaredLoss: readonly number[];
}

/** What the model did on a slice of the reference rows. */
export interface ExpectedSlice extends Omit<SliceTally, 'loss' | 'squaredLoss'> {
  /** Nats a row, and its variance between rows. */
  readonly logLoss: number;
  readonly variance: number;
}

export interface LabelledRow {
  readonly features: Readonly<Record<string, FeatureValue>>;
  readonly label: 0 | 1;
  readonly score: number;
}

interface OpenSlice {
  readonly counts: { -readonly [K in keyof Omit<SliceTally, 'loss' | 'squaredLoss'>]: SliceTally[K] };
  readonly loss: ExactSum;
  readonly squaredLoss: ExactSum;
}

/**
 * Counts labelled rows by the cells of `features`; one that the profile lacks is left out. Scores at or above `threshold`
 * are the positive class. Sorted by feature and cell.
 */
export function sliceTallies(
  rows: Iterable<LabelledRow>,
  profile: ReferenceProfile,
  features: readonly string[],
  threshold: number,
): SliceTally[] {
  const cells = profile.features
    .filter(({ name }) => features.includes(name))
    .map((feature) => ({ name: feature.name, cellOf: cellsOf(feature) }));
  const open = new Map<string, OpenSlice>();
  for (const { features: values, label, score } of rows) {
    for (const { name, cellOf } of cells) {
      const slice = sliceAt(open, name, cellOf(valueOf(values, name)));
      const { counts } = slice;
      counts.rows++;
      if (label === 1) counts[score >= threshold ? 'truePositives' : 'falseNegatives']++;
      else counts[score >= threshold ? 'falsePositives' : 'trueNegatives']++;
      const loss = rowLogLoss(label, score);
      slice.loss.add(loss);
      slice.squaredLoss.add(loss * loss);
    }
  }
  return sorted(open);
}

/** The tallies of two lots of rows as one: exact, in any order. */
export function mergeSliceTallies(a: readonly SliceTally[], b: readonly SliceTally[]): SliceTally[] {
  const open = new Map<string, OpenSlice>();
  for (const tally of [...a, ...b]) {
    const { counts, loss, squaredLoss } = sliceAt(open, tally.feature, tally.cell);
    counts.rows += tally.rows;
    counts.truePositives += tally.truePositives;
    counts.falsePositives += tally.falsePositives;
    counts.falseNegatives += tally.falseNegatives;
    counts.trueNegatives += tally.trueNegatives;
    loss.merge(new ExactSum(tally.loss));
    squaredLoss.merge(new ExactSum(tally.squaredLoss));
  }
  return sorted(open);
}

/** Mean log-loss of a slice and its variance between rows, from the exact sums. */
export function lossOfSlice({ rows, loss, squaredLoss }: Pick<SliceTally, 'rows' | 'loss' | 'squaredLoss'>): {
  mean: number;
  variance: number;
} {
  const mean = new ExactSum(loss).value() / rows;
  const squares = new ExactSum(squaredLoss).value() / rows - mean * mean;
  return { mean, variance: (Math.max(0, squares) * rows) / Math.max(1, rows - 1) };
}

/** The tallies of the reference rows, as a profile keeps them. */
export const expectedSlices = (tallies: readonly SliceTally[]): ExpectedSlice[] =>
  tallies.map(({ loss, squaredLoss, ...counts }) => {
    const { mean, variance } = lossOfSlice({ rows: counts.rows, loss, squaredLoss });
    return { ...counts, logLoss: mean, variance };
  });

function sliceAt(open: Map<string, OpenSlice>, feature: string, cell: string): OpenSlice {
  const key = JSON.stringify([feature, cell]);
  let slice = open.get(key);
  if (slice === undefined) {
    const none = { rows: 0, truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };
    slice = { counts: { feature, cell, ...none }, loss: new ExactSum(), squaredLoss: new ExactSum() };
    open.set(key, slice);
  }
  return slice;
}

function sorted(open: ReadonlyMap<string, OpenSlice>): SliceTally[] {
  return [...open]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { counts, loss, squaredLoss }]) => ({
      ...counts,
      loss: loss.toJSON(),
      squaredLoss: squaredLoss.toJSON(),
    }));
}
