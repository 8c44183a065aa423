import type { Envelope } from '../../../contracts/report.ts';
import { asNumber } from '../../plan/index.ts';
import { ink } from '../style.ts';
import type { Chart } from '../page.ts';

export interface LoadedAt {
  /** Callers at a time. */
  readonly concurrency: number;
  readonly envelope: Envelope;
}

/** Latency over the number of callers at a time. `budgetMs`: within which 99 % of the answers must be. */
export function loadChart(levels: readonly LoadedAt[], budgetMs: number): Chart {
  const values = levels.flatMap(({ concurrency, envelope: { latencyMs } }) => [
    { callers: concurrency, share: '50 %', ms: latencyMs.p50 },
    { callers: concurrency, share: '99 %', ms: latencyMs.p99 },
  ]);
  const most = Math.max(...values.map(({ ms }) => ms));
  const drawn = budgetMs <= 3 * most;
  return {
    title: 'Latency by callers at a time',
    description: `Within what time half and 99 % of the requests were answered, as more callers asked at a time. The budget for 99 % is ${asNumber(budgetMs)} ms${drawn ? ', the dashed line' : ', far above what is drawn'}.`,
    spec: {
      data: { values },
      height: 170,
      encoding: {
        x: { field: 'callers', type: 'ordinal', title: 'callers at a time', axis: { labelAngle: 0 } },
      },
      layer: [
        {
          mark: { type: 'line', point: { size: 50 } },
          encoding: {
            y: { field: 'ms', type: 'quantitative', title: 'milliseconds' },
            color: { field: 'share', type: 'nominal', title: 'of requests within' },
          },
        },
        ...(drawn
          ? [
              {
                mark: { type: 'rule', strokeDash: [5, 4], strokeWidth: 1.5, color: ink('fail') },
                encoding: { y: { datum: budgetMs, type: 'quantitative' }, x: null },
              },
            ]
          : []),
      ],
    },
    data: {
      caption: 'Latency by callers at a time',
      columns: ['callers', '50 % within', '99 % within', 'requests a second'],
      rows: levels.map(({ concurrency, envelope: { latencyMs, throughputPerSecond } }) => [
        asNumber(concurrency),
        `${asNumber(latencyMs.p50)} ms`,
        `${asNumber(latencyMs.p99)} ms`,
        asNumber(throughputPerSecond),
      ]),
    },
  };
}
