import type { CheckResult, Metric, Metrics, Verdict } from '../../contracts/report.ts';
import { asCount, asNumber } from '../plan/index.ts';
import { wilsonInterval } from '../statistics/proportion.ts';

/** What callers met during one rehearsal. */
export interface CallFacts {
  readonly calls: number;
  /** Not answered by the model, in either region: lost, or left to the declared answer. */
  readonly lost: number;
  /** The commonest reason. */
  readonly why?: string;
}

export function lostCheck(
  name: string,
  { calls, lost, why }: CallFacts,
  maxLost: number,
  more: { readonly holds?: boolean; readonly said?: string } = {},
): CheckResult {
  const { holds = true, said = '' } = more;
  const kept = calls > 0 && lost <= maxLost * calls;
  const because = lost > 0 && why !== undefined ? ` (${why})` : '';
  const reason = `${asCount(lost)} of ${asCount(calls)} requests were lost${because}, ${asNumber(maxLost * 100)} % are allowed${said === '' ? '' : `; ${said}`}`;
  return blocking(name, `${name}-lost-share`, kept && holds, reason);
}

export function lostMetric(name: string, { calls, lost }: CallFacts): Metrics {
  if (calls === 0) return {};
  const { estimate, lower, upper } = wilsonInterval(lost, calls);
  return { [`${name}-lost-share`]: { value: estimate, unit: '1', samples: calls, lower, upper } };
}

export type Layer = 'network' | 'gateway' | 'model';

/** The 99th percentile of each layer against its budget, nearest rank. */
export function layerChecks(
  times: Readonly<Record<Layer, readonly number[]>>,
  budgets: Readonly<Record<Layer, number>>,
): { readonly checks: CheckResult[]; readonly metrics: Metrics } {
  const metrics: Record<string, Metric> = {};
  const checks = (['network', 'gateway', 'model'] as const).map((layer): CheckResult => {
    const name = `latency-${layer}`;
    const sorted = [...times[layer]].sort((a, b) => a - b);
    const p99 = sorted[Math.max(0, Math.ceil(0.99 * sorted.length) - 1)];
    if (p99 === undefined || !Number.isFinite(p99))
      return {
        ...blocking(name, `${name}-p99`, false, 'no request says where its time went'),
        verdict: 'error',
      };
    metrics[`${name}-p99`] = { value: p99, unit: 'ms', samples: sorted.length };
    const reason = `99 % of requests took at most ${asNumber(p99)} ms in this layer, ${asNumber(budgets[layer])} ms are its budget`;
    return blocking(name, `${name}-p99`, p99 <= budgets[layer], reason);
  });
  return { checks, metrics };
}

export interface ToggleFacts {
  readonly calls: number;
  /** Answered by the version although its traffic was taken away. */
  readonly servedWhileOff: number;
  /** Not answered by the version although its traffic was given back. */
  readonly missingWhenOn: number;
}

export function toggleCheck({ calls, servedWhileOff, missingWhenOn }: ToggleFacts): CheckResult {
  const holds = calls > 0 && servedWhileOff === 0 && missingWhenOn === 0;
  const reason = holds
    ? `off and on again in each region, counted in ${asCount(calls)} calls each time`
    : `switched off, the version still answered ${asCount(servedWhileOff)} of ${asCount(calls)} calls; switched on again, it did not answer ${asCount(missingWhenOn)}`;
  return blocking('toggle', 'toggle-wrong', holds, reason);
}

/** One item of a release check list: shown by a check of the stage, or signed for by a person. */
export interface Item {
  readonly item: string;
  readonly check?: string;
  readonly signedBy?: string;
}

/**
 * The check list as one check. An item that rests on a check has its verdict; one that a person has to sign and nobody
 * valid did is inconclusive, so that people decide at the next gate.
 */
export function checklistCheck(
  items: readonly Item[],
  checks: readonly CheckResult[],
  plan: { readonly requester: string; readonly people: Readonly<Record<string, readonly string[]>> },
): CheckResult {
  const holders = Object.values(plan.people).flat();
  const judged = items.map(({ item, check, signedBy }): { item: string; verdict: Verdict; why: string } => {
    if (check !== undefined) {
      const verdict = checks.find(({ name }) => name === check)?.verdict ?? 'error';
      return { item, verdict, why: `${check} says ${verdict}` };
    }
    if (signedBy === undefined) return { item, verdict: 'inconclusive', why: 'nobody has signed it' };
    if (signedBy === plan.requester)
      return { item, verdict: 'inconclusive', why: `${signedBy} asked for the release and cannot sign it` };
    if (!holders.includes(signedBy))
      return { item, verdict: 'inconclusive', why: `${signedBy} holds no role of the plan` };
    return { item, verdict: 'pass', why: `signed by ${signedBy}` };
  });
  const open = judged.filter(({ verdict }) => verdict !== 'pass');
  const worst = (['fail', 'error', 'inconclusive'] as const).find((one) =>
    open.some(({ verdict }) => verdict === one),
  );
  return {
    name: 'checklist',
    metric: 'checklist-open',
    severity: 'blocking',
    verdict: worst ?? 'pass',
    reason:
      open.length === 0
        ? `all ${items.length} items of the check list hold`
        : `${open.length} of ${items.length} items of the check list are open: ${open.map(({ item, why }) => `${item} (${why})`).join('; ')}`,
  };
}

function blocking(name: string, metric: string, holds: boolean, reason: string): CheckResult {
  return { name, metric, severity: 'blocking', verdict: holds ? 'pass' : 'fail', reason };
}
