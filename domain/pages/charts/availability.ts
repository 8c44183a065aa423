import { asNumber } from '../../plan/index.ts';
import type { Exposure } from '../../resilience/index.ts';
import { ink } from '../style.ts';
import type { Chart } from '../page.ts';

const ANSWERED_BY = [
  ['model', 'model', 'first'],
  ['gateway', 'gateway', 'third'],
  ['caller', 'caller', 'inconclusive'],
  ['nobody', 'nobody', 'fail'],
] as const;

/** Who answered the calls under each fault: what is not red was available. */
export function availabilityChart(
  faults: Readonly<Record<string, Pick<Exposure, 'calls' | 'answeredBy' | 'available'>>>,
): Chart {
  const tried = Object.entries(faults).filter(([, { calls }]) => calls > 0);
  const values = tried.flatMap(([fault, { answeredBy }]) =>
    ANSWERED_BY.map(([by, said], order) => ({ fault, by: said, order, calls: answeredBy[by] })),
  );
  const unavailable = tried.filter(([, { calls, available }]) => available < calls).map(([fault]) => fault);
  return {
    title: 'Who answered, by fault',
    description:
      unavailable.length === 0
        ? 'Under every fault each call had a usable answer in time: of the model, or the declared one of gateway or caller.'
        : `Some calls had no usable answer in time under ${unavailable.join(', ')}; under the other faults each had one.`,
    spec: {
      data: { values },
      height: { step: 22 },
      mark: { type: 'bar', height: 14 },
      encoding: {
        y: {
          field: 'fault',
          type: 'nominal',
          sort: null,
          title: null,
          axis: { ticks: false, domain: false },
        },
        x: {
          field: 'calls',
          type: 'quantitative',
          stack: 'normalize',
          title: 'share of calls',
          axis: { format: '.0%', tickCount: 5 },
        },
        order: { field: 'order' },
        color: {
          field: 'by',
          type: 'nominal',
          title: 'answered by',
          sort: null,
          scale: {
            domain: ANSWERED_BY.map(([, said]) => said),
            range: ANSWERED_BY.map(([, , name]) => ink(name)),
          },
          legend: { columns: 4 },
        },
      },
    },
    data: {
      caption: 'Calls by who answered them',
      columns: ['fault', 'calls', 'available', ...ANSWERED_BY.map(([, said]) => said)],
      rows: tried.map(([fault, { calls, available, answeredBy }]) => [
        fault,
        asNumber(calls),
        `${asNumber((available / calls) * 100)} %`,
        ...ANSWERED_BY.map(([by]) => asNumber(answeredBy[by])),
      ]),
    },
  };
}
