import type { StageActivity } from '../../contracts/activities.ts';
import type { CheckResult } from '../../contracts/report.ts';
import {
  failureModes,
  incidentDrillParameters,
  type IncidentDrillParameters,
} from '../../contracts/schemas/incident-drill.ts';
import { drillMetrics, judgeMode, judgeRollback, type ModeFacts } from '../../domain/incidents/index.ts';
import { asNumber } from '../../domain/plan/index.ts';
import type { ActivityContext } from '../context.ts';
import { defineTrialStage } from './define-stage.ts';
import { drillMode, drillRollback, type AlertedMode, type Drill } from './incidents/drill-mode.ts';
import { inWatchedStaging } from './incidents/watched-staging.ts';
import type { Progress } from './progress.ts';
import { blocking, type Findings } from './stage-report.ts';

const CALLERS = 4;
const ALERTED: readonly AlertedMode[] = ['latency-spike', 'data-source-loss', 'replica-loss'];

/** When it breaks, are we ready? */
export function incidentDrill(context: ActivityContext): StageActivity {
  return defineTrialStage(context, {
    parameters: incidentDrillParameters,
    phases: () => failureModes,
    run: ({ plan, trial, given, progress }) =>
      inWatchedStaging(
        context,
        plan,
        trial,
        { names: ['replica-1', 'replica-2'], environment: 'drill', given },
        ({ staging, inbox, rows, callers, alertsDelivered }) => {
          const { signal, signature } = trial;
          const parts = { staging, inbox, rows, callers: callers(CALLERS) };
          return drillAll({ context, plan, given, signature, signal, ...parts }, progress, alertsDelivered);
        },
      ),
  });
}

async function drillAll(
  drill: Drill,
  progress: Progress,
  alerts: () => Promise<CheckResult[]>,
): Promise<Findings> {
  const { given, plan } = drill;
  const objective = plan.rollback.objectiveSeconds;
  const modes: [AlertedMode, ModeFacts][] = [];
  for (const mode of ALERTED) {
    if (given.failureModes[mode] === undefined) continue;
    modes.push([mode, await progress.phase(mode, () => drillMode(drill, mode))]);
    progress.measured(drillMetrics(modes, undefined));
  }
  const bad = given.failureModes['bad-version'];
  const rollback =
    bad === undefined
      ? undefined
      : await progress.phase('bad-version', () => drillRollback(drill, bad.runbook));
  const metrics = drillMetrics(modes, rollback);
  const toAlert = metrics['time-to-alert']?.value;
  return {
    builtIn: [
      coverage(given),
      ...modes.flatMap(([mode, facts]) => judgeMode(mode, facts, given)),
      ...(await alerts()),
      ...(rollback === undefined ? [] : judgeRollback('bad-version', rollback, objective)),
    ],
    metrics,
    details: { modes: Object.fromEntries(modes), rollback, alerts: drill.inbox.received, parameters: given },
    headline: `${modes.length} failures were noticed after at most ${asNumber(toAlert ?? 0)} s, with their runbooks; rolled back in ${asNumber(rollback?.seconds ?? 0)} s`,
  };
}

function coverage({ failureModes: declared }: IncidentDrillParameters): CheckResult {
  const without = failureModes.filter((mode) => declared[mode] === undefined);
  const reason =
    without.length === 0
      ? `each of ${failureModes.length} failure modes has a runbook, and an alert`
      : `no alert and no runbook is named for ${without.join(', ')}`;
  return blocking('coverage', 'failure-modes', without.length === 0, reason);
}
