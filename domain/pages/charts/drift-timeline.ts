import { asNumber } from '../../plan/index.ts';
import { ink } from '../style.ts';
import type { Chart } from '../page.ts';

export interface AlarmTimeline {
  readonly name: string;
  /** Share of the runs in which an alarm stood, by window. */
  readonly alarmShare: readonly number[];
}

/** In how many of the runs an alarm stood, window by window. `before`: windows before the change; null for a run without any. */
export function driftTimelineChart(timelines: readonly AlarmTimeline[], before: number): Chart {
  const values = timelines.flatMap(({ name, alarmShare }) =>
    alarmShare.map((share, i) => ({ name, window: i + 1, share })),
  );
  const most = Math.max(...values.map(({ window }) => window));
  const calm = (name: string): boolean => name === 'calm';
  const changes = timelines
    .filter(({ name }) => !calm(name))
    .map(({ name }) => ({ name, change: before + 0.5 }));
  return {
    title: 'Runs with an alarm, window by window',
    description: `A panel for each scenario. The world changes at the dashed line, after window ${before}; what stands before it, and all of calm, is false alarm.`,
    spec: {
      data: { values: [...values, ...changes] },
      facet: { field: 'name', type: 'nominal', title: null, sort: timelines.map(({ name }) => name) },
      columns: 2,
      spacing: { row: 12, column: 18 },
      spec: {
        width: 160,
        height: 70,
        layer: [
          {
            transform: [{ filter: 'isValid(datum.window)' }],
            mark: { type: 'bar', width: Math.max(2, Math.min(18, 120 / most)) },
            encoding: {
              x: {
                field: 'window',
                type: 'quantitative',
                title: 'window',
                scale: { domain: [0.5, most + 0.5], nice: false },
                axis: {
                  tickCount: Math.min(most, 5),
                  tickMinStep: 1,
                  format: 'd',
                  grid: false,
                  titlePadding: 2,
                },
              },
              y: {
                field: 'share',
                type: 'quantitative',
                title: null,
                scale: { domain: [0, 1] },
                axis: { format: '.0%', tickCount: 2 },
              },
            },
          },
          {
            transform: [{ filter: 'isValid(datum.change)' }],
            mark: { type: 'rule', strokeDash: [5, 4], strokeWidth: 1.5, color: ink('fail') },
            encoding: { x: { field: 'change', type: 'quantitative' } },
          },
        ],
      },
    },
    data: {
      caption: 'Share of runs with an alarm',
      columns: ['scenario', ...Array.from({ length: most }, (_, i) => `window ${i + 1}`)],
      rows: timelines.map(({ name, alarmShare }) => [
        name,
        ...Array.from({ length: most }, (_, i) =>
          i < alarmShare.length ? `${asNumber(alarmShare[i]! * 100)} %` : '',
        ),
      ]),
    },
  };
}
