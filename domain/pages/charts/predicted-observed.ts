import type { Metric } from '../../../contracts/report.ts';
import { withUnit } from '../../plan/index.ts';
import { ink } from '../style.ts';
import type { Chart } from '../page.ts';

export interface PredictedObserved {
  readonly metric: string;
  readonly predicted: Metric | null;
  readonly observed: Metric | null;
}

/** What the trials predicted beside what production showed, each metric on a scale of its own. Null where no metric has both. */
export function predictedObservedChart(comparisons: readonly PredictedObserved[]): Chart | null {
  const both = comparisons.flatMap(({ metric, predicted, observed }) =>
    predicted === null || observed === null ? [] : [{ metric, predicted, observed }],
  );
  if (both.length === 0) return null;
  const side = (metric: string, who: string, { value, unit, lower, upper }: Metric) => ({
    metric: unit === '1' ? metric : `${metric}, ${unit}`,
    who,
    value,
    ...(lower === undefined || upper === undefined ? {} : { lower, upper }),
  });
  const values = both.flatMap(({ metric, predicted, observed }) => [
    side(metric, 'predicted', predicted),
    side(metric, 'observed', observed),
  ]);
  const x = { type: 'quantitative', title: null, scale: { zero: false }, axis: { tickCount: 4 } };
  return {
    title: 'Predicted and observed',
    description:
      'Each metric as the trials predicted it and as production showed it, with 95 % intervals where there are some. Every panel has a scale of its own.',
    spec: {
      data: { values },
      facet: {
        field: 'metric',
        type: 'nominal',
        title: null,
        sort: [...new Set(values.map((one) => one.metric))],
      },
      columns: 1,
      spacing: 6,
      resolve: { scale: { x: 'independent' } },
      spec: {
        width: 300,
        height: 44,
        encoding: {
          y: {
            field: 'who',
            type: 'nominal',
            sort: ['predicted', 'observed'],
            title: null,
            axis: { ticks: false, domain: false },
          },
          color: {
            field: 'who',
            type: 'nominal',
            scale: { domain: ['predicted', 'observed'], range: [ink('faint'), ink('first')] },
            legend: null,
          },
        },
        layer: [
          {
            transform: [{ filter: 'isValid(datum.lower)' }],
            mark: { type: 'rule', strokeWidth: 2 },
            encoding: { x: { ...x, field: 'lower' }, x2: { field: 'upper' } },
          },
          { mark: { type: 'point', size: 60 }, encoding: { x: { ...x, field: 'value' } } },
        ],
      },
    },
    data: {
      caption: 'Predicted and observed',
      columns: ['metric', 'predicted', 'observed'],
      rows: comparisons.map(({ metric, predicted, observed }) => [metric, said(predicted), said(observed)]),
    },
  };
}

function said(metric: Metric | null): string {
  if (metric === null) return 'not known';
  const { value, unit, lower, upper } = metric;
  const interval =
    lower === undefined || upper === undefined
      ? ''
      : ` (${withUnit(lower, unit)} to ${withUnit(upper, unit)})`;
  return `${withUnit(value, unit)}${interval}`;
}
