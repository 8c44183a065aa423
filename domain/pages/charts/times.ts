import { asNumber } from '../../plan/index.ts';
import type { Chart } from '../page.ts';

/** How long something took; null when it had not ended in time. */
export interface Time {
  readonly what: string;
  readonly seconds: number | null;
  /** What was allowed. */
  readonly limit: number | null;
}

export interface TimeChart {
  readonly title: string;
  readonly description: string;
  readonly times: readonly Time[];
}

/** Seconds as bars, with the seconds that were allowed in words: they are often many times longer than the longest bar. */
export function timeChart({ title, description, times }: TimeChart): Chart {
  const longest = Math.max(...times.map(({ seconds }) => seconds ?? 0)) || 1;
  const said = ({ seconds, limit }: Time): string =>
    seconds === null
      ? `not within ${limit === null ? 'the time' : `${asNumber(limit)} s`}`
      : `${asNumber(seconds)} s`;
  const values = times.map((one) => ({ what: one.what, seconds: one.seconds ?? 0, said: said(one) }));
  return {
    title,
    description,
    spec: {
      data: { values },
      height: { step: 26 },
      encoding: {
        y: {
          field: 'what',
          type: 'nominal',
          sort: null,
          title: null,
          axis: { ticks: false, domain: false, labelLimit: 240 },
        },
        x: {
          field: 'seconds',
          type: 'quantitative',
          title: 'seconds',
          scale: { domainMin: 0, domainMax: longest * 1.6 },
          axis: { tickCount: 4 },
        },
      },
      layer: [
        { mark: { type: 'bar', height: 14, cornerRadiusEnd: 2 } },
        { mark: { type: 'text', align: 'left', dx: 6 }, encoding: { text: { field: 'said' } } },
      ],
    },
    data: {
      caption: title,
      columns: ['what', 'took', 'allowed'],
      rows: times.map((one) => [one.what, said(one), one.limit === null ? '' : `${asNumber(one.limit)} s`]),
    },
  };
}
