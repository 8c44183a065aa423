import { wilsonInterval, type Interval } from '../statistics/proportion.ts';
import type { GroupCounts } from './group.ts';

/** A rate that groups are compared by. */
export type RateName =
  'selectionRate' | 'truePositiveRate' | 'falsePositiveRate' | 'falseNegativeRate' | 'accuracy' | 'precision';

/** Which rows a rate is taken over, and which of them count. */
const RATES: Readonly<Record<RateName, (c: GroupCounts) => readonly [hits: number, of: number]>> = {
  selectionRate: (c) => [c.truePositives + c.falsePositives, c.rows],
  truePositiveRate: (c) => [c.truePositives, c.truePositives + c.falseNegatives],
  falsePositiveRate: (c) => [c.falsePositives, c.falsePositives + c.trueNegatives],
  falseNegativeRate: (c) => [c.falseNegatives, c.truePositives + c.falseNegatives],
  accuracy: (c) => [c.truePositives + c.trueNegatives, c.rows],
  precision: (c) => [c.truePositives, c.truePositives + c.falsePositives],
};

export const rateNames = Object.keys(RATES) as readonly RateName[];

export interface SupportOptions {
  /** A group with fewer rows is not measurable, 30 unless told. */
  readonly minimumRows?: number;
  /** A rate over fewer rows of the group (for a true positive rate: its positives) is not measurable, 10 unless told. */
  readonly minimumEvents?: number;
}

/** A rate of a group, with Wilson's interval, or why it cannot be measured. Never a 0 that stands for "no data". */
export type GroupRate =
  | ({ readonly measurable: true; readonly hits: number; readonly of: number } & Interval)
  | { readonly measurable: false; readonly hits: number; readonly of: number; readonly reason: string };

export function groupRate(
  counts: GroupCounts,
  name: RateName,
  support: SupportOptions,
  confidence: number,
): GroupRate {
  const { minimumRows = 30, minimumEvents = 10 } = support;
  const [hits, of] = RATES[name](counts);
  if (of === 0) return { measurable: false, hits, of, reason: 'no rows to take the rate over' };
  if (counts.rows < minimumRows) {
    return { measurable: false, hits, of, reason: `${counts.rows} rows, at least ${minimumRows} needed` };
  }
  if (of < minimumEvents) {
    return {
      measurable: false,
      hits,
      of,
      reason: `a rate over ${of} rows, at least ${minimumEvents} needed`,
    };
  }
  return { measurable: true, hits, of, ...wilsonInterval(hits, of, confidence) };
}
