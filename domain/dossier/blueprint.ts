import type { Plan, StageStep } from '../../contracts/plan.ts';
import { builtInStages } from '../../contracts/stages.ts';
import type { Envelope, Metric, Report } from '../../contracts/report.ts';
import type { StepState } from '../release/state.ts';

/**
 * The living blueprint: one metric a row, one stage a column, from intake to production and review. A metric has the same name
 * and unit wherever it is measured; where a stage does not measure it, there is nothing.
 */
export interface Blueprint {
  readonly columns: readonly BlueprintColumn[];
  readonly groups: readonly BlueprintGroup[];
}

export interface BlueprintColumn {
  /** The stage's name in the plan. */
  readonly step: string;
  readonly status: 'measured' | 'skipped' | 'not reached';
}

export interface BlueprintGroup {
  readonly title: string;
  readonly rows: readonly BlueprintRow[];
}

export interface BlueprintRow {
  readonly metric: string;
  readonly unit: string;
  /** One for each column. */
  readonly cells: readonly (BlueprintCell | null)[];
}

/** A measured value as its report has it. */
export interface BlueprintCell extends Omit<Metric, 'unit'> {
  /** Goes beyond what every stage before had borne: the known envelope grows here. */
  readonly widens: boolean;
}

/** Rows that are shown wherever they are measured; any other metric is shown when two stages measured it, or a stage of your own. */
const GROUPS: readonly { readonly title: string; readonly metrics: readonly string[] }[] = [
  {
    title: 'Quality',
    metrics: [
      ...['auc', 'average-precision', 'accuracy', 'log-loss', 'brier', 'calibration-error'],
      ...['worst-slice-auc', 'worst-slice-log-loss', 'rmse', 'mae', 'r2'],
    ],
  },
  {
    title: 'Against the version that serves',
    metrics: [
      ...['flip-rate', 'score-shift', 'log-loss-difference', 'brier-difference'],
      ...['log-loss-harm', 'brier-harm', 'cost-harm', 'errors-harm'],
    ],
  },
  {
    title: 'Latency',
    metrics: ['latency-p50', 'latency-p95', 'latency-p99', 'latency-p999'],
  },
  { title: 'Load and errors', metrics: ['throughput', 'error-rate', 'availability'] },
  { title: 'Resources', metrics: ['memory', 'cpu-seconds', 'load-seconds'] },
  {
    title: 'Readiness',
    metrics: [
      ...['detection-delay-windows', 'time-to-alert', 'recovery-seconds', 'rollback-seconds'],
      ...['shift-seconds', 'served-share'],
    ],
  },
];

const OTHERS = 'Other, measured in more than one stage';
/** Nobody but those who wrote the stage knows which of its metrics matter, so all are shown. */
const OWN = 'Of stages of your own';

const ours: ReadonlySet<string> = new Set(builtInStages);

/** Limits of performance, larger as more was borne. Everything else is better or worse, and no envelope. */
const GROWS: ReadonlySet<string> = new Set([
  ...['latency-p50', 'latency-p95', 'latency-p99', 'latency-p999'],
  ...['throughput', 'error-rate', 'memory'],
]);

/** The blueprint of a plan, as far as its steps (the fold's, in the plan's order) have been made. */
export function blueprintOf(plan: Pick<Plan, 'steps'>, steps: readonly StepState[]): Blueprint {
  const stages = plan.steps.flatMap((step, index): { step: StageStep; state: StepState | undefined }[] =>
    step.kind === 'stage' ? [{ step, state: steps[index] }] : [],
  );
  const measured = stages.map(({ state }) => (state?.report ? metricsOf(state.report) : new Map()));
  const rows = rowsOf(measured);
  const known = new Set(GROUPS.flatMap(({ metrics }) => metrics));
  const unknown = rows.filter(({ metric }) => !known.has(metric));
  const isShared = ({ cells }: BlueprintRow): boolean => cells.filter((cell) => cell !== null).length > 1;
  const isOwn = ({ cells }: BlueprintRow): boolean =>
    cells.some((cell, column) => cell !== null && !ours.has(stages[column]?.step.stage ?? ''));
  const groups = [
    ...GROUPS.map(({ title, metrics }) => ({
      title,
      rows: metrics.flatMap((name) => rows.filter(({ metric }) => metric === name)),
    })),
    { title: OTHERS, rows: unknown.filter(isShared) },
    { title: OWN, rows: unknown.filter((row) => !isShared(row) && isOwn(row)) },
  ];
  return {
    columns: stages.map(({ step, state }) => ({ step: step.name, status: statusOf(state) })),
    groups: groups.filter((group) => group.rows.length > 0),
  };
}

function statusOf(state: StepState | undefined): BlueprintColumn['status'] {
  if (state?.status === 'skipped') return 'skipped';
  return state?.report ? 'measured' : 'not reached';
}

/** A name that two stages use with different units is two metrics, and gets two rows. */
function rowsOf(measured: readonly ReadonlyMap<string, Metric>[]): BlueprintRow[] {
  const keys = new Map<string, { metric: string; unit: string }>();
  for (const metrics of measured)
    for (const [metric, { unit }] of metrics) keys.set(JSON.stringify([metric, unit]), { metric, unit });
  return [...keys.values()].map(({ metric, unit }) => {
    let borne = -Infinity;
    const cells = measured.map((metrics): BlueprintCell | null => {
      const found = metrics.get(metric);
      if (found?.unit !== unit) return null;
      const { unit: _, ...cell } = found;
      const widens = GROWS.has(metric) && borne !== -Infinity && cell.value > borne;
      borne = Math.max(borne, cell.value);
      return { ...cell, widens };
    });
    return { metric, unit, cells };
  });
}

/** A report's metrics, and of its envelope what they do not say already. Only finite numbers: reports cross JSON. */
function metricsOf({ metrics, envelope }: Report): Map<string, Metric> {
  const all = [...(envelope ? envelopeMetrics(envelope) : []), ...Object.entries(metrics)];
  return new Map(all.filter(([, { value }]) => Number.isFinite(value)));
}

function envelopeMetrics(envelope: Envelope): [string, Metric][] {
  const { latencyMs, throughputPerSecond, errorRate, cpuSeconds, memoryMiB, requests: samples } = envelope;
  const ms = (value: number): Metric => ({ value, unit: 'ms', samples });
  return [
    ['latency-p50', ms(latencyMs.p50)],
    ['latency-p95', ms(latencyMs.p95)],
    ['latency-p99', ms(latencyMs.p99)],
    ['latency-p999', ms(latencyMs.p999)],
    ['throughput', { value: throughputPerSecond, unit: '1/s', samples }],
    ['error-rate', { value: errorRate, unit: '1', samples }],
    ...(memoryMiB === undefined ? [] : [['memory', { value: memoryMiB, unit: 'MiB' }] as [string, Metric]]),
    ...(cpuSeconds === undefined
      ? []
      : [['cpu-seconds', { value: cpuSeconds, unit: 's' }] as [string, Metric]]),
  ];
}
