import type { Measurement } from '../../../contracts/live-events.ts';
import { wilsonInterval } from '../../statistics/index.ts';
import type { Finding } from './closed-window.ts';
import type { DataSummary } from './data-summary.ts';
import { CONFIDENCE, findingOf } from './finding.ts';
import type { Watched } from './input.ts';

/** Share of values that the profile cannot have prepared the model for: new categories, numbers far out of range. */
export const STRANGE_LIMIT = 0.02;

/**
 * Data quality, which is apart from drift because no retraining mends it: `gaps` (changes of the share of missing values), new
 * categories and numbers far out of range. Shares by their lower bounds (Wilson 1927), each by 95 %.
 */
export function judgeQuality(
  { rows, profile: window, strange }: DataSummary,
  { profile }: Watched,
  gaps: readonly Measurement[],
): Finding {
  const shares = (window?.features ?? []).flatMap(({ name, kind, counts }): Measurement[] => {
    const present = counts.reduce((sum, count) => sum + count, 0);
    const reference = profile.features.find((feature) => feature.name === name);
    if (present === 0 || reference === undefined) return [];
    if (reference.kind === 'numeric' && reference.minimum === null) return [];
    const value = wilsonInterval(strange[name] ?? 0, present, 2 * CONFIDENCE - 1).lower;
    return [
      {
        scope: 'feature',
        name,
        metric: kind === 'category' ? 'new_category_share' : 'far_out_of_range_share',
        value,
        threshold: STRANGE_LIMIT,
        driftWhen: 'gt',
        drifted: value > STRANGE_LIMIT,
      },
    ];
  });
  return findingOf('quality', [...gaps, ...shares], { rows });
}
