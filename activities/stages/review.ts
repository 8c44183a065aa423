import { Context } from '@temporalio/activity';
import type { Promotion, StageActivity } from '../../contracts/activities.ts';
import type { Plan, StageStep } from '../../contracts/plan.ts';
import type { Metrics, Report } from '../../contracts/report.ts';
import { reviewParameters, type ReviewParameters } from '../../contracts/schemas/review.ts';
import { topicSettings } from '../../contracts/topics.ts';
import { asCount } from '../../domain/plan/index.ts';
import {
  compareCost,
  compareCount,
  compareDrift,
  compareErrors,
  compareFeedback,
  compareLatency,
  compareQuality,
  type Comparison,
  type CostLine,
} from '../../domain/review/index.ts';
import type { ActivityContext } from '../context.ts';
import { failure } from '../failure.ts';
import { stageOf } from '../plan.ts';
import { defineStage } from './define-stage.ts';
import type { Progress } from './progress.ts';
import { alarmsOf, alertsSince } from './review/alarms.ts';
import { hindsight, observedQuality } from './review/observed-quality.ts';
import { readProduction, type ProductionLog } from './review/production-log.ts';
import { cpuPerThousand } from './review/serving-cost.ts';
import {
  evidenceBytes,
  gateSeconds,
  heardDrift,
  incidentsOf,
  predictedBy,
  readSaid,
  reportsIn,
  trainingSeconds,
  type Said,
} from './review/what-was-said.ts';
import type { Findings } from './stage-report.ts';

const HOUR = 3_600;
const MIB = 1024 * 1024;
/** Stages that measured what a caller waits, the latest and most like production first. */
const MEASURED_LATENCY = ['pre-production', 'shadow', 'sandbox'];

/** Was it what we thought? What the stages predicted beside what production showed since the promotion. */
export function review(context: ActivityContext): StageActivity {
  return defineStage(context, {
    parameters: reviewParameters,
    prepare: ({ plan, input }) => {
      const { promotion, step } = input;
      if (promotion === undefined)
        throw failure('PlanInvalid', 'a review looks at production: put it after the stage production');
      return Promise.resolve({ promotion, stage: stageOf(plan, step) });
    },
    phases: () => ['production', 'compare'],
    run: ({ plan, given, files: { stage, promotion }, progress }) =>
      compare(context, plan, stage, promotion, given, progress),
  });
}

interface Facts {
  readonly plan: Plan;
  readonly stage: StageStep;
  readonly promotion: Promotion;
  readonly given: ReviewParameters;
  readonly said: Said;
  readonly reports: ReadonlyMap<string, Report>;
  readonly production: ProductionLog;
  readonly signal: AbortSignal;
}

async function compare(
  context: ActivityContext,
  plan: Plan,
  stage: StageStep,
  promotion: Promotion,
  given: ReviewParameters,
  progress: Progress,
): Promise<Findings> {
  const { cancellationSignal: signal } = Context.current();
  const { model, version } = plan;
  const said = await readSaid(context, plan);
  await context.log.ensureTopics(topicSettings);
  progress.begin('production');
  const { slices } = given.feedback;
  const wanted = { model, version, promotion, slices, maxRows: given.maxRows };
  const production = await readProduction(context.log, wanted, signal);
  progress.begin('compare');
  const reports = reportsIn(said.release);
  const facts: Facts = { plan, stage, promotion, given, said, reports, production, signal };

  const quality = await observedQuality(production.answers, {
    threshold: plan.serving.threshold,
    seed: given.seed,
    signal,
  });
  progress.measured(quality);
  const drift = await driftOf(context, facts);
  const comparisons: Comparison[] = [
    ...compareQuality(predictionsOf(reports, Object.keys(given.quality)), quality, given.quality),
    ...serviceOf(facts),
    ...drift.comparisons,
    ...(await costsOf(context, facts)),
    compareFeedback(production.said, given.feedback),
    compareCount('incidents', incidentsOf(said.model, version), given.maxIncidents),
    compareCount('alerts', await alertsSince(context.log, promotion.at, signal), given.maxAlerts),
  ];
  return {
    builtIn: comparisons.map(({ check }) => check),
    metrics: metricsOf(comparisons, production),
    details: {
      promotion,
      soak: stage.review?.soak ?? null,
      comparisons: comparisons.map(({ metric, predicted, observed, check }) => ({
        metric,
        predicted,
        observed,
        verdict: check.verdict,
        reason: check.reason,
      })),
      windows: drift.windows,
      unheardAlarms: drift.unheard,
      cut: production.cut,
      parameters: given,
    },
    headline: headline(comparisons, production),
  };
}

function predictionsOf(reports: Facts['reports'], names: readonly string[]) {
  const found = names.map((name) => [name, predictedBy(reports, ['sandbox'], name)] as const);
  return Object.fromEntries(found.flatMap(([name, one]) => (one === null ? [] : [[name, one]])));
}

