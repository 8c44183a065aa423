import { asNumber, withUnit } from '../plan/index.ts';
import { dotChart } from '../pages/charts/dots.ts';
import type { Chart } from '../pages/index.ts';
import { ink } from '../pages/style.ts';
import type { Blueprint, BlueprintRow } from './blueprint.ts';

/** Pictures of a blueprint: quality where two stages measured it, and how the envelope grew. */
export function blueprintCharts(blueprint: Blueprint): Chart[] {
  const row = (metric: string): BlueprintRow | undefined =>
    blueprint.groups.flatMap(({ rows }) => rows).find((one) => one.metric === metric);
  const quality = blueprint.groups.find(({ title }) => title === 'Quality')?.rows ?? [];
  const percentiles = ['latency-p50', 'latency-p95', 'latency-p99'].flatMap((name) => row(name) ?? []);
  return [
    ...quality.filter((one) => measured(one) > 1).map((one) => qualityChart(blueprint, one)),
    ...envelopeChart(blueprint, 'Latency across the stages', percentiles),
    ...['throughput', 'memory'].flatMap((name) => {
      const one = row(name);
      return one ? envelopeChart(blueprint, `${titleOf[name]} across the stages`, [one]) : [];
    }),
  ];
}

const titleOf: Readonly<Record<string, string>> = { throughput: 'Throughput', memory: 'Memory' };
const measured = ({ cells }: BlueprintRow): number => cells.filter((cell) => cell !== null).length;
const withoutOne = (unit: string): string => (unit === '1' ? '' : `, ${unit}`);

function qualityChart({ columns }: Blueprint, { metric, unit, cells }: BlueprintRow): Chart {
  const dots = cells.flatMap((cell, at) => {
    if (cell === null) return [];
    const { value, lower, upper } = cell;
    const interval = lower === undefined || upper === undefined ? {} : { lower, upper };
    return [{ label: columns[at]?.step ?? '', value, ...interval }];
  });
  const [first, last] = [dots[0], dots.at(-1)];
  return dotChart({
    title: `${metric} across the stages`,
    description: `${asNumber(first?.value ?? 0)} in ${first?.label ?? ''}, ${asNumber(last?.value ?? 0)} in ${last?.label ?? ''}; lines are 95 % intervals.`,
    of: 'stage',
    measure: `${metric}${withoutOne(unit)}`,
    dots,
    zero: false,
  });
}

/**
 * A row for each stage that measured it, in the plan's order: dots are what was measured, the bar behind them is the envelope, the most of
 * the last series that any stage so far had borne.
 */
function envelopeChart({ columns }: Blueprint, title: string, series: readonly BlueprintRow[]): Chart[] {
  const outer = series.at(-1);
  if (!outer || measured(outer) < 2) return [];
  let borne = -Infinity;
  const stages = columns.flatMap(({ step }, at) => {
    const cell = outer.cells[at];
    if (cell == null) return [];
    borne = Math.max(borne, cell.value);
    const found = series.flatMap(({ metric, cells }) => {
      const value = cells[at]?.value;
      return value === undefined ? [] : [{ stage: step, metric, value }];
    });
    return [{ stage: step, borne, found }];
  });
  const { unit, metric } = outer;
  const stage = {
    field: 'stage',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { ticks: false, domain: false },
  };
  const x = { type: 'quantitative', title: unit, scale: { zero: true }, axis: { tickCount: 5 } };
  const color =
    series.length > 1
      ? {
          color: {
            field: 'metric',
            type: 'nominal',
            title: null,
            sort: null,
            // Whole names of three series are wider than a chart on a laptop.
            legend: { labelExpr: "replace(datum.label, 'latency-', '')" },
            scale: { range: [ink('third'), ink('second'), ink('first')] },
          },
        }
      : {};
  const grew = stages.filter((one, at) => at > 0 && one.borne > (stages[at - 1]?.borne ?? 0));
  return [
    {
      title,
      description: `Dots are what each stage measured; the bar is the largest ${metric} of all stages so far, ${withUnit(borne, unit)} in the end. ${
        grew.length === 0
          ? 'No stage went beyond the first.'
          : `It grew in ${grew.map((one) => one.stage).join(', ')}.`
      }`,
      spec: {
        height: { step: 30 },
        encoding: { y: stage },
        layer: [
          {
            data: { values: stages.map(({ stage: name, borne: so }) => ({ stage: name, borne: so })) },
            mark: { type: 'bar', height: 22, color: ink('grid'), cornerRadiusEnd: 2 },
            encoding: { x: { ...x, field: 'borne' } },
          },
          {
            data: { values: stages.flatMap(({ found }) => found) },
            mark: { type: 'point', size: 60 },
            encoding: { x: { ...x, field: 'value' }, ...color },
          },
        ],
      },
      data: {
        caption: title,
        columns: ['stage', ...series.map((one) => `${one.metric}${withoutOne(one.unit)}`), 'envelope so far'],
        rows: stages.map(({ stage: name, borne: so, found }) => [
          name,
          ...series.map((one) => {
            const value = found.find((each) => each.metric === one.metric)?.value;
            return value === undefined ? '' : asNumber(value);
          }),
          asNumber(so),
        ]),
      },
    },
  ];
}
