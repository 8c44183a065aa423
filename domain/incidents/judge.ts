import type { CheckResult, Metric, Metrics } from '../../contracts/report.ts';
import { asNumber } from '../plan/index.ts';

export interface RunbookFacts {
  /** Digest of the file that was run; null when the plan has none. */
  readonly sha256: string | null;
  /** First line of each command. */
  readonly commands: readonly string[];
  readonly seconds: number;
  /** Why it is not a runbook that works; absent when it is. */
  readonly problem?: string;
}

/** What one failure showed, from its beginning to the end of its alert. */
export interface ModeFacts {
  readonly alert: string;
  readonly degradedMode: string;
  /** From the failure to the alert; null when it had not come in time. */
  readonly alertSeconds: number | null;
  /** From the end of the failure to the end of the alert; null when it was not over in time. */
  readonly resolvedSeconds: number | null;
  /** Calls while it was broken, and those of them that were answered in the declared way. */
  readonly calls: number;
  readonly asDeclared: number;
  readonly runbook: RunbookFacts;
}

export interface RollbackFacts {
  readonly runbook: RunbookFacts;
  /** From the first command of the runbook until no call was answered by the version; null when one still was. */
  readonly seconds: number | null;
  readonly calls: number;
  readonly byVersion: number;
}

export function judgeMode(
  mode: string,
  facts: ModeFacts,
  limits: { readonly alertSeconds: number; readonly minDegraded: number },
): CheckResult[] {
  const { alert, alertSeconds, resolvedSeconds, calls, asDeclared, degradedMode } = facts;
  const raised = alertSeconds !== null && alertSeconds <= limits.alertSeconds;
  const noticed = raised && resolvedSeconds !== null;
  const told = !raised
    ? `the alert ${alert} had not come ${asNumber(limits.alertSeconds)} s after the failure began`
    : resolvedSeconds === null
      ? `the alert ${alert} came after ${asNumber(alertSeconds)} s, and was not over ${asNumber(limits.alertSeconds)} s after the failure ended`
      : `the alert ${alert} came after ${asNumber(alertSeconds)} s, and was over ${asNumber(resolvedSeconds)} s after the failure ended`;
  // No calls would mean that nothing is known of the degraded mode.
  const degraded = calls > 0 && asDeclared >= limits.minDegraded * calls;
  return [
    check(`${mode}-alert`, `${mode}-alert-seconds`, noticed, told),
    check(
      `${mode}-degraded`,
      `${mode}-degraded-share`,
      degraded,
      `${asDeclared} of ${calls} calls were answered as declared (${degradedMode}), at least ${asNumber(limits.minDegraded * 100)} % are asked`,
    ),
    runbookCheck(mode, facts.runbook),
  ];
}

export function judgeRollback(
  mode: string,
  { runbook, seconds, calls, byVersion }: RollbackFacts,
  objectiveSeconds: number,
): CheckResult[] {
  const holds = seconds !== null && seconds <= objectiveSeconds;
  const reason =
    seconds === null
      ? `the version still answered ${byVersion} of the last ${calls} calls ${asNumber(objectiveSeconds)} s after the rollback began`
      : `rolled back and counted after ${asNumber(seconds)} s, ${asNumber(objectiveSeconds)} s are the objective`;
  return [runbookCheck(mode, runbook), check('rollback', 'rollback-seconds', holds, reason)];
}

function runbookCheck(mode: string, { problem, commands, seconds, sha256 }: RunbookFacts): CheckResult {
  const well = `${commands.length} command(s) of the runbook ${sha256?.slice(0, 12) ?? ''} ran in ${asNumber(seconds)} s`;
  return check(`${mode}-runbook`, `${mode}-runbook-seconds`, problem === undefined, problem ?? well);
}

function check(name: string, metric: string, holds: boolean, reason: string): CheckResult {
  return { name, metric, severity: 'blocking', verdict: holds ? 'pass' : 'fail', reason };
}

/** What was measured; a time that was not seen to end is left out, and a check on it says `error`. */
export function drillMetrics(
  modes: readonly (readonly [string, ModeFacts])[],
  rollback: RollbackFacts | undefined,
): Metrics {
  const metrics: Record<string, Metric> = {};
  const seconds = (name: string, value: number | null | undefined): void => {
    if (value !== null && value !== undefined) metrics[name] = { value, unit: 's' };
  };
  for (const [mode, facts] of modes) {
    const { calls, asDeclared, alertSeconds, resolvedSeconds, runbook } = facts;
    seconds(`${mode}-alert-seconds`, alertSeconds);
    seconds(`${mode}-resolved-seconds`, resolvedSeconds);
    if (runbook.sha256 !== null) seconds(`${mode}-runbook-seconds`, runbook.seconds);
    if (calls > 0)
      metrics[`${mode}-degraded-share`] = { value: asDeclared / calls, unit: '1', samples: calls };
  }
  const times = modes.map(([, { alertSeconds }]) => alertSeconds);
  if (times.length > 0 && times.every((time) => time !== null))
    metrics['time-to-alert'] = { value: Math.max(...times), unit: 's', samples: times.length };
  seconds('rollback-seconds', rollback?.seconds);
  return metrics;
}
