import { setTimeout as sleep } from 'node:timers/promises';
import type { StageActivity } from '../../contracts/activities.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { CheckResult, Metrics } from '../../contracts/report.ts';
import { incidentDrillParameters } from '../../contracts/schemas/incident-drill.ts';
import {
  preProductionParameters,
  type PreProductionParameters,
} from '../../contracts/schemas/pre-production.ts';
import { watchGateways } from '../../adapters/alerts/index.ts';
import { usualThresholds } from '../../domain/alerts/index.ts';
import { judgeRollback } from '../../domain/incidents/index.ts';
import { asCount, asNumber } from '../../domain/plan/index.ts';
import {
  checklistCheck,
  layerChecks,
  lostCheck,
  lostMetric,
  toggleCheck,
} from '../../domain/pre-production/index.ts';
import type { ActivityContext } from '../context.ts';
import { readPlan, stageOf } from '../plan.ts';
import { Caller } from './faults/caller.ts';
import { readGolden } from './golden.ts';
import { alertChecks } from './incidents/alert-checks.ts';
import { AlertInbox } from './incidents/alert-inbox.ts';
import { alertPosition, alertsSince } from './incidents/alerts-in-log.ts';
import { SteadyCallers } from './incidents/callers.ts';
import { drillRollback, whileBroken, type Drill } from './incidents/drill-mode.ts';
import { StagingReplicas } from './incidents/staging-replicas.ts';
import { readParameters } from './parameters.ts';
import { Progress } from './progress.ts';
import { alertsEmitted, failureOf, metricsEmitted, type RehearsedAlert } from './pre-production/emitted.ts';
import { envelopeOf, latencies, peakOf } from './pre-production/peak.ts';
import { restartEach, toggle } from './pre-production/regions.ts';
import { replay, type Replayed } from './pre-production/replay.ts';
import { blocking, finishReport, type Findings } from './stage-report.ts';
import { inTrial, type Trial } from './trial.ts';

const STEADY = 3;
const PHASES = ['peak', 'region-loss', 'restart', 'toggle', 'observability', 'rollback'] as const;

/** Would the whole thing hold on the worst day? */
export function preProduction(context: ActivityContext): StageActivity {
  return async (input) => {
    const startedAt = performance.now();
    const plan = await readPlan(context.evidence, input.planRef);
    const stage = stageOf(plan, input.step);
    const given = readParameters(preProductionParameters, stage);
    const progress = new Progress(context.evidence, PHASES);
    try {
      const findings = await inTrial(context, plan, (trial) =>
        inTwoRegions(context, plan, trial, given, progress),
      );
      return await finishReport(context.evidence, input, stage, startedAt, findings);
    } finally {
      progress.stop();
    }
  };
}

/** Two gateways of the stage's own behind proxies, as regions; the watch of production looks at both. */
async function inTwoRegions(
  context: ActivityContext,
  plan: Plan,
  trial: Trial,
  given: PreProductionParameters,
  progress: Progress,
): Promise<Findings> {
  const { signal, signature } = trial;
  const golden = (await readGolden(context.evidence, plan, signature)).rows;
  const staging = new StagingReplicas(context, plan, trial, given.loadSeconds);
  const inbox = await AlertInbox.open();
  const ending: (() => Promise<unknown>)[] = [() => inbox.close(), () => staging.close()];
  try {
    const refused =
      (await staging.add('region-1', trial.serving, given.seed)) ??
      (await staging.add('region-2', await staging.start(), given.seed + 1));
    if (refused !== null) {
      const notLoaded = blocking('loads', 'load-seconds', false, refused);
      return { builtIn: [notLoaded], metrics: {}, details: {}, headline: '' };
    }
    const { model, version, serving } = plan;
    const { timeoutMs, alertLog, slowMs, spikeMs, runbookSeconds, alertSeconds } = given;
    const position = alertLog ? await alertPosition(context.log) : undefined;
    const caller = new Caller({ model, version, signature, timeoutMs, fallback: serving.fallback.score });
    const troubles: string[] = [];
    const watch = watchGateways({
      environment: `rehearsal/${model}/${version}`,
      targets: Object.fromEntries(staging.replicas.map(({ name, proxy }) => [name, proxy.url])),
      sinks: { webhook: inbox.url, ...(alertLog ? { log: context.log } : {}) },
      policy: { ...usualThresholds, slowMs, raiseAfter: 2, resolveAfter: 2, windowLooks: 4 },
      everyMs: given.lookEveryMs,
      timeoutMs: Math.max(5000, spikeMs * 3),
      onError: (error) => troubles.push(error instanceof Error ? error.message : String(error)),
    });
    ending.unshift(() => watch.stop());
    const callersOf = (count: number): SteadyCallers => {
      const callers = new SteadyCallers(caller, staging.replicas, golden, count);
      ending.unshift(() => callers.close());
      return callers;
    };
    const drill: Drill = {
      ...{ context, plan, signature, rows: golden, staging, inbox, signal },
      given: incidentDrillParameters.parse({ spikeMs, runbookSeconds, alertSeconds, timeoutMs, slowMs }),
      callers: callersOf(0),
    };
    return await rehearse(
      drill,
      given,
      progress,
      () => callersOf(STEADY),
      async () => {
        // What is on its way when the watch ends is cut short, and says nothing about delivery.
        const undelivered = [...troubles];
        await watch.stop();
        const logged = position === undefined ? undefined : await alertsSince(context.log, position, signal);
        return alertChecks(inbox, logged, undelivered);
      },
    );
  } finally {
    for (const end of ending) await end();
  }
}

