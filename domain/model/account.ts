import type { RetrainingPolicy } from '../../contracts/plan.ts';
import type { DriftCounts } from './events.ts';
import { coolDownEnd, decidedWithin, DAY } from './limits.ts';
import { championOf } from './state.ts';
import type { ModelState } from './state.ts';

/** What came in of drift, what became of it, and what may still follow. All times but `at` are event times, ISO 8601 UTC. */
export interface DriftAccount
  extends
    Pick<ModelState, 'model' | 'running' | 'watermarks'>,
    Required<Pick<ModelState, 'held' | 'queued' | 'incidents' | 'outcomes' | 'notes'>> {
  readonly champion: string | null;
  /** Events that took effect: the sum of `buckets`. */
  readonly received: number;
  readonly buckets: DriftCounts;
  /** Events that Kafka brought again; in no bucket. */
  readonly redelivered: number;
  /** Null where the release that serves has no retraining settings. */
  readonly budget: DriftBudget | null;
}

/** As it stands for evidence that ends at `asOf`. */
export interface DriftBudget {
  /** End of the newest window seen. */
  readonly asOf: string | null;
  readonly day: { readonly used: number; readonly of: number } | null;
  readonly thirtyDays: { readonly used: number; readonly of: number };
  /** Evidence that ends before is within the cool-down; null when nothing was trained yet. */
  readonly restsUntil: string | null;
}

export function accountOf(state: ModelState): DriftAccount {
  const { model, running, watermarks, received: buckets, redelivered = 0 } = state;
  const { held = null, queued = null, incidents = [], outcomes = [], notes = [] } = state;
  const policy = state.retraining?.spec.policy;
  return {
    model,
    champion: championOf(state),
    received: Object.values(buckets).reduce((sum, count) => sum + count, 0),
    buckets,
    redelivered,
    watermarks,
    running,
    held,
    queued,
    incidents,
    budget: policy === undefined ? null : budgetOf(state, policy),
    outcomes,
    notes,
  };
}

function budgetOf(state: ModelState, policy: RetrainingPolicy): DriftBudget {
  const end = newestWindow(state);
  const used = (span: number): number => (end === undefined ? 0 : decidedWithin(span, end, state));
  const rests = coolDownEnd(state, policy);
  return {
    asOf: end === undefined ? null : new Date(end).toISOString(),
    day: policy.budgetPerDay === undefined ? null : { used: used(DAY), of: policy.budgetPerDay },
    thirtyDays: { used: used(30 * DAY), of: policy.budgetPer30Days },
    restsUntil: Number.isFinite(rests) ? new Date(rests).toISOString() : null,
  };
}

function newestWindow({ outcomes = [], decisions, signals = {} }: ModelState): number | undefined {
  // What was refused, perhaps for a time in the future, says nothing about now.
  const accepted = outcomes.filter(({ bucket }) => bucket !== 'rejected');
  const ends = [
    ...[...accepted, ...decisions].map(({ windowEnd }) => Date.parse(windowEnd ?? '')),
    ...Object.values(signals).flatMap(({ drifted }) => drifted.map((time) => Date.parse(time))),
  ].filter((time) => Number.isFinite(time));
  return ends.length === 0 ? undefined : Math.max(...ends);
}
