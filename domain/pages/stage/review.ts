import { predictedObservedChart, type PredictedObserved } from '../charts/predicted-observed.ts';
import type { Chart } from '../page.ts';
import { detailsOf } from './details.ts';
import type { StageFacts } from './stage-page.ts';

/** Did production turn out as the trials said? */
export function reviewCharts(facts: StageFacts): readonly Chart[] {
  const { comparisons = [] } = detailsOf<{ readonly comparisons: readonly PredictedObserved[] }>(facts);
  const chart = predictedObservedChart(comparisons);
  return chart === null ? [] : [chart];
}
