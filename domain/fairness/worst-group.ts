import { newcombeInterval, type Interval } from '../statistics/proportion.ts';
import type { GroupRate, RateName } from './rate.ts';

/** The group that stands farthest from all others together. */
export interface WorstGroup extends Interval {
  readonly group: string;
  readonly rate: RateName;
}

/**
 * The group whose rate differs most from that of everybody else, by Newcombe at Bonferroni's level over the groups: the
 * group is chosen after looking. Null with fewer than two groups that can be measured.
 */
export function worstGroupOf(
  rate: RateName,
  rates: readonly (readonly [group: string, rate: GroupRate])[],
  confidence: number,
): WorstGroup | null {
  const measured = rates.flatMap(([group, one]) => (one.measurable ? [{ group, ...one }] : []));
  if (measured.length < 2) return null;
  const hits = measured.reduce((sum, one) => sum + one.hits, 0);
  const of = measured.reduce((sum, one) => sum + one.of, 0);
  const joint = 1 - (1 - confidence) / measured.length;
  return measured
    .map((one) => ({
      group: one.group,
      rate,
      ...newcombeInterval(one.hits, one.of, hits - one.hits, of - one.of, joint),
      confidence,
    }))
    .reduce((worst, one) => (Math.abs(one.estimate) > Math.abs(worst.estimate) ? one : worst));
}
