import { asCount, asNumber } from '../../plan/index.ts';
import { ink } from '../style.ts';
import type { Chart } from '../page.ts';

export interface QualityWindow {
  /** ISO 8601 UTC. */
  readonly start: string;
  readonly rows: number;
  readonly quality: { readonly estimate: number; readonly lower: number; readonly upper: number } | null;
}

/** What the model's quality really was on later data, window by window, with 95 % bounds and the floor. */
export function qualityOverTimeChart(
  windows: readonly QualityWindow[],
  { metric, floor }: { readonly metric: string; readonly floor: number },
): Chart {
  const values = windows.flatMap(({ start, quality }) =>
    quality === null
      ? []
      : [{ start, estimate: quality.estimate, lower: quality.lower, upper: quality.upper }],
  );
  const y = { type: 'quantitative', title: metric, scale: { zero: false } };
  const x = {
    field: 'start',
    type: 'temporal',
    scale: { type: 'utc' },
    title: null,
    axis: { format: '%d %b', tickCount: 5 },
  };
  return {
    title: `${metric} on later data`,
    description: `The ${metric} that the model really had in each window of the data that came later. The band is the 95 % interval, the dashed line the floor, ${asNumber(floor)}.`,
    spec: {
      data: { values },
      height: 170,
      encoding: { x },
      layer: [
        { mark: { type: 'area' }, encoding: { y: { ...y, field: 'lower' }, y2: { field: 'upper' } } },
        { mark: { type: 'line', point: { size: 26 } }, encoding: { y: { ...y, field: 'estimate' } } },
        {
          mark: { type: 'rule', strokeDash: [5, 4], strokeWidth: 1.5, color: ink('fail') },
          encoding: { y: { ...y, datum: floor }, x: null },
        },
      ],
    },
    data: {
      caption: `${metric} by window`,
      columns: ['from', metric, '95 % interval', 'rows'],
      rows: windows.map(({ start, rows, quality }) => [
        start.slice(0, 10),
        quality === null ? 'not measurable' : asNumber(quality.estimate),
        quality === null ? '' : `${asNumber(quality.lower)} to ${asNumber(quality.upper)}`,
        asCount(rows),
      ]),
    },
  };
}
