import type { WatchSpec } from '../../../contracts/plan.ts';
import {
  mergeSliceTallies,
  sliceTallies,
  type LabelledRow,
  type ReferenceProfile,
  type SliceTally,
} from '../index.ts';
import { ExactSum, mergeScoreTables, scoreTableOf, type ScoreTable } from '../../quality/index.ts';
import { rowLogLoss } from '../../quality/loss.ts';
import { binOf } from '../binning.ts';
import type { Row } from './open-window.ts';

/** Rows whose scores fall into one bin of the reference scores. */
export interface CalibrationCell {
  readonly rows: number;
  readonly positives: number;
  /** Exact sum of the scores. */
  readonly scores: readonly number[];
}

/**
 * What is kept of a window's rows to judge answers against the truth. Plain JSON of bounded size; summaries of different rows
 * add exactly, in any order.
 */
export interface TruthSummary {
  readonly rows: number;
  readonly labelled: number;
  readonly positives: number;
  /** Exact sums over labelled rows: score, log-loss, its square. */
  readonly scores: readonly number[];
  readonly loss: readonly number[];
  readonly squaredLoss: readonly number[];
  /** Labels by score, for the AUC; scores rounded to 1/4096. */
  readonly ranking: ScoreTable;
  /** By bin of the reference's scores. */
  readonly calibration: readonly CalibrationCell[];
  /** By the cells of the watched groups and slices. */
  readonly slices: readonly SliceTally[];
  /** Rows that a user complained about, labelled or not. */
  readonly complaints: number;
}

/** The AUC moves by less than 0.0001 by it, and the table stays below 100 kB. */
const GRID = 4096;
const TENTHS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/** Features whose values are kept until the labels have come. */
export const watchedFeatures = ({ groups = [], slices = [] }: WatchSpec): readonly string[] => [
  ...new Set([...groups, ...slices]),
];

export const positiveThresholdOf = ({ positiveThreshold = 0.5 }: WatchSpec): number => positiveThreshold;

/** Summary of a window's scored rows, with the labels and complaints that came. */
export function truthSummaryOf(
  rows: readonly Row[],
  profile: ReferenceProfile,
  settings: WatchSpec,
): TruthSummary {
  const labelled = rows.flatMap(({ features, label, score }): LabelledRow[] =>
    label === null ? [] : [{ features: features ?? {}, label: label.value, score }],
  );
  const scores = new ExactSum();
  const loss = new ExactSum();
  const squaredLoss = new ExactSum();
  const edges = profile.output?.edges ?? TENTHS;
  const cells = Array.from({ length: edges.length + 1 }, () => ({
    rows: 0,
    positives: 0,
    scores: new ExactSum(),
  }));
  for (const { label, score } of labelled) {
    const ofRow = rowLogLoss(label, score);
    scores.add(score);
    loss.add(ofRow);
    squaredLoss.add(ofRow * ofRow);
    const cell = cells[binOf(score, edges)]!;
    cell.rows++;
    cell.positives += label;
    cell.scores.add(score);
  }
  const rounded = labelled.map(({ score }) => Math.round(score * GRID) / GRID);
  return {
    rows: rows.length,
    labelled: labelled.length,
    positives: labelled.reduce((sum, { label }) => sum + label, 0),
    scores: scores.toJSON(),
    loss: loss.toJSON(),
    squaredLoss: squaredLoss.toJSON(),
    ranking:
      labelled.length === 0
        ? { scores: [], positives: [], negatives: [] }
        : scoreTableOf(
            labelled.map(({ label }) => label),
            rounded,
          ),
    calibration: cells.map((cell) => ({ ...cell, scores: cell.scores.toJSON() })),
    slices: sliceTallies(labelled, profile, watchedFeatures(settings), positiveThresholdOf(settings)),
    complaints: rows.filter(({ complaint }) => complaint?.value === 1).length,
  };
}

/** Both must be summaries against the same profile and settings. */
export function mergeTruthSummaries(a: TruthSummary, b: TruthSummary): TruthSummary {
  return {
    rows: a.rows + b.rows,
    labelled: a.labelled + b.labelled,
    positives: a.positives + b.positives,
    scores: addExactly(a.scores, b.scores),
    loss: addExactly(a.loss, b.loss),
    squaredLoss: addExactly(a.squaredLoss, b.squaredLoss),
    ranking: mergeScoreTables(a.ranking, b.ranking),
    calibration: a.calibration.map((cell, i) => {
      const other = b.calibration[i]!;
      return {
        rows: cell.rows + other.rows,
        positives: cell.positives + other.positives,
        scores: addExactly(cell.scores, other.scores),
      };
    }),
    slices: mergeSliceTallies(a.slices, b.slices),
    complaints: a.complaints + b.complaints,
  };
}

function addExactly(a: readonly number[], b: readonly number[]): number[] {
  const sum = new ExactSum(a);
  sum.merge(new ExactSum(b));
  return sum.toJSON();
}
