import { requireInRange, type Sample } from '../statistics/error.ts';
import { calibrationWithinGroups, type CalibrationWithinGroups } from './calibration.ts';
import { fairness, type FairnessReport } from './fairness.ts';
import { groupRows, type Groups } from './group.ts';
import type { RateName, SupportOptions } from './rate.ts';
import { representationOf, type GroupSizes, type Representation } from './representation.ts';
import { worstGroupOf, type WorstGroup } from './worst-group.ts';

/** What is held against a limit: each a largest difference between two groups, as a share. */
export const fairnessMeasures = [
  'demographic-parity',
  'equalized-odds',
  'predictive-parity',
  'calibration-within-groups',
  'representation',
] as const;
export type FairnessMeasure = (typeof fairnessMeasures)[number];

/** Bounds of a difference; all null where it cannot be measured. */
export interface Bounds {
  readonly difference: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
}

export interface FairnessAudit {
  /** Column of the groups, or columns joined by ` & `. */
  readonly of: string;
  readonly rates: FairnessReport;
  readonly calibration: CalibrationWithinGroups;
  /** Null where the data that the model learnt from is not known. */
  readonly representation: Representation | null;
  readonly worstGroups: Readonly<Partial<Record<RateName, WorstGroup>>>;
  readonly measures: Readonly<Record<FairnessMeasure, Bounds>>;
}

export interface AuditInput {
  readonly of: string;
  readonly labels: Sample;
  /** Chances of the positive class. */
  readonly scores: Sample;
  readonly groups: Groups;
  /** Scores at or above this are the positive class. */
  readonly threshold: number;
  /** Rows by group in the data that the model learnt from. */
  readonly learnt?: GroupSizes;
}

/**
 * One audit of one way of grouping. Every difference has an interval: of a pair by Newcombe (of calibration: by Welch), of the widest gap
 * and of the worst group at Bonferroni's level, so that they cover 95 % although the worst is chosen afterwards.
 *
 * @throws StatisticsError as `fairness` and `calibrationWithinGroups`
 */
export function auditFairness(
  input: AuditInput,
  options: SupportOptions & { readonly confidence?: number } = {},
): FairnessAudit {
  const { of, labels, scores, groups, threshold, learnt } = input;
  const { confidence = 0.95 } = options;
  requireInRange(threshold, 'threshold', 0, 1);
  const predictions = Uint8Array.from(scores, (score) => (score >= threshold ? 1 : 0));
  const rates = fairness(labels, predictions, groups, options);
  const calibration = calibrationWithinGroups(labels, scores, groups, options);
  const { rowsOf } = groupRows(labels, groups);
  const judged = Object.fromEntries([...rowsOf].map(([group, rows]) => [group, rows.length]));
  const representation = learnt === undefined ? null : representationOf(learnt, judged, confidence);
  const worstGroups: Partial<Record<RateName, WorstGroup>> = {};
  for (const rate of ['selectionRate', 'truePositiveRate', 'falsePositiveRate', 'precision'] as const) {
    const byGroup = rates.groups.map((one) => [one.group, one.rates[rate]] as const);
    const worst = worstGroupOf(rate, byGroup, confidence);
    if (worst !== null) worstGroups[rate] = worst;
  }
  const none: Bounds = { difference: null, lower: null, upper: null };
  const measures: Record<FairnessMeasure, Bounds> = {
    'demographic-parity': boundsOf(rates.demographicParity),
    'equalized-odds': boundsOf(rates.equalizedOdds),
    'predictive-parity': boundsOf(rates.disparities.precision),
    'calibration-within-groups': boundsOf(calibration),
    representation: representation === null ? none : boundsOf(representation),
  };
  return { of, rates, calibration, representation, worstGroups, measures };
}

const boundsOf = ({ difference, lower, upper }: Bounds): Bounds => ({ difference, lower, upper });
