import type { DriftSummary } from '../../contracts/messages.ts';
import type { RetrainingPolicy } from '../../contracts/plan.ts';

type Evidence = Pick<DriftSummary, 'version' | 'windowStart' | 'windowEnd'>;

/**
 * Names a decision by what led to it, so that the same evidence under the same policy has the same name, and Temporal
 * refuses a second start: `v1.2013-06-16T05-00Z.168h.3fa2c1d0` is version v1, the window's end and length, and the policy. The
 * model is in the workflow's id. Undefined for a plan of before, whose policy has no version.
 */
export function decisionId(evidence: Evidence, policy: RetrainingPolicy): string | undefined {
  if (policy.version === undefined) return undefined;
  const { version, windowStart, windowEnd } = evidence;
  const minute = new Date(windowEnd).toISOString().slice(0, 16).replace(':', '-');
  const hours = Math.max(0, Math.round((Date.parse(windowEnd) - Date.parse(windowStart)) / 3_600_000));
  return `${version}.${minute}Z.${Number.isFinite(hours) ? hours : 0}h.${policy.version}`;
}

/** `base`, or the first of `base-2`, `base-3`, ... that no decision has. */
export function untaken(base: string, decisions: readonly { readonly decision: string }[]): string {
  const taken = new Set(decisions.map(({ decision }) => decision));
  let name = base;
  for (let n = 2; taken.has(name); n += 1) name = `${base}-${n}`;
  return name;
}
