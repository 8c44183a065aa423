import { requireAllInRange, requireNonEmpty, type Sample } from './error.ts';

/** Positions of `values` from small to large. */
function ascendingOrder(values: Sample): number[] {
  return Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
}

/**
 * Benjamini-Hochberg adjusted p-values, in input order: rejecting those <= q keeps the false discovery rate at q
 * (independent or positively dependent tests). As statsmodels' `multipletests(method='fdr_bh')`.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `NON_FINITE`, `OUT_OF_RANGE` for a p-value outside 0 to 1
 */
export function benjaminiHochberg(pValues: Sample): number[] {
  requireNonEmpty(pValues, 'pValues');
  requireAllInRange(pValues, 'pValues', 0, 1);
  const order = ascendingOrder(pValues);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let smallest = 1;
  for (let rank = order.length; rank >= 1; rank--) {
    const index = order[rank - 1]!;
    smallest = Math.min(smallest, pValues[index]! / (rank / order.length));
    adjusted[index] = smallest;
  }
  return adjusted;
}

/**
 * Holm's step-down adjusted p-values, in input order: rejecting those <= alpha keeps the chance of any false
 * rejection at alpha, whatever the dependence. As statsmodels' `multipletests(method='holm')`.
 *
 * @throws StatisticsError as {@link benjaminiHochberg}
 */
export function holm(pValues: Sample): number[] {
  requireNonEmpty(pValues, 'pValues');
  requireAllInRange(pValues, 'pValues', 0, 1);
  const order = ascendingOrder(pValues);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let largest = 0;
  order.forEach((index, i) => {
    largest = Math.max(largest, pValues[index]! * (order.length - i));
    adjusted[index] = Math.min(1, largest);
  });
  return adjusted;
}