async function rehearse(
  drill: Drill,
  given: PreProductionParameters,
  progress: Progress,
  steadyCallers: () => SteadyCallers,
  alertsDelivered: () => Promise<CheckResult[]>,
): Promise<Findings> {
  const { plan, staging, signal, callers } = drill;
  const { maxLost, restartSeconds, maxInFlight, monitoring, budgets } = given;
  const objective = plan.rollback.objectiveSeconds;
  progress.begin('peak');
  const { arrivals, rows, pattern } = await peakOf(drill, given);
  const sending = (name: string): Promise<Replayed> =>
    replay(arrivals, { name, callers, rows, maxInFlight, signal });
  const peak = await sending('peak');
  const layers = layerChecks(peak.layers, budgets);
  progress.measured(layers.metrics);

  progress.begin('region-loss');
  const replaying = sending('loss');
  replaying.catch(() => undefined); // awaited below, after the region is lost
  await sleep((given.peak.seconds * 1000) / 3, undefined, { signal });
  const lost = await whileBroken(drill, 'replica-loss', 'replica-down', () => replaying);

  // Those who never stop, from here on: what follows is about changes and not about load.
  const steady: Drill = { ...drill, callers: steadyCallers() };
  progress.begin('restart');
  const restarted = await restartEach(steady);
  progress.begin('toggle');
  const toggled = await toggle(steady);
  progress.begin('observability');
  const metricsCheck = await metricsEmitted(staging.replicas, monitoring.metrics, signal);
  const noticed: [RehearsedAlert, { alertSeconds: number | null; resolvedSeconds: number | null }][] = [];
  for (const alert of monitoring.alerts)
    noticed.push([
      alert,
      alert === 'replica-down'
        ? lost
        : await whileBroken(steady, failureOf[alert], alert, () => Promise.resolve()),
    ]);
  const delivered = await alertsDelivered();
  progress.begin('rollback');
  const rollback = await drillRollback(steady, given.rollbackRunbook);

  const lossSaid = `region-1 was killed and was back after ${asNumber(lost.mendSeconds)} s, ${asNumber(restartSeconds)} s are allowed`;
  const restartSaid = `each region was restarted, in ${asNumber(restarted.seconds)} s at most, ${asNumber(restartSeconds)} s are allowed`;
  const checks: CheckResult[] = [
    pattern,
    lostCheck('peak', peak.facts, maxLost, {
      said: `${asNumber(arrivals.perSecond)} a second, ${asNumber(arrivals.multiple)} times the recorded peak`,
    }),
    ...layers.checks,
    lostCheck('region-loss', lost.done.facts, maxLost, {
      holds: lost.mendSeconds <= restartSeconds,
      said: lossSaid,
    }),
    lostCheck('restart', restarted.facts, maxLost, {
      holds: restarted.seconds <= restartSeconds,
      said: restartSaid,
    }),
    toggleCheck(toggled),
    metricsCheck,
    alertsEmitted(noticed, given.alertSeconds),
    ...delivered,
    ...judgeRollback('rollback', rollback, objective),
  ];
  const times = noticed.map(([, { alertSeconds }]) => alertSeconds);
  const metrics: Metrics = {
    ...lostMetric('peak', peak.facts),
    ...lostMetric('region-loss', lost.done.facts),
    ...lostMetric('restart', restarted.facts),
    ...layers.metrics,
    ...latencies(peak),
    'peak-rate': { value: arrivals.perSecond, unit: '1/s', samples: peak.facts.calls },
    'peak-multiple': { value: arrivals.multiple, unit: '1' },
    'region-loss-recovery-seconds': { value: lost.mendSeconds, unit: 's' },
    'restart-seconds': { value: restarted.seconds, unit: 's', samples: staging.replicas.length },
    ...(times.every((time) => time !== null) && times.length > 0
      ? { 'time-to-alert': { value: Math.max(...times), unit: 's', samples: times.length } }
      : {}),
    ...(rollback.seconds === null ? {} : { 'rollback-seconds': { value: rollback.seconds, unit: 's' } }),
  };
  return {
    builtIn: [
      ...checks,
      ...(given.checklist.length > 0 ? [checklistCheck(given.checklist, checks, plan)] : []),
    ],
    metrics,
    envelope: envelopeOf(peak),
    details: {
      peak: peak.facts,
      loss: lost.done.facts,
      restarted,
      toggled,
      noticed,
      rollback,
      checklist: given.checklist,
      parameters: given,
    },
    headline: `${asNumber(arrivals.perSecond)} requests a second, a region lost, every region restarted: ${asCount(peak.facts.lost + lost.done.facts.lost + restarted.facts.lost)} lost; rolled back in ${asNumber(rollback.seconds ?? 0)} s`,
  };
}
