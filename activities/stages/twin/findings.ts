import type { CheckResult, Metric, Metrics } from '../../../contracts/report.ts';
import type { QualityFloor, SyntheticParameters } from '../../../contracts/schemas/synthetic.ts';
import { asCount, asNumber } from '../../../domain/plan/index.ts';
import {
  areaUnder,
  breakingPoint,
  perturbations,
  standingOf,
  type Bounded,
  type CurvePoint,
  type PerturbationKind,
} from '../../../domain/synthetic/index.ts';
import { blocking, type Findings } from '../stage-report.ts';
import type { TwinFacts } from './make-twin.ts';
import type { Curve } from './measure-curve.ts';
import type { LoadLevel } from './measure-load.ts';
import { floorOf, unitOf } from './quality-of.ts';
import { twinChecks, twinMetrics } from './twin-findings.ts';

/** Quality on rows as they are. */
export interface Undisturbed {
  readonly point: CurvePoint;
  readonly unanswered: number;
  readonly whyNot: string;
  /** What one and the same answer to every row reaches. */
  readonly constant: number;
  readonly onTwin: Bounded | null;
}

export interface SyntheticFacts {
  readonly given: SyntheticParameters;
  readonly twin: TwinFacts;
  readonly undisturbed: Undisturbed;
  readonly curves: readonly (readonly [PerturbationKind, Curve])[];
  readonly load: readonly LoadLevel[];
}

/** Checks and metrics of everything that was tried. */
export function judgeSynthetic(facts: SyntheticFacts): Findings {
  const { given, twin, undisturbed, curves, load } = facts;
  const metrics: Metrics = {
    [given.quality.metric]: metricOf(undisturbed.point, unitOf(given.quality), undisturbed.point.rows),
    ...curveMetrics(facts),
    ...twinMetrics(twin),
    ...(undisturbed.onTwin === null
      ? {}
      : {
          [`twin-${given.quality.metric}`]: metricOf(
            undisturbed.onTwin,
            unitOf(given.quality),
            twin.releasedRows,
          ),
        }),
    ...loadMetrics(load),
  };
  const leftOut = perturbations.filter((kind) => given.perturbations[kind] === false);
  const sustained = load.find(({ concurrency }) => concurrency >= given.load.sustain);
  return {
    builtIn: [
      meaningfulFloor(given.quality, undisturbed),
      undisturbedHolds(given.quality, undisturbed),
      answered(facts),
      ...twinChecks(twin, given.twin),
      loadCheck(load, given.load),
    ],
    metrics,
    ...(sustained === undefined ? {} : { envelope: sustained.envelope }),
    details: { undisturbed, curves: Object.fromEntries(curves), leftOut, twin, load, parameters: given },
    headline: headlineOf(facts, metrics, leftOut),
  };
}

function metricOf({ estimate, lower, upper }: Bounded, unit: string, samples: number): Metric {
  return { value: estimate, unit, samples, lower, upper };
}

/** A floor that somebody who looks at nothing keeps would let every model pass. */
function meaningfulFloor(quality: QualityFloor, { constant }: Undisturbed): CheckResult {
  const { limit, better } = floorOf(quality);
  const holds = better === 'higher' ? limit > constant : limit < constant;
  const what = `the floor of ${quality.metric} is ${asNumber(limit)}; the same answer to every row reaches ${asNumber(constant)}`;
  return blocking('floor', quality.metric, holds, holds ? what : `${what}: set a floor that is better`);
}

function undisturbedHolds(quality: QualityFloor, { point }: Undisturbed): CheckResult {
  const standing = standingOf(point, floorOf(quality));
  const what = `${quality.metric} on ${asCount(point.rows)} rows as they are is ${asNumber(point.estimate)} (${asNumber(point.lower)} to ${asNumber(point.upper)}), and the floor is ${asNumber(quality.floor)}`;
  if (standing.stands !== 'open')
    return blocking('undisturbed', quality.metric, standing.stands === 'holds', what);
  const { rowsNeeded } = standing;
  const reason = `${what}: ${rowsNeeded === null ? 'no number of rows' : `about ${asCount(rowsNeeded)} rows`} would tell`;
  return {
    name: 'undisturbed',
    metric: quality.metric,
    severity: 'blocking',
    verdict: 'inconclusive',
    reason,
  };
}

