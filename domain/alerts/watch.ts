import type { AlertName, AlertReported } from '../../contracts/alerts.ts';
import { conditions, type AlertThresholds, type Condition, type Look } from './rules.ts';

export interface AlertPolicy extends AlertThresholds {
  /** Looks in a row that must show a condition before it is an alert, and that must not show it before it is over. */
  readonly raiseAfter: number;
  readonly resolveAfter: number;
  /** Shares are taken over so many looks. */
  readonly windowLooks: number;
}

interface Standing {
  readonly bad: number;
  readonly good: number;
  readonly since: string;
  readonly raised: boolean;
}

/** What is known of one gateway. Starts as `{ looks: [], standing: {} }`. */
export interface WatchState {
  readonly looks: readonly Look[];
  readonly standing: Readonly<Partial<Record<AlertName, Standing>>>;
}

export const nothingSeen: WatchState = { looks: [], standing: {} };

export interface AlertChange {
  readonly kind: 'raised' | 'resolved';
  readonly report: AlertReported;
}

/** One more look at a gateway: the state after it, and the alerts that it raised or resolved. Pure. */
export function watch(
  state: WatchState,
  look: Look,
  at: string,
  who: Pick<AlertReported, 'target' | 'environment'>,
  policy: AlertPolicy,
): { readonly state: WatchState; readonly changes: readonly AlertChange[] } {
  const standing: Partial<Record<AlertName, Standing>> = { ...state.standing };
  const changes: AlertChange[] = [];
  for (const condition of conditions(state.looks[0], look, policy)) {
    const before = standing[condition.alert] ?? { bad: 0, good: 0, since: at, raised: false };
    const after = step(before, condition, at, policy);
    standing[condition.alert] = after;
    if (after.raised !== before.raised)
      changes.push({ kind: after.raised ? 'raised' : 'resolved', report: reportOf(condition, after, who) });
  }
  const looks = [...state.looks, look].slice(-policy.windowLooks);
  return { state: { looks, standing }, changes };
}

function step(before: Standing, { holds }: Condition, at: string, policy: AlertPolicy): Standing {
  if (holds === 'unknown') return before;
  if (!holds) {
    const good = before.good + 1;
    return { ...before, bad: 0, good, raised: before.raised && good < policy.resolveAfter };
  }
  const since = before.bad === 0 && !before.raised ? at : before.since;
  const bad = before.bad + 1;
  return { bad, good: 0, since, raised: before.raised || bad >= policy.raiseAfter };
}

function reportOf(
  { alert, value, threshold, unit, summary }: Condition,
  { since }: Standing,
  { target, environment }: Pick<AlertReported, 'target' | 'environment'>,
): AlertReported {
  // Slow answers and missing inputs are still answers.
  const severity = alert === 'slow-answers' || alert === 'missing-inputs' ? 'warning' : 'critical';
  return {
    alert,
    severity,
    environment,
    target,
    summary: `${target}: ${summary}`,
    value,
    threshold,
    unit,
    since,
  };
}
