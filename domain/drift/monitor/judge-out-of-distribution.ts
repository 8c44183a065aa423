import type { Measurement } from '../../../contracts/live-events.ts';
import { wilsonInterval } from '../../statistics/index.ts';
import type { DataSummary } from './data-summary.ts';
import { CONFIDENCE } from './finding.ts';
import type { Watched } from './input.ts';

/**
 * The share of rows that are unlike all that the profile knows, each by itself (`surpriseOf`), by its lower bound (Wilson 1927,
 * 95 %). It is part of what is said of the data: a stability index sees how many rows moved a little, this sees how many
 * the model cannot know. Nothing unless the plan gives a limit.
 */
export function judgeOutOfDistribution(
  { rows, unlike }: DataSummary,
  { settings: { outOfDistribution: threshold } }: Watched,
): { readonly measurements: readonly Measurement[]; readonly open: readonly string[] } {
  if (threshold === undefined) return { measurements: [], open: [] };
  if (unlike === null) {
    return { measurements: [], open: ['the profile does not say how rare its own rows are'] };
  }
  const value = wilsonInterval(unlike, rows, 2 * CONFIDENCE - 1).lower;
  return {
    measurements: [
      {
        scope: 'dataset',
        name: null,
        metric: 'out_of_distribution_share_lower_bound',
        value,
        threshold,
        driftWhen: 'gt',
        drifted: value > threshold,
      },
    ],
    open: [],
  };
}
