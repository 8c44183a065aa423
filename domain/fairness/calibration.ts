import { requireAllInRange, requireSameLength, type Sample } from '../statistics/error.ts';
import { studentTQuantile, studentTSurvival } from '../statistics/special.ts';
import type { Interval } from '../statistics/proportion.ts';
import { gapBetween, type Comparison, type Gap } from './disparity.ts';
import { groupRows, type Groups } from './group.ts';
import type { SupportOptions } from './rate.ts';

/**
 * How far a group's mean score lies above its share of positives, with Student's interval: 0 where the scores of the group
 * mean what they say on average. Or why it cannot be measured.
 */
export type GroupCalibration =
  | ({
      readonly measurable: true;
      readonly rows: number;
      readonly positives: number;
      /** Of score less label over the group's rows. */
      readonly variance: number;
    } & Interval)
  | {
      readonly measurable: false;
      readonly rows: number;
      readonly positives: number;
      readonly reason: string;
    };

export interface CalibrationWithinGroups extends Gap {
  readonly groups: readonly { readonly group: string; readonly calibration: GroupCalibration }[];
}

type MeasuredCalibration = Extract<GroupCalibration, { measurable: true }>;

/**
 * Calibration in the large within each group, and how far groups differ in it (by Welch's interval for means of unequal variance):
 * a group whose scores are too high is warned too often. After Kleinberg, Mullainathan and Raghavan 2016, in its mean over
 * all scores.
 *
 * @throws StatisticsError as `fairness`, and `OUT_OF_RANGE` for a score outside 0 to 1
 */
export function calibrationWithinGroups(
  labels: Sample,
  scores: Sample,
  groups: Groups,
  options: SupportOptions & { readonly confidence?: number } = {},
): CalibrationWithinGroups {
  const { confidence = 0.95, minimumRows = 30, minimumEvents = 10 } = options;
  requireSameLength(labels, scores, 'labels', 'scores');
  requireAllInRange(scores, 'scores', 0, 1);
  const { rowsOf } = groupRows(labels, groups);
  const measured = [...rowsOf].map(([group, rows]) => {
    const positives = rows.reduce((sum, row) => sum + labels[row]!, 0);
    const fewer = Math.min(positives, rows.length - positives);
    const base = { rows: rows.length, positives };
    const why =
      rows.length < minimumRows
        ? `${rows.length} rows, at least ${minimumRows} needed`
        : fewer < Math.max(1, minimumEvents)
          ? `${fewer} rows of the rarer class, at least ${Math.max(1, minimumEvents)} needed`
          : undefined;
    const calibration: GroupCalibration =
      why === undefined
        ? { ...base, ...excessOf(labels, scores, rows, confidence) }
        : { ...base, measurable: false, reason: why };
    return { group, calibration };
  });
  const values = measured.map(({ group, calibration }) => [group, calibration] as const);
  return { ...gapBetween<MeasuredCalibration>(values, confidence, welch), groups: measured };
}

function excessOf(
  labels: Sample,
  scores: Sample,
  rows: readonly number[],
  confidence: number,
): Interval & { measurable: true; variance: number } {
  const n = rows.length;
  const estimate = rows.reduce((sum, row) => sum + scores[row]! - labels[row]!, 0) / n;
  const squares = rows.reduce((sum, row) => sum + (scores[row]! - labels[row]! - estimate) ** 2, 0);
  const variance = squares / (n - 1);
  const half = studentTQuantile(1 - (1 - confidence) / 2, n - 1) * Math.sqrt(variance / n);
  return {
    measurable: true,
    variance,
    estimate,
    lower: estimate - half,
    upper: estimate + half,
    confidence,
  };
}

/** Welch 1947: two means of unequal variance, degrees of freedom after Satterthwaite. */
const welch: Comparison<MeasuredCalibration> = {
  interval(a, b, confidence) {
    const { estimate, error, freedom } = welchOf(a, b);
    const half = error === 0 ? 0 : studentTQuantile(1 - (1 - confidence) / 2, freedom) * error;
    return { estimate, lower: estimate - half, upper: estimate + half, confidence };
  },
  pValue(a, b) {
    const { estimate, error, freedom } = welchOf(a, b);
    if (error === 0) return estimate === 0 ? 1 : 0;
    return Math.min(1, 2 * studentTSurvival(Math.abs(estimate) / error, freedom));
  },
};

function welchOf(
  a: MeasuredCalibration,
  b: MeasuredCalibration,
): { estimate: number; error: number; freedom: number } {
  const [va, vb] = [a.variance / a.rows, b.variance / b.rows];
  const total = va + vb;
  return {
    estimate: a.estimate - b.estimate,
    error: Math.sqrt(total),
    freedom: total === 0 ? 1 : total ** 2 / (va ** 2 / (a.rows - 1) + vb ** 2 / (b.rows - 1)),
  };
}
