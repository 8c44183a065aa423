import { asNumber } from '../../plan/index.ts';
import { ink } from '../style.ts';
import type { Chart } from '../page.ts';

export interface RobustnessCurve {
  readonly points: readonly {
    readonly intensity: number;
    readonly estimate: number;
    readonly lower: number;
    readonly upper: number;
    readonly rows: number;
  }[];
}

/** Quality over the intensity of each perturbation, with 95 % bounds, and the floor that it must keep. */
export function robustnessChart(
  curves: Readonly<Record<string, RobustnessCurve>>,
  quality: { readonly metric: string; readonly floor: number },
): Chart {
  const points = Object.entries(curves).flatMap(([kind, curve]) =>
    curve.points.map((point) => ({ kind, ...point })),
  );
  const broken = (value: number): boolean =>
    quality.metric === 'auc' ? value < quality.floor : value > quality.floor;
  const breaking = [...new Set(points.filter(({ estimate }) => broken(estimate)).map(({ kind }) => kind))];
  const held = `stays on the right side of its floor, ${asNumber(quality.floor)},`;
  const y = { type: 'quantitative', title: null, scale: { zero: false }, axis: { tickCount: 4 } };
  const values = points.map(({ kind, intensity, estimate, lower, upper }) => ({
    kind,
    intensity,
    estimate,
    lower,
    upper,
  }));
  return {
    title: `${quality.metric} under growing perturbation`,
    description:
      breaking.length === 0
        ? `${quality.metric} ${held} at every intensity that was tried. The band is the 95 % interval, the dashed line the floor.`
        : `${quality.metric} breaks its floor, ${asNumber(quality.floor)}, under ${breaking.join(', ')}. The band is the 95 % interval, the dashed line the floor.`,
    spec: {
      data: { values },
      facet: { field: 'kind', type: 'nominal', title: null, sort: Object.keys(curves) },
      columns: 2,
      spacing: { row: 12, column: 18 },
      spec: {
        width: 160,
        height: 80,
        encoding: {
          x: {
            field: 'intensity',
            type: 'quantitative',
            title: 'intensity',
            axis: { values: [0, 0.5, 1], titlePadding: 2 },
          },
        },
        layer: [
          { mark: { type: 'area' }, encoding: { y: { ...y, field: 'lower' }, y2: { field: 'upper' } } },
          { mark: { type: 'line', point: { size: 26 } }, encoding: { y: { ...y, field: 'estimate' } } },
          {
            mark: { type: 'rule', strokeDash: [5, 4], strokeWidth: 1.5, color: ink('fail') },
            encoding: { y: { ...y, datum: quality.floor }, x: null },
          },
        ],
      },
    },
    data: {
      caption: `${quality.metric} by intensity`,
      columns: ['perturbation', 'intensity', quality.metric, '95 % interval', 'rows'],
      rows: points.map(({ kind, intensity, estimate, lower, upper, rows }) => [
        kind,
        asNumber(intensity),
        asNumber(estimate),
        `${asNumber(lower)} to ${asNumber(upper)}`,
        asNumber(rows),
      ]),
    },
  };
}