function answered({ undisturbed, curves }: SyntheticFacts): CheckResult {
  const bad = curves.find(([, { unanswered }]) => unanswered > 0);
  const [where, first] = undisturbed.unanswered > 0 ? ['rows as they are', undisturbed] : (bad ?? []);
  const total = curves.reduce((sum, [, { unanswered }]) => sum + unanswered, undisturbed.unanswered);
  return blocking(
    'answered',
    'error-rate',
    first === undefined,
    first === undefined
      ? 'every row was answered with a probability, at every intensity'
      : `${asCount(total)} rows were not answered, first of all under ${where ?? ''}: ${first.whyNot}`,
  );
}

function curveMetrics({ given: { quality }, curves }: SyntheticFacts): Metrics {
  const unit = unitOf(quality);
  const floor = floorOf(quality);
  const metrics: Record<string, Metric> = {};
  for (const [kind, { points }] of curves) {
    if (points.length < 2) continue; // one intensity that could be measured is no curve
    const samples = points.reduce((sum, { rows }) => sum + rows, 0);
    const { first, tolerated } = breakingPoint(points, floor);
    metrics[`${kind}-robustness`] = metricOf(areaUnder(points), unit, samples);
    metrics[`${kind}-tolerated`] = { value: tolerated, unit: '1', samples };
    if (first !== null) metrics[`${kind}-breaks-at`] = { value: first, unit: '1', samples };
  }
  const ending = (suffix: string): Metric[] =>
    Object.entries(metrics).flatMap(([name, metric]) => (name.endsWith(suffix) ? [metric] : []));
  const worst = (from: readonly Metric[], sign: number): Metric | undefined =>
    from.reduce<Metric | undefined>((a, b) => (a && sign * a.value <= sign * b.value ? a : b), undefined);
  const area = worst(ending('-robustness'), floor.better === 'higher' ? 1 : -1);
  const tolerated = worst(ending('-tolerated'), 1);
  if (area !== undefined) metrics['worst-robustness'] = area;
  if (tolerated !== undefined) metrics['worst-tolerated'] = tolerated;
  return metrics;
}

/** Up to which load all levels keep the budget. */
function sustainedBy(load: readonly LoadLevel[]): LoadLevel | undefined {
  const broken = load.findIndex(({ withinBudget }) => !withinBudget);
  return broken < 0 ? load.at(-1) : load[broken - 1];
}

function loadMetrics(load: readonly LoadLevel[]): Metrics {
  const metrics: Record<string, Metric> = {};
  for (const { concurrency, envelope } of load) {
    const samples = envelope.requests;
    metrics[`latency-p99-at-${concurrency}`] = { value: envelope.latencyMs.p99, unit: 'ms', samples };
  }
  const best = sustainedBy(load);
  const samples = load.reduce((sum, { envelope }) => sum + envelope.requests, 0);
  const sustained = { value: best?.concurrency ?? 0, unit: 'callers', samples };
  const throughput = Math.max(0, ...load.map(({ envelope }) => envelope.throughputPerSecond));
  return {
    ...metrics,
    'sustained-concurrency': sustained,
    throughput: { value: throughput, unit: '1/s', samples },
  };
}

function loadCheck(load: readonly LoadLevel[], budget: SyntheticParameters['load']): CheckResult {
  const best = sustainedBy(load)?.concurrency ?? 0;
  const broken = load.find(({ withinBudget }) => !withinBudget);
  const limits = `p99 ${asNumber(budget.latencyMs)} ms, ${asNumber(budget.errorRate * 100)} % errors`;
  const found =
    broken === undefined
      ? ''
      : `; ${broken.concurrency} had p99 ${asNumber(broken.envelope.latencyMs.p99)} ms and ${asNumber(broken.envelope.errorRate * 100)} % errors`;
  const reason = `${best} callers at a time were served within the budget (${limits}), and ${budget.sustain} must be${found}`;
  return blocking('load', 'sustained-concurrency', best >= budget.sustain, reason);
}

function headlineOf(
  { curves, undisturbed, given: { quality } }: SyntheticFacts,
  metrics: Metrics,
  leftOut: readonly string[],
): string {
  const broken = curves.flatMap(([kind]) => {
    const at = metrics[`${kind}-breaks-at`];
    return at === undefined ? [] : [`${kind} from ${asNumber(at.value)}`];
  });
  const first = `${quality.metric} ${asNumber(undisturbed.point.estimate)} as it is, ${asNumber(metrics['worst-robustness']?.value ?? 0)} over the worst of ${curves.length} curves`;
  const breaks =
    broken.length === 0
      ? 'no perturbation breaks the floor'
      : `the floor of ${asNumber(quality.floor)} breaks under ${broken.join(', ')}`;
  return `${first}; ${breaks}${leftOut.length === 0 ? '' : `; left out: ${leftOut.join(', ')}`}`;
}
