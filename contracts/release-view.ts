import type { CheckResult, Envelope, Metrics, Verdict } from './report.ts';
import type { EvidenceRef } from './evidence.ts';
import type { TrafficArm } from './gateway.ts';

/** Answer of the query `state`: what the CLI, the console and tests read. */
export interface ReleaseView {
  readonly model: string;
  readonly version: string;
  readonly summary: string;
  readonly risk: string;
  readonly requester: string;
  readonly planSha256: string;
  /** Where the plan's rules came from, and in which sentences they let more through than there; absent without a playbook. */
  readonly playbook?: PlaybookView;
  readonly situation: Situation;
  readonly paused: boolean;
  /** Name of the step that is being worked on, decided or held; null before the first and after the last. */
  readonly step: string | null;
  /** One sentence: what is going on now. */
  readonly headline: string;
  readonly steps: readonly StepView[];
  readonly gate: GateView | null;
  /** Null where the plan has no review; absent in answers of older workers. */
  readonly review?: ReviewView | null;
  /** What people are to do about a version that serves; absent in answers of older workers. */
  readonly actions?: readonly ActionView[];
  readonly traffic: {
    readonly arms: readonly TrafficArm[];
    readonly changes: number;
    readonly fence: number;
  } | null;
  readonly rollback: { readonly reason: string; readonly seconds: number | null } | null;
  readonly outcome: Outcome | null;
  readonly outcomeReason: string | null;
  readonly lastRefused: { readonly message: string; readonly reason: string; readonly at: string } | null;
  readonly ledger: { readonly stream: string; readonly entries: number };
}

export interface PlaybookView {
  readonly name: string;
  readonly version: string;
  readonly weaker: readonly string[];
  readonly stricter: readonly string[];
  readonly other: readonly string[];
}

export type Situation =
  | 'unstarted'
  | 'ready'
  | 'running-stage'
  | 'held'
  | 'preparing-gate'
  | 'deciding'
  | 'awaiting-slot'
  | 'shifting'
  | 'observing'
  | 'live'
  | 'rolling-back'
  | 'ended';

export type Outcome = 'superseded' | 'completed' | 'rejected' | 'rolled-back' | 'aborted';

export interface StepView {
  readonly name: string;
  readonly kind: 'stage' | 'gate';
  readonly status: 'waiting' | 'active' | 'done' | 'skipped';
  readonly attempts: number;
  /** A stage's verdict; a gate shows `pass` when approved and `fail` when rejected. */
  readonly verdict: Verdict | null;
  /** Who signed for leaving the stage out, and why; absent when it was not. */
  readonly skipped?: { readonly reason: string; readonly approvedBy: string };
  readonly summary: string | null;
  readonly checks: readonly CheckResult[];
  readonly metrics: Metrics;
  readonly envelope: Envelope | null;
  readonly evidence: readonly EvidenceRef[];
  readonly seconds: number | null;
}

/** Where the review of a version stands that serves. */
export interface ReviewView {
  /**
   * `waiting`: the version does not serve yet. `soaking`: traffic is waited for, and then compared. `open`: people are asked to sign.
   * `overdue`: nobody has in time. `signed` and `disputed` are what people said; `missed`: the version went before they did.
   */
  readonly status: 'waiting' | 'soaking' | 'open' | 'overdue' | 'signed' | 'disputed' | 'missed';
  /** By when it has to be signed; null before the promotion and after the review. */
  readonly dueAt: string | null;
  readonly overdueSince: string | null;
  /** Why nobody reviewed it, when it was missed. */
  readonly missed: string | null;
}

export interface ActionView {
  readonly id: string;
  readonly what: string;
  readonly owner: string;
  readonly dueAt: string;
  readonly by: string;
  readonly openedAt: string;
  readonly closed: { readonly by: string; readonly reason: string; readonly at: string } | null;
}

export interface GateView {
  readonly name: string;
  /** `planned`, or `inconclusive`: opened because a stage had not enough evidence. */
  readonly reason: string;
  readonly pending: readonly {
    readonly role: string;
    readonly missing: number;
    readonly people: readonly string[];
  }[];
  readonly votes: readonly {
    readonly person: string;
    readonly role: string;
    readonly decision: 'approve' | 'reject';
  }[];
  readonly evidence: EvidenceRef;
  readonly dueAt: string;
}

/** Answer of the query `progress`: the running activity's last heartbeat is not visible to a workflow, so this is the story so far. */
export interface ReleaseProgress {
  readonly done: number;
  readonly total: number;
  readonly step: string | null;
  readonly headline: string;
}

/** The version serves, and its review is still to come or to be signed. */
export function isUnderReview(review: ReleaseView['review']): boolean {
  return review?.status === 'soaking' || review?.status === 'open' || review?.status === 'overdue';
}

/** All callers meet this version; its review may still be to come. */
export function serves({
  outcome,
  situation,
  review,
}: Pick<ReleaseView, 'outcome' | 'situation' | 'review'>): boolean {
  if (outcome !== null || situation === 'awaiting-slot' || situation === 'rolling-back') return false;
  return situation === 'live' || isUnderReview(review);
}

/** Where a release stands, in one word: how it ended, `live` as soon as it serves, else what it is doing. */
export const standOf = (view: Pick<ReleaseView, 'outcome' | 'situation' | 'review'>): string =>
  view.outcome ?? (serves(view) ? 'live' : view.situation);

/** Actions as people want them: the open ones first, else in the order in which they were asked for. */
export const openFirst = (actions: readonly ActionView[]): ActionView[] =>
  [...actions].sort((a, b) => Number(a.closed !== null) - Number(b.closed !== null));
