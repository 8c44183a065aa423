import { asCount, asNumber } from '../../plan/index.ts';
import { ink } from '../style.ts';
import type { Chart } from '../page.ts';

export interface ReliabilityBin {
  readonly rows: number;
  /** Mean chance that the model gave. */
  readonly meanProbability: number;
  /** Share of rows that came true, with 95 % bounds. */
  readonly eventShare: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * The reliability diagram: of the rows that were given a chance, how many came true. On the diagonal the chances are what they say
 * (Niculescu-Mizil & Caruana, ICML 2005, section 2).
 */
export function reliabilityChart(bins: readonly ReliabilityBin[]): Chart {
  const off = bins.filter(({ meanProbability: p, lower, upper }) => p < lower || p > upper).length;
  const end = Math.min(
    1,
    Math.max(...bins.flatMap(({ meanProbability, upper }) => [meanProbability, upper])) * 1.05,
  );
  const x = {
    type: 'quantitative',
    title: 'chance that the model gave',
    scale: { domain: [0, end], nice: false },
  };
  const y = { type: 'quantitative', title: 'share that came true', scale: { domain: [0, end], nice: false } };
  const values = bins.map(({ meanProbability: given, eventShare: seen, lower, upper }) => ({
    given,
    seen,
    lower,
    upper,
  }));
  return {
    title: 'Reliability of the chances',
    description: `Each dot is one of ${bins.length} groups of rows with like chances; the line through it is the 95 % interval of what came true. On the dashed line a chance is what it says; the interval of ${off === 0 ? 'no group' : off === 1 ? 'one group' : `${off} groups`} misses it.`,
    spec: {
      data: { values },
      width: 300,
      height: 300,
      layer: [
        {
          data: { values: [{ at: 0 }, { at: end }] },
          mark: { type: 'line', strokeDash: [5, 4], strokeWidth: 1.5, color: ink('faint') },
          encoding: { x: { ...x, field: 'at' }, y: { ...y, field: 'at' } },
        },
        {
          mark: { type: 'rule' },
          encoding: { x: { ...x, field: 'given' }, y: { ...y, field: 'lower' }, y2: { field: 'upper' } },
        },
        {
          mark: { type: 'point', size: 60 },
          encoding: { x: { ...x, field: 'given' }, y: { ...y, field: 'seen' } },
        },
      ],
    },
    data: {
      caption: 'Chances and what came true',
      columns: ['mean chance', 'came true', '95 % interval', 'rows'],
      rows: bins.map(({ meanProbability, eventShare, lower, upper, rows }) => [
        asNumber(meanProbability),
        asNumber(eventShare),
        `${asNumber(lower)} to ${asNumber(upper)}`,
        asCount(rows),
      ]),
    },
  };
}
