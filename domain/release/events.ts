import type { LogPosition } from '../../contracts/activities.ts';
import type { TrafficArm } from '../../contracts/gateway.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { Outcome } from '../../contracts/release-view.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Report } from '../../contracts/report.ts';

/** A fact of a release's life, in the past tense. `at` is workflow time, ISO 8601 UTC. */
export type ReleaseEvent =
  /** `dossier`: it leaves dossiers by itself. Releases that began before there were any do not. */
  | Fact<'ReleaseRequested', { plan: Plan; planRef: EvidenceRef; dossier?: true }>
  | Fact<'StageStarted', { step: number; stage: string; attempt: number }>
  | Fact<'StageFinished', { step: number; attempt: number; report: Report }>
  | Fact<'StageErrored', { step: number; canaryStep: number | null; failure: Failure }>
  | Fact<
      'StageSkipped',
      { step: number; stage: string; reason: string; approvedBy: string; origin: 'plan' | 'person' }
    >
  | Fact<'StageRetried', { step: number; canaryStep: number | null; by: string; reason: string }>
  | Fact<'GateReached', { step: number; canaryStep: number | null; gate: string; why: GateWhy }>
  | Fact<'GateOpened', { step: number; gate: string; evidence: EvidenceRef; dueAt: string }>
  | Fact<'DecisionRecorded', Vote & { gate: string; evidence: string; comment: string }>
  | Fact<'GateApproved', { step: number; gate: string; by: string }>
  | Fact<'GateRejected', { step: number; gate: string; by: string; comment: string }>
  | Fact<'MessageRefused', { message: string; from: string; reason: string }>
  | Fact<'ReleasePaused', { by: string; reason: string }>
  | Fact<'ReleaseResumed', { by: string; reason: string }>
  | Fact<'SlotRequested', { purpose: SlotPurpose }>
  | Fact<'SlotGranted', { fence: number; champion: string | null; previous: string | null }>
  | Fact<'TrafficShiftStarted', { step: number; shift: TrafficShift }>
  | Fact<
      'TrafficShifted',
      { changeId: string; counted: Readonly<Record<string, number>>; seconds: number; position: LogPosition }
    >
  | Fact<'CanaryStepFinished', { step: number; canaryStep: number; report: Report }>
  | Fact<'GuardBroken', { report: Report }>
  | Fact<'VersionPromoted', { replaced: string | null; fence: number }>
  | Fact<'RollbackRequested', { cause: RollbackCause; by: string; reason: string; outcome: Outcome }>
  | Fact<'RollbackStarted', { cause: RollbackCause; by: string; reason: string; outcome: Outcome }>
  | Fact<'ReleaseRolledBack', { to: string; counted: Readonly<Record<string, number>>; seconds: number }>
  | Fact<'ReleaseSuperseded', { by: string }>
  | Fact<'ReviewOverdue', { dueAt: string }>
  | Fact<'ReviewMissed', { reason: string }>
  | Fact<'ActionOpened', OpenedAction>
  | Fact<'ActionClosed', { id: string; by: string; reason: string }>
  | Fact<'DossierWritten', { occasion: DossierOccasion; files: readonly EvidenceRef[] }>
  | Fact<'DossierNotWritten', { occasion: DossierOccasion; failure: Failure }>
  | Fact<'ModelInformed', { of: Informed }>
  | Fact<'ReleaseEnded', { outcome: Outcome; reason: string }>;

export type ReleaseEventType = ReleaseEvent['type'];

interface Fact<Type extends string, Data> {
  readonly type: Type;
  readonly data: Readonly<Data>;
  readonly at: string;
}

/** A gate is part of the plan, or was opened because a stage had not enough evidence. */
export type GateWhy = 'planned' | 'inconclusive';
export type SlotPurpose = 'release' | 'rollback';
export type RollbackCause = 'guard' | 'person' | 'abort' | 'gate' | 'slot' | 'stage';

/** Who has heard what: the model of a promotion and of the end, the monitor of what to watch. */
export type Informed = 'promotion' | 'watch' | 'review-overdue' | 'review-done' | 'end';

/** Something that people have to do about a version that serves. */
export interface OpenedAction {
  /** `a1`, `a2`, ...: names it within its release. */
  readonly id: string;
  readonly what: string;
  /** A role of the plan. */
  readonly owner: string;
  readonly dueAt: string;
  /** A person, or `review` for what the stage found. */
  readonly by: string;
}
/** When a dossier is written: the version serves, its plan was done after that, and the release is over. */
export type DossierOccasion = 'promotion' | 'review' | 'end';

export interface Failure {
  readonly type: string;
  readonly message: string;
}

export interface Vote {
  readonly person: string;
  readonly role: string;
  readonly decision: 'approve' | 'reject';
  /** `claimed`: the message says who it is from. `authenticated`: the server stamped it. */
  readonly attestation: 'claimed' | 'authenticated';
}

/** A change of traffic that this release asked for; `changeId` makes it happen once. */
export interface TrafficShift {
  /** From 1, by release: a late change can never overtake a newer one. */
  readonly number: number;
  readonly changeId: string;
  readonly purpose: 'canary' | 'promotion' | 'rollback';
  readonly arms: readonly TrafficArm[];
  readonly canaryStep: number | null;
}
