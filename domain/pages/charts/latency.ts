import type { Envelope } from '../../../contracts/report.ts';
import { asCount, asNumber } from '../../plan/index.ts';
import type { Chart } from '../page.ts';

/** How long requests took: the percentiles of an envelope. */
export function latencyChart({ requests, latencyMs }: Envelope): Chart {
  const { p50, p95, p99, p999 } = latencyMs;
  const values = [
    { share: '50 %', ms: p50 },
    { share: '95 %', ms: p95 },
    { share: '99 %', ms: p99 },
    { share: '99.9 %', ms: p999 },
  ].map((one) => ({ ...one, said: `${asNumber(one.ms)} ms` }));
  return {
    title: `Latency of ${asCount(requests)} requests`,
    description: `Half of them were answered within ${asNumber(p50)} ms, 99 % within ${asNumber(p99)} ms.`,
    spec: {
      data: { values },
      height: { step: 30 },
      encoding: {
        y: {
          field: 'share',
          type: 'nominal',
          sort: null,
          title: 'of requests within',
          axis: { ticks: false, domain: false },
        },
        x: {
          field: 'ms',
          type: 'quantitative',
          title: 'milliseconds',
          // Room for the words behind the longest bar.
          scale: { domainMin: 0, domainMax: Math.max(p999, 1e-3) * 1.3 },
          axis: { tickCount: 5 },
        },
      },
      layer: [
        { mark: { type: 'bar', height: 14, cornerRadiusEnd: 2 } },
        { mark: { type: 'text', align: 'left', dx: 6 }, encoding: { text: { field: 'said' } } },
      ],
    },
    data: {
      caption: 'Latency percentiles',
      columns: ['share of requests', 'within'],
      rows: values.map(({ share, said }) => [share, said]),
    },
  };
}
