import { asNumber } from '../../plan/index.ts';
import { ink } from '../style.ts';
import type { Chart } from '../page.ts';

export interface EvidenceHistory {
  readonly name: string;
  /** Of the baseline, shown in per cent; else in `unit`. */
  readonly relative: boolean;
  readonly unit: string;
  readonly margin: number;
  readonly tolerance: number;
  readonly points: readonly {
    readonly at: string;
    readonly effect: number;
    readonly lower: number | null;
    readonly upper: number | null;
  }[];
  readonly lostAt: string | null;
}

/** More points than this are thinned: no eye sees them apart. */
const MOST_POINTS = 240;

/**
 * The estimated harm of one metric with its always-valid bounds, as the canary went on. Null before there was anything to compare.
 */
export function canaryEvidenceChart(history: EvidenceHistory): Chart | null {
  const { name, relative, margin, tolerance, lostAt } = history;
  const scale = relative ? 100 : 1;
  const unit = relative ? '% of the baseline' : history.unit;
  const points: Drawn[] = thinned(history.points).map(({ at, effect, lower, upper }) => ({
    at,
    effect: effect * scale,
    ...(lower === null || upper === null ? {} : { lower: lower * scale, upper: upper * scale }),
  }));
  const last = points.at(-1);
  if (last === undefined) return null;
  const [low, high] = inView(points, [0, margin * scale, tolerance * scale]);
  const limits = [
    { limit: 'margin', at: margin * scale },
    ...(tolerance === margin ? [] : [{ limit: 'tolerance', at: tolerance * scale }]),
  ];
  const bounds =
    last.lower !== undefined && last.upper !== undefined
      ? `, with the always-valid bounds ${asNumber(last.lower)} and ${asNumber(last.upper)}`
      : ', without bounds yet';
  const x = { field: 'at', type: 'temporal', scale: { type: 'utc' }, title: null, axis: { tickCount: 5 } };
  const y = { type: 'quantitative', title: `harm, ${unit}`, scale: { domain: [low, high], nice: false } };
  return {
    title: `${name}: how much worse than the baseline`,
    description: `At the end the harm is ${asNumber(last.effect)} (${unit})${bounds}; the margin is ${asNumber(margin * scale)}. Above zero is worse.${lostAt === null ? '' : ' The guard was lost: harm was proven.'}`,
    spec: {
      data: { values: points.map((point) => ({ ...point })) },
      height: 190,
      encoding: { x },
      layer: [
        {
          transform: [{ filter: 'isValid(datum.lower)' }],
          mark: { type: 'area', clip: true },
          encoding: { y: { ...y, field: 'lower' }, y2: { field: 'upper' } },
        },
        {
          mark: { type: 'rule', strokeWidth: 1, color: ink('faint') },
          encoding: { y: { ...y, datum: 0 }, x: null },
        },
        { mark: { type: 'line', clip: true }, encoding: { y: { ...y, field: 'effect' } } },
        {
          data: { values: limits },
          mark: { type: 'rule', strokeDash: [6, 4] },
          encoding: {
            x: null,
            y: { ...y, field: 'at' },
            color: {
              field: 'limit',
              type: 'nominal',
              title: null,
              sort: null,
              scale: { domain: limits.map(({ limit }) => limit), range: [ink('fail'), ink('inconclusive')] },
            },
          },
        },
        ...(lostAt === null
          ? []
          : [
              {
                data: { values: [{ at: lostAt }] },
                mark: { type: 'rule', strokeWidth: 2.5, color: ink('fail') },
                encoding: { x },
              },
            ]),
      ],
    },
    data: {
      caption: `Harm of ${name}, ${unit}`,
      columns: ['until', 'harm', 'lower bound', 'upper bound'],
      rows: sampled(points).map((point) => [
        point.at.slice(0, 16).replace('T', ' '),
        asNumber(point.effect),
        point.lower === undefined ? '' : asNumber(point.lower),
        point.upper === undefined ? '' : asNumber(point.upper),
      ]),
    },
  };
}

interface Drawn {
  readonly at: string;
  readonly effect: number;
  readonly lower?: number;
  readonly upper?: number;
}

/**
 * Limits, and estimates and bounds of the later half: the first bounds are as wide as the sea, and would press everything else flat.
 */
function inView(points: readonly Drawn[], limits: readonly number[]): [number, number] {
  const later = points.slice(Math.floor(points.length / 2));
  const needed = [...limits, ...later.map(({ effect }) => effect)];
  const bounds = later.flatMap(({ lower, upper }) =>
    lower === undefined || upper === undefined ? [] : [lower, upper],
  );
  const [least, most] = [Math.min(...needed), Math.max(...needed)];
  const reach = 1.5 * (most - least || 1);
  const low = Math.max(Math.min(least, ...bounds), least - reach);
  const high = Math.min(Math.max(most, ...bounds), most + reach);
  const room = 0.06 * (high - low || 1);
  return [low - room, high + room];
}

/** At most so many, evenly, with the last. */
function every<T>(all: readonly T[], most: number): T[] {
  const step = Math.max(1, Math.ceil(all.length / most));
  return all.filter((_, i) => (all.length - 1 - i) % step === 0);
}

const thinned = <T>(points: readonly T[]): T[] => every(points, MOST_POINTS);
const sampled = <T>(points: readonly T[]): T[] => every(points, 12);