function serviceOf({ production: { answers }, reports, given }: Facts): Comparison[] {
  const unanswered = answers.filter(({ score }) => score === null).length;
  const latencies = answers.map(({ latencyMs }) => latencyMs).filter(Number.isFinite);
  const served = { latencies, requests: answers.length, unanswered };
  const by = (metric: string) => predictedBy(reports, MEASURED_LATENCY, metric);
  const predicted = { 'latency-p50': by('latency-p50'), 'latency-p99': by('latency-p99') };
  return [
    ...compareLatency(predicted, served, given.latencyFactor),
    compareErrors(predictedBy(reports, ['pre-production', 'sandbox'], 'error-rate'), served, given.maxErrors),
  ];
}

async function driftOf(context: ActivityContext, { plan, said, reports, production, signal }: Facts) {
  const { watch, retraining, model, version } = plan;
  if (watch === undefined) return { comparisons: [], windows: [], unheard: 0 };
  const windowMs = watch.windowHours * HOUR * 1000;
  const expected = predictedBy(reports, ['sandbox'], 'log-loss');
  const windows =
    expected === null
      ? []
      : hindsight(production.answers, {
          windowMs,
          minRows: watch.minRows,
          most: expected.value + watch.logLossIncrease,
        });
  const minSeverity = retraining?.policy.minSeverity ?? 'critical';
  const heard = heardDrift(said.model, version);
  const alarms = await alarmsOf(context.log, { model, version, minSeverity }, heard, signal);
  const rehearsed = reports.get('drift-rehearsal')?.metrics ?? null;
  const comparisons = compareDrift({ windows, windowMs, alarms: alarms.windowEnds, rehearsed });
  return { comparisons, windows, unheard: alarms.unheard };
}

async function costsOf({ gatewayUrl }: ActivityContext, facts: Facts): Promise<Comparison[]> {
  const { plan, said, reports, given, signal } = facts;
  const seconds = trainingSeconds(said.retraining);
  const trainingLimit = plan.retraining?.trainer.timeoutSeconds ?? null;
  const { cpuSeconds, requests } = reports.get('sandbox')?.envelope ?? {};
  const cpu =
    cpuSeconds === undefined || requests === undefined || requests === 0
      ? null
      : { value: (cpuSeconds / requests) * 1000, unit: 's', from: 'sandbox' };
  const timeouts = plan.steps.reduce(
    (sum, step) => sum + (step.kind === 'gate' ? step.timeoutSeconds : 0),
    0,
  );
  const lines: CostLine[] = [
    {
      metric: 'training-seconds',
      unit: 's',
      observed:
        seconds === null
          ? { notMeasured: 'this version was not trained by a retraining of ours' }
          : { value: seconds },
      predicted: null,
      most: trainingLimit,
    },
    {
      metric: 'cpu-seconds-per-thousand',
      unit: 's',
      observed: await cpuPerThousand(gatewayUrl, signal),
      predicted: cpu,
      most: cpu === null ? null : cpu.value * given.cpuFactor,
    },
    {
      metric: 'gate-hours',
      unit: 'h',
      observed: { value: gateSeconds(said.release) / HOUR },
      predicted: null,
      most: given.maxGateHours ?? timeouts / HOUR,
    },
    {
      metric: 'evidence-mib',
      unit: 'MiB',
      observed: { value: evidenceBytes(said.release) / MIB },
      predicted: null,
      most: given.maxEvidenceMiB,
    },
  ];
  return compareCost(lines);
}

/** Observed under the name that every stage uses, predicted beside it. */
function metricsOf(comparisons: readonly Comparison[], { answers }: ProductionLog): Metrics {
  const observed = comparisons.flatMap(({ metric, observed: found }) =>
    found !== null && Number.isFinite(found.value) ? [[metric, found] as const] : [],
  );
  const predicted = comparisons.flatMap(({ metric, predicted: found }) => {
    if (found === null) return [];
    const { from: _from, ...number } = found;
    return [[`predicted-${metric}`, number] as const];
  });
  const labelled = answers.filter(({ label, score }) => label !== null && score !== null).length;
  return {
    predictions: { value: answers.length, unit: 'predictions' },
    labelled: { value: labelled, unit: 'predictions' },
    ...Object.fromEntries([...observed, ...predicted]),
  };
}

function headline(comparisons: readonly Comparison[], { answers, cut }: ProductionLog): string {
  const of = (verdict: string): number => comparisons.filter(({ check }) => check.verdict === verdict).length;
  const more = cut ? ', the first of more' : '';
  return `of ${comparisons.length} comparisons over ${asCount(answers.length)} predictions${more}, ${of('pass')} came as predicted, ${of('fail')} did not, and ${of('inconclusive')} are open`;
}
