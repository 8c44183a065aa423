import { asNumber } from '../../plan/index.ts';
import { ink } from '../style.ts';
import type { Chart } from '../page.ts';

export interface RehearsedScenario {
  readonly name: string;
  /** Windows from the change to the alarm, both counted, of every run; null where it never came. */
  readonly alarms: readonly (number | null)[];
}

/** How soon each kind of drift was noticed: a circle for the runs that were alarmed in the same window. */
export function detectionChart(scenarios: readonly RehearsedScenario[], after: number): Chart {
  const never = `not in ${after}`;
  const windows = [...Array.from({ length: after }, (_, i) => String(i + 1)), never];
  const values = scenarios.flatMap(({ name, alarms }) =>
    windows.flatMap((window, i) => {
      const runs = alarms.filter(
        (alarm) => (alarm === null || alarm > after ? after : alarm - 1) === i,
      ).length;
      return runs === 0 ? [] : [{ name, window, runs, missed: i === after }];
    }),
  );
  const runs = Math.max(...scenarios.map(({ alarms }) => alarms.length));
  const missed = scenarios.filter(({ alarms }) => alarms.some((alarm) => alarm === null || alarm > after));
  return {
    title: 'Windows from the change to the alarm',
    description: `Each circle is the runs, of ${runs} a scenario, whose alarm came in that window after the change. ${missed.length === 0 ? 'No change was missed.' : `Some were missed under ${missed.map(({ name }) => name).join(', ')}.`}`,
    spec: {
      data: { values },
      height: { step: 38 },
      encoding: {
        y: { field: 'name', type: 'nominal', sort: null, title: null, axis: { ticks: false, domain: false } },
        x: {
          field: 'window',
          type: 'ordinal',
          title: 'window after the change',
          scale: { domain: windows },
          axis: { labelAngle: 0, grid: true },
        },
      },
      layer: [
        {
          mark: { type: 'circle', opacity: 0.85 },
          encoding: {
            size: {
              field: 'runs',
              type: 'quantitative',
              scale: { domain: [0, runs], range: [0, 900] },
              legend: null,
            },
            color: {
              field: 'missed',
              type: 'nominal',
              scale: { domain: [false, true], range: [ink('first'), ink('fail')] },
              legend: null,
            },
          },
        },
        {
          mark: { type: 'text', dx: 19, align: 'left', fontSize: 12 },
          encoding: { text: { field: 'runs', type: 'quantitative' } },
        },
      ],
    },
    data: {
      caption: 'Runs by the window of their alarm',
      columns: ['scenario', ...windows],
      rows: scenarios.map(({ name }) => [
        name,
        ...windows.map((window) =>
          asNumber(values.find((one) => one.name === name && one.window === window)?.runs ?? 0),
        ),
      ]),
    },
  };
}
