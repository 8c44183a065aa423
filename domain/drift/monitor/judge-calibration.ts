import type { Measurement } from '../../../contracts/live-events.ts';
import { ExactSum } from '../../quality/index.ts';
import { normalQuantile } from '../../statistics/index.ts';
import type { Finding } from './closed-window.ts';
import { CONFIDENCE, findingOf, unresolved } from './finding.ts';
import type { Watched } from './input.ts';
import type { TruthSummary } from './truth-summary.ts';

/**
 * Do scores still mean what they say? Two measures against one limit: the distance of mean score and share of positives
 * (calibration in the large), and the calibration error, the mean of that distance over the bins of the reference's scores,
 * weighted by rows. Both by lower bounds that hold together by 95 %. The plain calibration error of a perfect model is above
 * 0 by chance alone, about sqrt(bins / rows); its bound here takes from each bin what Bonferroni's normal interval for that
 * bin could explain, so what is left is proven. Null unless the plan gives a limit.
 */
export function judgeCalibration(summary: TruthSummary, { settings }: Watched): Finding | null {
  const { calibrationError: threshold, minRows } = settings;
  if (threshold === undefined) return null;
  const n = summary.labelled;
  if (n < minRows) return unresolved('calibration', `${n} labelled rows, at least ${minRows} needed`, n);
  const alpha = (1 - CONFIDENCE) / 2;
  const bins = summary.calibration.filter(({ rows }) => rows > 0);
  const all = { rows: n, positives: summary.positives, scores: summary.scores };
  const inTheLarge = gapOf(all, alpha);
  let [lower, plain] = [0, 0];
  for (const bin of bins) {
    const gap = gapOf(bin, alpha / bins.length);
    lower += (bin.rows / n) * gap.lower;
    plain += (bin.rows / n) * gap.distance;
  }
  const measure = (metric: string, value: number): Measurement => ({
    scope: 'label',
    name: null,
    metric,
    value,
    threshold,
    driftWhen: 'gt',
    drifted: value > threshold,
  });
  return findingOf(
    'calibration',
    [
      measure('calibration_gap_lower_bound', inTheLarge.lower),
      measure('calibration_error_lower_bound', lower),
    ],
    {
      rows: n,
      severity: 'critical',
      numbers: {
        meanScore: inTheLarge.meanScore,
        positiveShare: summary.positives / n,
        calibrationGap: inTheLarge.distance,
        calibrationError: plain,
        bins: bins.length,
      },
    },
  );
}

/**
 * Distance of mean score and share of positives, and its lower bound by 1 - alpha. The share's error is Agresti and Coull's
 * (1998): with few rows of one class only, the plain one would be 0.
 */
function gapOf(
  { rows, positives, scores }: { rows: number; positives: number; scores: readonly number[] },
  alpha: number,
): { meanScore: number; distance: number; lower: number } {
  const z = normalQuantile(1 - alpha / 2);
  const meanScore = new ExactSum(scores).value() / rows;
  const distance = Math.abs(meanScore - positives / rows);
  const share = (positives + (z * z) / 2) / (rows + z * z);
  const error = Math.sqrt((share * (1 - share)) / (rows + z * z));
  return { meanScore, distance, lower: Math.max(0, distance - z * error) };
}
