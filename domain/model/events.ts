import type { DriftKind, IncidentRaised } from '../../contracts/live-events.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { RetrainingSpec } from '../../contracts/plan.ts';
import type { SignalMemory } from './signals.ts';

/** A fact of a model's life across its versions, in the past tense. `at` is workflow time, ISO 8601 UTC. */
export type ModelEvent =
  | Fact<
      'SlotGranted',
      { version: string; purpose: Purpose; fence: number; champion: string | null; previous: string | null }
    >
  | Fact<'SlotQueued', { version: string; purpose: Purpose }>
  | Fact<'SlotWithdrawn', { version: string }>
  | Fact<'SlotPreempted', { holder: string; by: string }>
  | Fact<'SlotFreed', { version: string }>
  | Fact<
      'ChampionChanged',
      { version: string | null; replaced: string | null; why: 'promoted' | 'rolled-back'; fence: number }
    >
  /** Nobody has reviewed the version that serves in time; null: somebody has since. */
  | Fact<'ReviewNoted', { version: string; overdueSince: string | null }>
  | Fact<'RetrainingPolicySet', { version: string; retraining: RetrainingSpec; planRef: EvidenceRef }>
  | Fact<'DriftReceived', DriftReceipt>
  | Fact<'RetrainingDecided', RetrainingDecision>
  | Fact<'RetrainingFinished', { decision: string; outcome: RetrainingOutcome; detail: string }>
  /** It awaits a person, and says why. */
  | Fact<'RetrainingHeld', HeldRetraining>
  /** It waits for the end of the one that runs; `replaced` waited before. */
  | Fact<'RetrainingQueued', RetrainingDecision & { replaced: string | null }>
  /** What was held or queued and never began; `by` is the person who rejected it. */
  | Fact<'RetrainingDropped', { decision: string; reason: string; by?: string }>
  /** What the policy remembers from now on of the kinds that are named. */
  | Fact<'SignalsNoted', { signals: Readonly<Partial<Record<DriftKind, SignalMemory>>> }>
  | Fact<'IncidentRaised', Incident>
  | Fact<'IncidentCleared', { incident: string; why: string }>
  | Fact<'MessageDelivered', { id: number }>
  | Fact<'MessageUndeliverable', { id: number; reason: string }>
  | Fact<'MessageRefused', { message: string; reason: string }>;

interface Fact<Type extends string, Data> {
  readonly type: Type;
  readonly data: Readonly<Data>;
  readonly at: string;
}

export type Purpose = 'release' | 'rollback';

/** Every received event is in exactly one bucket; docs/drift-loop.md says what each means. */
export type DriftBucket = 'started' | 'coalesced' | 'suppressed' | 'duplicate' | 'rejected';
export type DriftCounts = Readonly<Record<DriftBucket, number>>;

export const noEvents: DriftCounts = { started: 0, coalesced: 0, suppressed: 0, duplicate: 0, rejected: 0 };

export interface DriftReceipt {
  readonly stream: string;
  readonly partition: number;
  /** First and last offset of the batch. */
  readonly from: number;
  readonly to: number;
  /** Facts of older builds have no `rejected`, and count what is redelivered as `duplicate`. */
  readonly buckets: DriftCounts;
  /** Events that Kafka brought again at offsets that had taken effect before: in no bucket, since they are in one already. */
  readonly redelivered: number;
  /** Of the events that were not duplicates, in order: what tells their copies. */
  readonly keys: readonly string[];
  /** What became of the events that were not duplicates, and why. */
  readonly outcomes: readonly DriftOutcome[];
}

/** Of one event, or of several that say the same of one window: then id and offset are those of the first. */
export interface DriftOutcome {
  readonly id: string;
  readonly offset: number;
  readonly bucket: DriftBucket;
  readonly reason: string;
  /** What the event is about and who sent it; absent in facts of older builds. */
  readonly version?: string;
  readonly source?: string;
  readonly windowEnd?: string;
  /** Events that this line stands for; absent in facts of older builds, where it is 1. */
  readonly count?: number;
}

export interface RetrainingDecision {
  /** Names the retraining; the same evidence can never start two. */
  readonly decision: string;
  readonly version: string;
  readonly reason: string;
  readonly driftEvents: readonly string[];
  /** Event time, ISO 8601 UTC. */
  readonly windowEnd: string;
  /** The person who started or approved it, and why; absent where the policy alone decided. */
  readonly approval?: { readonly by: string; readonly reason: string };
  /** The approval is for what its guard found, so that stops it no more. */
  readonly acceptBreach?: true;
}

export type RetrainingOutcome = 'released' | 'failed' | 'held';

export interface HeldRetraining extends RetrainingDecision {
  readonly why: string;
}

/** What no retraining can mend, such as a broken sensor. Times are event times. */
export type Incident = Omit<IncidentRaised, 'model'>;
