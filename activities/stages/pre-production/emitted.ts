import type { CheckResult } from '../../../contracts/report.ts';
import type { rehearsedAlerts } from '../../../contracts/schemas/pre-production.ts';
import { asNumber } from '../../../domain/plan/index.ts';
import { failure } from '../../failure.ts';
import type { AlertedMode, Noticed } from '../incidents/drill-mode.ts';
import type { Replica } from '../incidents/staging-replicas.ts';
import { blocking } from '../stage-report.ts';
import { messageOf } from '../trial.ts';

export type RehearsedAlert = (typeof rehearsedAlerts)[number];

/** The failure that calls each alert forth. */
export const failureOf: Readonly<Record<RehearsedAlert, AlertedMode>> = {
  'replica-down': 'replica-loss',
  'slow-answers': 'latency-spike',
  'missing-inputs': 'data-source-loss',
};

/** Whether every metric of the monitoring plan is there, with a number, at every region. Throws `ServingUnavailable`. */
export async function metricsEmitted(
  regions: readonly Replica[],
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<CheckResult> {
  const missing: string[] = [];
  for (const { name, serving } of regions) {
    const text = await fetch(new URL('/metrics', serving.url), {
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    })
      .then((response) => response.text())
      .catch((error: unknown) => {
        if (signal.aborted) throw error;
        throw failure(
          'ServingUnavailable',
          `the metrics of ${name} were not answered: ${messageOf(error)}`,
          error,
        );
      });
    const emitted = samplesIn(text);
    missing.push(...wanted.filter((one) => !emitted.has(one)).map((one) => `${one} at ${name}`));
  }
  const reason =
    missing.length === 0
      ? `all ${wanted.length} metrics of the monitoring plan are emitted at ${regions.length} regions`
      : `not emitted: ${missing.join(', ')}`;
  return blocking('metrics-emitted', 'metrics-missing', missing.length === 0, reason);
}

/** Names of the samples that have a finite value, in Prometheus' text format. */
export function samplesIn(text: string): Set<string> {
  const names = new Set<string>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^([a-zA-Z_:][\w:]*)(?:\{.*\})? (\S+)(?: \d+)?$/.exec(line) ?? [];
    if (name !== undefined && Number.isFinite(Number(value))) names.add(name);
  }
  return names;
}

/** Whether every alert of the monitoring plan was raised by its failure, and was over after its end. */
export function alertsEmitted(
  noticed: readonly (readonly [RehearsedAlert, Pick<Noticed<unknown>, 'alertSeconds' | 'resolvedSeconds'>])[],
  limitSeconds: number,
): CheckResult {
  const silent = noticed.flatMap(([alert, { alertSeconds, resolvedSeconds }]) => {
    if (alertSeconds === null) return [`${alert} was not raised within ${asNumber(limitSeconds)} s`];
    return resolvedSeconds === null ? [`${alert} was not over within ${asNumber(limitSeconds)} s`] : [];
  });
  const reason =
    silent.length === 0
      ? `all ${noticed.length} alerts of the monitoring plan were called forth and came, and were over`
      : silent.join('; ');
  return blocking('alerts-emitted', 'time-to-alert', silent.length === 0, reason);
}
