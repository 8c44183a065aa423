import { watchGateways } from '../../../adapters/alerts/index.ts';
import type { CheckResult } from '../../../contracts/report.ts';
import { usualThresholds } from '../../../domain/alerts/index.ts';
import type { Plan } from '../../../contracts/plan.ts';
import type { ActivityContext } from '../../context.ts';
import { Caller } from '../faults/caller.ts';
import { readGolden } from '../golden.ts';
import type { FeatureRow } from '../model-client.ts';
import { blocking, stoppedBy, type Findings } from '../stage-report.ts';
import type { Trial } from '../trial.ts';
import { alertChecks } from './alert-checks.ts';
import { AlertInbox } from './alert-inbox.ts';
import { alertPosition, alertsBehind } from './alerts-in-log.ts';
import { SteadyCallers } from './callers.ts';
import { StagingReplicas } from './staging-replicas.ts';

interface Wanted {
  /** Of the two replicas; the first is the trial's own serving process. */
  readonly names: readonly [string, string];
  /** Whose alerts these are, such as `drill`. */
  readonly environment: string;
  readonly given: {
    readonly loadSeconds: number;
    readonly seed: number;
    readonly alertLog: boolean;
    readonly timeoutMs: number;
    readonly slowMs: number;
    readonly spikeMs: number;
    readonly lookEveryMs: number;
  };
}

/** Two serving processes behind proxies, with the watch of production over them, and a webhook of the stage's own. */
export interface WatchedStaging {
  readonly staging: StagingReplicas;
  readonly inbox: AlertInbox;
  /** Golden rows, for callers to send. */
  readonly rows: readonly FeatureRow[];
  /** Callers who never stop, until the stage ends. */
  callers(count: number): SteadyCallers;
  /** Ends the watch, and says whether every alert reached webhook and log, once each. */
  alertsDelivered(): Promise<CheckResult[]>;
}

/** Starts it, runs `work`, and ends everything whatever happens. A version that does not load is a finding. */
export async function inWatchedStaging(
  context: ActivityContext,
  plan: Plan,
  trial: Trial,
  { names, environment, given }: Wanted,
  work: (watched: WatchedStaging) => Promise<Findings>,
): Promise<Findings> {
  const { signal, signature } = trial;
  const { rows } = await readGolden(context.evidence, plan, signature);
  const staging = new StagingReplicas(context, plan, trial, given.loadSeconds);
  const inbox = await AlertInbox.open();
  const ending: (() => Promise<unknown>)[] = [() => inbox.close(), () => staging.close()];
  try {
    const refused =
      (await staging.add(names[0], trial.serving, given.seed)) ??
      (await staging.add(names[1], await staging.start(), given.seed + 1));
    if (refused !== null) return stoppedBy(blocking('loads', 'load-seconds', false, refused));
    const { model, version, serving } = plan;
    const { timeoutMs, alertLog, slowMs, spikeMs, lookEveryMs } = given;
    const position = alertLog ? await alertPosition(context.log) : undefined;
    const caller = new Caller({ model, version, signature, timeoutMs, fallback: serving.fallback.score });
    const troubles: string[] = [];
    const watch = watchGateways({
      environment: `${environment}/${model}/${version}`,
      targets: Object.fromEntries(staging.replicas.map(({ name, proxy }) => [name, proxy.url])),
      sinks: { webhook: inbox.url, ...(alertLog ? { log: context.log } : {}) },
      policy: { ...usualThresholds, slowMs, raiseAfter: 2, resolveAfter: 2, windowLooks: 4 },
      everyMs: lookEveryMs,
      timeoutMs: Math.max(5000, spikeMs * 3),
      onError: (error) => troubles.push(error instanceof Error ? error.message : String(error)),
    });
    ending.unshift(() => watch.stop());
    return await work({
      staging,
      inbox,
      rows,
      callers: (count) => {
        const callers = new SteadyCallers(caller, staging.replicas, rows, count);
        ending.unshift(() => callers.close());
        return callers;
      },
      alertsDelivered: async () => {
        // What is on its way when the watch ends is cut short, and says nothing about delivery.
        const undelivered = [...troubles];
        await watch.stop();
        const logged = position === undefined ? undefined : await alertsBehind(context.log, position, signal);
        return alertChecks(inbox, logged, undelivered);
      },
    });
  } finally {
    for (const end of ending) await end();
  }
}
