import {
  requireBinary,
  requireFinite,
  requireNonEmpty,
  requireSameLength,
  StatisticsError,
  type Sample,
} from '../statistics/error.ts';

/** Labels counted by distinct score, scores ascending: all that ranking metrics need. Plain arrays, one entry a score. */
export interface ScoreTable {
  readonly scores: readonly number[];
  readonly positives: readonly number[];
  readonly negatives: readonly number[];
}

/** Checks a column of 0/1 labels and a column of scores of the same rows. */
export function requireScored(labels: Sample, scores: Sample, scoresName: string): void {
  requireNonEmpty(labels, 'labels');
  requireSameLength(labels, scores, 'labels', scoresName);
  requireBinary(labels, 'labels');
  requireFinite(scores, scoresName);
}

/**
 * The score table of labelled rows.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `LENGTH_MISMATCH`, `NON_FINITE`, `OUT_OF_RANGE` for a label that is not 0 or 1
 */
export function scoreTableOf(labels: Sample, scores: Sample): ScoreTable {
  requireScored(labels, scores, 'scores');
  const positive: number[] = [];
  const negative: number[] = [];
  for (let i = 0; i < labels.length; i++) (labels[i] === 1 ? positive : negative).push(scores[i]! + 0);
  return tableOfSorted(Float64Array.from(positive).sort(), Float64Array.from(negative).sort());
}

function tableOfSorted(positive: Float64Array, negative: Float64Array): ScoreTable {
  const table = { scores: [] as number[], positives: [] as number[], negatives: [] as number[] };
  let i = 0;
  let j = 0;
  while (i < positive.length || j < negative.length) {
    const a = i < positive.length ? positive[i]! : Infinity;
    const b = j < negative.length ? negative[j]! : Infinity;
    const score = Math.min(a, b);
    const fromI = i;
    const fromJ = j;
    while (i < positive.length && positive[i] === score) i++;
    while (j < negative.length && negative[j] === score) j++;
    table.scores.push(score);
    table.positives.push(i - fromI);
    table.negatives.push(j - fromJ);
  }
  return table;
}

/** Two tables of different rows as one: exact, and the same in any order of merging. */
export function mergeScoreTables(a: ScoreTable, b: ScoreTable): ScoreTable {
  const merged = { scores: [] as number[], positives: [] as number[], negatives: [] as number[] };
  let i = 0;
  let j = 0;
  while (i < a.scores.length || j < b.scores.length) {
    const left = a.scores[i] ?? Infinity;
    const right = b.scores[j] ?? Infinity;
    const score = Math.min(left, right);
    let positive = 0;
    let negative = 0;
    if (left === score) {
      positive += a.positives[i]!;
      negative += a.negatives[i++]!;
    }
    if (right === score) {
      positive += b.positives[j]!;
      negative += b.negatives[j++]!;
    }
    merged.scores.push(score);
    merged.positives.push(positive);
    merged.negatives.push(negative);
  }
  return merged;
}

/** Rows of each class. */
export function classTotals(table: ScoreTable): { positives: number; negatives: number } {
  let positives = 0;
  let negatives = 0;
  for (let i = 0; i < table.scores.length; i++) {
    positives += table.positives[i]!;
    negatives += table.negatives[i]!;
  }
  return { positives, negatives };
}

/** Throws `DEGENERATE` unless both classes are there. */
export function requireBothClasses(table: ScoreTable): { positives: number; negatives: number } {
  const totals = classTotals(table);
  if (totals.positives === 0 || totals.negatives === 0) {
    const absent = totals.positives === 0 ? 'positive (1)' : 'negative (0)';
    throw new StatisticsError(
      'DEGENERATE',
      'labels',
      `labels hold no ${absent} row, so there is no ranking to measure. Wait until both classes have come.`,
    );
  }
  return totals;
}
