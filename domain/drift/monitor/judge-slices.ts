import type { Measurement } from '../../../contracts/live-events.ts';
import { normalQuantile } from '../../statistics/index.ts';
import { lossOfSlice, type ExpectedPerformance, type SliceTally } from '../index.ts';
import { CONFIDENCE, short } from './finding.ts';
import type { Watched } from './input.ts';
import type { TruthSummary } from './truth-summary.ts';

/** Labelled rows that a slice needs; smaller ones are counted in the numbers and not judged. */
export const SLICE_MINIMUM = 100;

export interface SlicesJudged {
  readonly measurements: readonly Measurement[];
  readonly numbers: Readonly<Record<string, number>>;
  readonly reason: string;
}

/**
 * Log-loss of each slice, with one bound for all of them: each slice's one-sided normal bound is at Bonferroni's level, 5 %
 * through the number of slices looked at, so that picking the worst afterwards costs nothing. A slice drifts when its
 * increase is proven twice: over what the model as a whole is expected to lose, and over what this slice lost in the
 * reference. The first alone would alarm about slices that always were hard (they were accepted at release), the second about
 * easy ones that had a good week in the reference.
 */
export function judgeSlices({ slices }: TruthSummary, { profile, settings }: Watched): SlicesJudged {
  const { expected } = profile;
  if (expected === null) return { measurements: [], numbers: {}, reason: '' };
  const judged = slices.filter(({ rows }) => rows >= SLICE_MINIMUM);
  const z = normalQuantile(1 - (1 - CONFIDENCE) / Math.max(1, judged.length));
  const threshold = settings.logLossIncrease;
  const measurements = judged
    .map((slice): Measurement => {
      const value = increaseOf(slice, expected, z);
      return {
        scope: 'label',
        name: `${slice.feature}=${slice.cell}`,
        metric: 'slice_log_loss_increase_lower_bound',
        value,
        threshold,
        driftWhen: 'gt',
        drifted: value > threshold,
      };
    })
    .sort((a, b) => b.value - a.value);
  const worst = measurements[0];
  return {
    measurements,
    numbers: { slices: judged.length, smallSlices: slices.length - judged.length },
    reason:
      worst === undefined
        ? ''
        : `worst of ${judged.length} slices ${worst.name}, log-loss up by at least ${short(worst.value)} against ${threshold}`,
  };
}

/** Lower bound of the increase: the smaller of the two. */
function increaseOf(slice: SliceTally, expected: ExpectedPerformance, z: number): number {
  const { mean, variance } = lossOfSlice(slice);
  const overall = mean - expected.logLoss - z * Math.sqrt(variance * (1 / slice.rows + 1 / expected.rows));
  const own = expected.slices?.of.find(
    ({ feature, cell }) => feature === slice.feature && cell === slice.cell,
  );
  // A slice that the reference did not have, or hardly, has only the model as a whole to be held against.
  if (own === undefined || own.rows < 2) return overall;
  const error = Math.sqrt(variance / slice.rows + own.variance / own.rows);
  return Math.min(overall, mean - own.logLoss - z * error);
}
