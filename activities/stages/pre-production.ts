import { setTimeout as sleep } from 'node:timers/promises';
import type { StageActivity } from '../../contracts/activities.ts';
import type { CheckResult, Metrics } from '../../contracts/report.ts';
import { incidentDrillParameters } from '../../contracts/schemas/incident-drill.ts';
import {
  preProductionParameters,
  type PreProductionParameters,
} from '../../contracts/schemas/pre-production.ts';
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
import { defineTrialStage } from './define-stage.ts';
import type { SteadyCallers } from './incidents/callers.ts';
import { drillRollback, whileBroken, type Drill } from './incidents/drill-mode.ts';
import { inWatchedStaging } from './incidents/watched-staging.ts';
import { alertsEmitted, failureOf, metricsEmitted, type RehearsedAlert } from './pre-production/emitted.ts';
import { envelopeOf, latencies, peakOf } from './pre-production/peak.ts';
import { restartEach, toggle } from './pre-production/regions.ts';
import { replay, type Replayed } from './pre-production/replay.ts';
import type { Progress } from './progress.ts';
import type { Findings } from './stage-report.ts';

const STEADY = 3;
const PHASES = ['peak', 'region-loss', 'restart', 'toggle', 'observability', 'rollback'] as const;

/** Would the whole thing hold on the worst day? */
export function preProduction(context: ActivityContext): StageActivity {
  return defineTrialStage(context, {
    parameters: preProductionParameters,
    phases: () => PHASES,
    run: ({ plan, trial, given, progress }) =>
      inWatchedStaging(
        context,
        plan,
        trial,
        { names: ['region-1', 'region-2'], environment: 'rehearsal', given },
        ({ staging, inbox, rows, callers, alertsDelivered }) => {
          const { signal, signature } = trial;
          const { timeoutMs, slowMs, spikeMs, runbookSeconds, alertSeconds } = given;
          const drill: Drill = {
            ...{ context, plan, signature, signal, staging, inbox, rows, callers: callers(0) },
            given: incidentDrillParameters.parse({
              spikeMs,
              runbookSeconds,
              alertSeconds,
              timeoutMs,
              slowMs,
            }),
          };
          return rehearse(drill, given, progress, () => callers(STEADY), alertsDelivered);
        },
      ),
  });
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
