import type { StageActivity } from '../../contracts/activities.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { CheckResult } from '../../contracts/report.ts';
import {
  failureModes,
  incidentDrillParameters,
  type IncidentDrillParameters,
} from '../../contracts/schemas/incident-drill.ts';
import { usualThresholds } from '../../domain/alerts/index.ts';
import { drillMetrics, judgeMode, judgeRollback, type ModeFacts } from '../../domain/incidents/index.ts';
import { asNumber } from '../../domain/plan/index.ts';
import { watchGateways } from '../../adapters/alerts/index.ts';
import type { ActivityContext } from '../context.ts';
import { readPlan, stageOf } from '../plan.ts';
import { Caller } from './faults/caller.ts';
import { readGolden } from './golden.ts';
import { AlertInbox } from './incidents/alert-inbox.ts';
import { alertChecks } from './incidents/alert-checks.ts';
import { alertPosition, alertsSince } from './incidents/alerts-in-log.ts';
import { SteadyCallers } from './incidents/callers.ts';
import { drillMode, drillRollback, type AlertedMode, type Drill } from './incidents/drill-mode.ts';
import { StagingReplicas } from './incidents/staging-replicas.ts';
import { readParameters } from './parameters.ts';
import { Progress } from './progress.ts';
import { blocking, finishReport, type Findings } from './stage-report.ts';
import { inTrial, type Trial } from './trial.ts';

const CALLERS = 4;
const ALERTED: readonly AlertedMode[] = ['latency-spike', 'data-source-loss', 'replica-loss'];

/** When it breaks, are we ready? */
export function incidentDrill(context: ActivityContext): StageActivity {
  return async (input) => {
    const startedAt = performance.now();
    const plan = await readPlan(context.evidence, input.planRef);
    const stage = stageOf(plan, input.step);
    const given = readParameters(incidentDrillParameters, stage);
    const progress = new Progress(context.evidence, failureModes);
    try {
      const findings = await inTrial(context, plan, (trial) =>
        inStaging(context, plan, trial, given, progress),
      );
      return await finishReport(context.evidence, input, stage, startedAt, findings);
    } finally {
      progress.stop();
    }
  };
}

/** Two replicas behind proxies, callers who never stop, and the watch of production with a webhook of the drill's own. */
async function inStaging(
  context: ActivityContext,
  plan: Plan,
  trial: Trial,
  given: IncidentDrillParameters,
  progress: Progress,
): Promise<Findings> {
  const { signal, signature } = trial;
  const { rows } = await readGolden(context.evidence, plan, signature);
  const staging = new StagingReplicas(context, plan, trial, given.loadSeconds);
  const inbox = await AlertInbox.open();
  const ending: (() => Promise<unknown>)[] = [() => inbox.close(), () => staging.close()];
  try {
    const refused =
      (await staging.add('replica-1', trial.serving, given.seed)) ??
      (await staging.add('replica-2', await staging.start(), given.seed + 1));
    if (refused !== null) {
      const notLoaded = blocking('loads', 'load-seconds', false, refused);
      return { builtIn: [notLoaded], metrics: {}, details: {}, headline: '' };
    }
    const position = given.alertLog ? await alertPosition(context.log) : undefined;
    const { model, version, serving } = plan;
    const { timeoutMs } = given;
    const caller = new Caller({ model, version, signature, timeoutMs, fallback: serving.fallback.score });
    const callers = new SteadyCallers(caller, staging.replicas, rows, CALLERS);
    ending.unshift(() => callers.close());
    const troubles: string[] = [];
    const watch = watchGateways({
      environment: `drill/${model}/${version}`,
      targets: Object.fromEntries(staging.replicas.map(({ name, proxy }) => [name, proxy.url])),
      sinks: { webhook: inbox.url, ...(given.alertLog ? { log: context.log } : {}) },
      policy: { ...usualThresholds, slowMs: given.slowMs, raiseAfter: 2, resolveAfter: 2, windowLooks: 4 },
      everyMs: given.lookEveryMs,
      timeoutMs: Math.max(5000, given.spikeMs * 3),
      onError: (error) => troubles.push(error instanceof Error ? error.message : String(error)),
    });
    ending.unshift(() => watch.stop());
    const drill: Drill = { context, plan, given, signature, rows, staging, callers, inbox, signal };
    return await drillAll(drill, progress, async () => {
      // What is on its way when the watch ends is cut short, and says nothing about delivery.
      const undelivered = [...troubles];
      await watch.stop();
      const logged = position === undefined ? undefined : await alertsSince(context.log, position, signal);
      return alertChecks(inbox, logged, undelivered);
    });
  } finally {
    for (const end of ending) await end();
  }
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
