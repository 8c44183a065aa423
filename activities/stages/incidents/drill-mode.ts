import type { IncidentDrillParameters } from '../../../contracts/schemas/incident-drill.ts';
import type { Plan, Signature } from '../../../contracts/plan.ts';
import { FALLBACK_VERSION } from '../../../contracts/gateway.ts';
import type { ModeFacts, RollbackFacts, RunbookFacts } from '../../../domain/incidents/index.ts';
import type { ActivityContext } from '../../context.ts';
import { failure } from '../../failure.ts';
import type { Outcome } from '../faults/caller.ts';
import type { FeatureRow } from '../model-client.ts';
import type { AlertInbox } from './alert-inbox.ts';
import type { SteadyCallers } from './callers.ts';
import { runRunbook } from './runbook.ts';
import type { StagingReplicas } from './staging-replicas.ts';

export interface Drill {
  readonly context: ActivityContext;
  readonly plan: Plan;
  readonly given: IncidentDrillParameters;
  readonly signature: Signature;
  readonly rows: readonly FeatureRow[];
  readonly staging: StagingReplicas;
  readonly callers: SteadyCallers;
  readonly inbox: AlertInbox;
  readonly signal: AbortSignal;
}

export type AlertedMode = 'latency-spike' | 'data-source-loss' | 'replica-loss';

/** Breaks it, waits for the alert, runs the runbook, mends it, and waits until the alert is over. */
export async function drillMode(drill: Drill, mode: AlertedMode): Promise<ModeFacts> {
  const settings = drill.given.failureModes[mode];
  if (settings === undefined) throw new Error(`the failure mode ${mode} is not declared`);
  const { alert, degradedMode, runbook } = settings;
  const {
    done: ran,
    outcomes,
    ...noticed
  } = await whileBroken(drill, mode, alert, () => run(drill, runbook, alert));
  const asDeclared = outcomes.filter(({ by }) =>
    degradedMode === 'fallback' ? by === 'caller' || by === 'gateway' : by === 'model',
  ).length;
  const { alertSeconds, resolvedSeconds } = noticed;
  return {
    alert,
    degradedMode,
    alertSeconds,
    resolvedSeconds,
    calls: outcomes.length,
    asDeclared,
    runbook: ran,
  };
}

export interface Noticed<T> extends Pick<ModeFacts, 'alertSeconds' | 'resolvedSeconds'> {
  readonly done: T;
  /** What steady callers met while it was broken. */
  readonly outcomes: readonly Outcome[];
  /** From the beginning of the mending until it was done. */
  readonly mendSeconds: number;
}

/** Breaks it, waits for the alert, does something meanwhile, mends it, and waits until the alert is over. */
export async function whileBroken<T>(
  drill: Drill,
  mode: AlertedMode,
  alert: string,
  work: () => Promise<T>,
): Promise<Noticed<T>> {
  const { given, inbox, callers, signal } = drill;
  // An alert that stands before the failure says nothing about it.
  await inbox.until(() => inbox.standing().length === 0, given.alertSeconds, signal);
  const before = inbox.received.length;
  const news = (kind: 'raised' | 'resolved') =>
    inbox.received.slice(before).some((one) => one.kind === kind && one.alert === alert);

  callers.take();
  const lift = begin(drill, mode);
  let alertSeconds: number | null;
  let done: T;
  let mendSeconds: number;
  let outcomes: readonly Outcome[];
  try {
    alertSeconds = await inbox.until(() => news('raised'), given.alertSeconds, signal);
    done = await work();
    outcomes = callers.take();
  } finally {
    const began = performance.now();
    await lift();
    mendSeconds = Math.round(performance.now() - began) / 1000;
  }
  const over = () => news('resolved') && inbox.standing().every((one) => one.alert !== alert);
  const resolvedSeconds = alertSeconds === null ? null : await inbox.until(over, given.alertSeconds, signal);
  return { alertSeconds, resolvedSeconds, done, outcomes, mendSeconds };
}

/** Begins a failure; the answer ends it. */
function begin({ given, staging, callers, signature }: Drill, mode: AlertedMode): () => Promise<void> {
  switch (mode) {
    case 'latency-spike': {
      const spike = { kind: 'delay', share: 1, ms: given.spikeMs } as const;
      for (const { proxy } of staging.replicas) proxy.set(spike);
      return () => {
        for (const { proxy } of staging.replicas) proxy.set(undefined);
        return Promise.resolve();
      };
    }
    case 'data-source-loss': {
      const known = signature.inputs.map(({ name }) => name);
      const gone = given.failureModes['data-source-loss']?.inputs ?? known.slice(0, 1);
      const unknown = gone.find((name) => !known.includes(name));
      if (unknown !== undefined)
        throw failure('PlanInvalid', `data-source-loss names the input ${unknown}, which the model has not`);
      const nothing = Object.fromEntries(gone.map((name) => [name, null]));
      callers.rowOf = (row) => ({ ...row, ...nothing });
      return () => {
        callers.rowOf = (row) => row;
        return Promise.resolve();
      };
    }
    case 'replica-loss': {
      const victim = staging.replicas[0];
      if (victim === undefined) throw new Error('there is no replica to kill');
      process.kill(victim.serving.pid, 'SIGKILL');
      return () => staging.replace(victim);
    }
  }
}

function run(drill: Drill, runbook: string, alert: string): Promise<RunbookFacts> {
  const { context, plan, given, staging, signal } = drill;
  const env = {
    GATEWAY_URLS: staging.replicas.map(({ serving }) => serving.url).join(' '),
    MODEL: plan.model,
    VERSION: plan.version,
    BASELINE: FALLBACK_VERSION,
    ALERT: alert,
  };
  return runRunbook(context, plan, runbook, env, given.runbookSeconds, signal);
}

const COUNTED = 60;

/** The version turns out bad: the runbook takes it out of traffic, and only counting says that it did. */
export async function drillRollback(drill: Drill, runbook: string): Promise<RollbackFacts> {
  const { plan, callers, rows } = drill;
  const objective = plan.rollback.objectiveSeconds;
  const began = performance.now();
  const spent = (): number => Math.round(performance.now() - began) / 1000;
  const ran = await run(drill, runbook, '');
  for (let round = 0; ; round++) {
    const asked = Array.from({ length: COUNTED }, (_, n) =>
      callers.ask(`count-${round}-${n}`, rows[n % rows.length] ?? {}),
    );
    const outcomes = await Promise.all(asked);
    // Only the gateway's own word counts: a caller that had no answer does not know who serves.
    const byBaseline = outcomes.filter(({ by }) => by === 'gateway').length;
    const byVersion = outcomes.filter(({ by }) => by === 'model').length;
    const seconds = spent();
    if (byBaseline === COUNTED) return { runbook: ran, seconds, calls: COUNTED, byVersion };
    if (seconds > objective) return { runbook: ran, seconds: null, calls: COUNTED, byVersion };
    drill.signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
