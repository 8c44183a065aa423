import type { RetrainingInput, SlotGrantedMessage } from '../../contracts/messages.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { RetrainingSpec } from '../../contracts/plan.ts';
import type { DriftKind } from '../../contracts/live-events.ts';
import { noEvents } from './events.ts';
import type {
  DriftCounts,
  DriftOutcome,
  HeldRetraining,
  Incident,
  Purpose,
  RetrainingDecision,
} from './events.ts';
import type { SignalMemory } from './signals.ts';

/** The fold of a model's events. Plain JSON: it is carried from run to run for ever, so everything in it is bounded. */
export interface ModelState {
  readonly model: string;
  /** Versions in the order in which they came to serve; the last one serves now. */
  readonly served: readonly string[];
  readonly slot: {
    readonly version: string;
    readonly purpose: Purpose;
    readonly fence: number;
    readonly revoked: boolean;
  } | null;
  readonly queue: readonly { readonly version: string; readonly purpose: Purpose }[];
  /** Slot grants so far. */
  readonly grants: number;
  /** Settings of the version that serves, and its plan. */
  readonly retraining: { readonly spec: RetrainingSpec; readonly planRef: EvidenceRef } | null;
  readonly running: RetrainingDecision | null;
  /** Past decisions, newest last: for the cool-down, the budget and against doing one twice. */
  readonly decisions: readonly { readonly decision: string; readonly windowEnd: string }[];
  /** Awaits a person. This and all that follows is absent in the state of older runs. */
  readonly held?: HeldRetraining | null;
  /** Waits for the end of `running`. */
  readonly queued?: RetrainingDecision | null;
  /** Ids that a person rejected, newest last. */
  readonly rejected?: readonly string[];
  readonly signals?: Readonly<Partial<Record<DriftKind, SignalMemory>>>;
  /** Open ones, at most one of a kind. */
  readonly incidents?: readonly Incident[];
  /** The newest decisions of the policy and of people, and what they did not decide, newest last; events are in the receipts. */
  readonly notes?: readonly PolicyNote[];
  /** `<stream>/<partition>` to the last offset that took effect. */
  readonly watermarks: Readonly<Record<string, number>>;
  /** Keys of events seen lately, oldest first: a monitor may send one event twice at two offsets. */
  readonly recentIds: readonly string[];
  /** Events in each bucket: their sum is what has taken effect, each offset of the log once. */
  readonly received: DriftCounts;
  /** Events that Kafka brought again; absent in the state of older runs, as what follows. */
  readonly redelivered?: number;
  /** What became of events lately, newest last. */
  readonly outcomes?: readonly (DriftOutcome & { readonly at: string })[];
  /** Since when the review of the version that serves is overdue; absent in the state of older runs. */
  readonly reviewOverdueSince?: string | null;
  readonly outbox: readonly OutboxMessage[];
  readonly entries: number;
}

export interface PolicyNote {
  /** Workflow time. */
  readonly at: string;
  readonly what: 'decided' | 'held' | 'queued' | 'dropped' | 'finished' | 'incident' | 'incident-cleared';
  /** Decision or incident. */
  readonly about: string;
  readonly reason: string;
}

/** What the model still has to tell others; each message is kept until it is known to be delivered. */
export type OutboxMessage = { readonly id: number } & (
  | { readonly type: 'grant-slot'; readonly version: string; readonly grant: SlotGrantedMessage }
  | { readonly type: 'revoke-slot'; readonly version: string; readonly by: string }
  | { readonly type: 'supersede'; readonly version: string; readonly by: string }
  | { readonly type: 'start-retraining'; readonly input: RetrainingInput }
  | { readonly type: 'raise-incident'; readonly incident: Incident }
);

export const RECENT_IDS = 1000;
export const KEPT_DECISIONS = 100;
export const KEPT_OUTCOMES = 30;
/** The oldest is forgotten first; its partition's redeliveries are then told by their keys alone. */
export const KEPT_WATERMARKS = 64;
export const KEPT_SERVED = 100;
export const KEPT_NOTES = 50;

export function initialState(model: string): ModelState {
  return {
    model,
    served: [],
    slot: null,
    queue: [],
    grants: 0,
    retraining: null,
    running: null,
    decisions: [],
    watermarks: {},
    recentIds: [],
    received: noEvents,
    redelivered: 0,
    outcomes: [],
    outbox: [],
    entries: 0,
  };
}

/** The state that an older run handed over, in today's shape. */
export function resumedState(carried: ModelState): ModelState {
  return { ...carried, received: { ...noEvents, ...carried.received } };
}

/** The version that serves now. */
export function championOf({ served }: ModelState): string | null {
  return served.at(-1) ?? null;
}

/** The version that served before the champion. */
export function previousOf({ served }: ModelState): string | null {
  return served.at(-2) ?? null;
}
