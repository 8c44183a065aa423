import { asNumber } from '../../plan/index.ts';
import { ink } from '../style.ts';
import type { Chart } from '../page.ts';

/** An estimate with its interval, where there is one. */
export interface Dot {
  readonly label: string;
  readonly value: number;
  readonly lower?: number;
  readonly upper?: number;
  /** What this one is held against. */
  readonly limit?: number;
}

export interface DotChart {
  readonly title: string;
  readonly description: string;
  /** What the rows are: the heading of the first column. */
  readonly of: string;
  /** What is measured, with its unit: the title of the axis. */
  readonly measure: string;
  readonly dots: readonly Dot[];
  /** Begin the axis at zero. */
  readonly zero?: boolean;
  /** Call the limits so. */
  readonly limit?: string;
}

/**
 * One row for each estimate: a dot, its interval as a line, its limit as a tick. A limit more than three times as far out as anything seen
 * is left to the table: it would press the rest flat.
 */
export function dotChart({
  title,
  description,
  of,
  measure,
  dots,
  zero = true,
  limit = 'limit',
}: DotChart): Chart {
  const reach = Math.max(
    ...dots.flatMap(({ value, lower = value, upper = value }) => [value, lower, upper].map(Math.abs)),
  );
  const values = dots.map(({ label, value, lower, upper, limit: held }) => ({
    label,
    value,
    ...(lower === undefined || upper === undefined ? {} : { lower, upper }),
    ...(held === undefined || Math.abs(held) > 3 * reach ? {} : { limit: held }),
  }));
  const y = {
    field: 'label',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { ticks: false, domain: false, grid: true, labelPadding: 10 },
  };
  const x = { type: 'quantitative', title: measure, scale: { zero }, axis: { tickCount: 5 } };
  const withLimit = values.some((one) => 'limit' in one);
  return {
    title,
    description,
    spec: {
      data: { values },
      height: { step: 24 },
      encoding: { y },
      layer: [
        ...(values.some((one) => 'lower' in one)
          ? [
              {
                transform: [{ filter: 'isValid(datum.lower)' }],
                mark: { type: 'rule', strokeWidth: 2 },
                encoding: { x: { ...x, field: 'lower' }, x2: { field: 'upper' } },
              },
            ]
          : []),
        { mark: { type: 'point', size: 60 }, encoding: { x: { ...x, field: 'value' } } },
        ...(withLimit
          ? [
              {
                transform: [{ filter: 'isValid(datum.limit)' }],
                mark: { type: 'tick', thickness: 2.5, size: 18, color: ink('fail') },
                encoding: { x: { ...x, field: 'limit' } },
              },
            ]
          : []),
      ],
    },
    data: dotTable(title, of, measure, dots, limit),
  };
}

function dotTable(
  caption: string,
  of: string,
  measure: string,
  dots: readonly Dot[],
  limit: string,
): Chart['data'] {
  const limited = dots.some((one) => one.limit !== undefined);
  return {
    caption,
    columns: [of, measure, '95 % interval', ...(limited ? [limit] : [])],
    rows: dots.map(({ label, value, lower, upper, limit: held }) => [
      label,
      asNumber(value),
      lower === undefined || upper === undefined ? '' : `${asNumber(lower)} to ${asNumber(upper)}`,
      ...(limited ? [held === undefined ? '' : asNumber(held)] : []),
    ]),
  };
}
