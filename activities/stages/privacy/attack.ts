import type { CheckResult, Metrics } from '../../../contracts/report.ts';

/** What one attack found. `made` is null when it was, and else says why it was not. */
export interface Attack {
  readonly attack: string;
  readonly notMade: string | null;
  readonly checks: readonly CheckResult[];
  readonly metrics: Metrics;
  /** For the document. */
  readonly details: unknown;
}

export function notMade(attack: string, why: string): Attack {
  return { attack, notMade: why, checks: [], metrics: {}, details: null };
}

/** A bound against a limit: bad when even the lower one is above it, undecided when only the upper one is. */
export function withinLimit(
  { lower, upper }: { readonly lower: number; readonly upper: number },
  limit: number,
): 'pass' | 'fail' | 'inconclusive' {
  if (lower > limit) return 'fail';
  return upper <= limit ? 'pass' : 'inconclusive';
}

export const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;
