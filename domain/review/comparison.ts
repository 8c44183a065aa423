import type { CheckResult, Metric } from '../../contracts/report.ts';

/** A number with the stage that said it, or null with why nobody did. */
export interface Predicted extends Metric {
  readonly from: string;
}

/** What was predicted beside what production showed: a line of the review. */
export interface Comparison {
  /** Of both numbers: the metric's name and unit are the same in every stage. */
  readonly metric: string;
  readonly predicted: Predicted | null;
  readonly observed: Metric | null;
  readonly check: CheckResult;
}

export function comparison(
  name: string,
  metric: string,
  parts: Pick<Comparison, 'predicted' | 'observed'> & Pick<CheckResult, 'verdict' | 'reason' | 'severity'>,
): Comparison {
  const { predicted, observed, ...check } = parts;
  return { metric, predicted, observed, check: { name, metric, ...check } };
}
