import type { Exposure, LogPosition, Promotion } from '../../contracts/activities.ts';
import { FALLBACK_VERSION } from '../../contracts/gateway.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { GateStep, Plan, StageStep, Step } from '../../contracts/plan.ts';
import type { Outcome } from '../../contracts/release-view.ts';
import type { Report } from '../../contracts/report.ts';
import type {
  DossierOccasion,
  Failure,
  GateWhy,
  Informed,
  OpenedAction,
  RollbackCause,
  SlotPurpose,
  TrafficShift,
  Vote,
} from './events.ts';

/** The fold of a release's events. Plain JSON, so that it can be carried into the next run of the workflow. */
export interface ReleaseState {
  readonly plan: Plan | null;
  readonly planRef: EvidenceRef | null;
  readonly phase: Phase;
  readonly paused: { readonly by: string; readonly reason: string } | null;
  /** By index of the plan's steps. */
  readonly steps: readonly StepState[];
  readonly slot: Slot;
  readonly traffic: TrafficState;
  /** This version has served all traffic since its promotion. */
  readonly promoted: boolean;
  /** A live version that must go waits here for the model's slot. */
  readonly rollbackRequest: {
    readonly cause: RollbackCause;
    readonly by: string;
    readonly reason: string;
    readonly outcome: Outcome;
  } | null;
  readonly rollback: {
    readonly reason: string;
    readonly startedAt: string;
    readonly seconds: number | null;
  } | null;
  /** Absent until something of it happened, and in what older runs carried over. */
  readonly review?: ReviewState;
  /** For which one was written, or given up. Absent in a release that leaves none by itself. */
  readonly dossiers?: readonly DossierOccasion[];
  readonly informed: readonly Informed[];
  readonly lastRefused: { readonly message: string; readonly reason: string; readonly at: string } | null;
  /** Events folded so far; the next ledger entry is this plus one. */
  readonly entries: number;
}

/** Where a release is: one member for each situation. `step` is an index into the plan's steps. */
export type Phase =
  | { readonly name: 'unstarted' }
  /** The next step may begin; a paused release waits here. */
  | { readonly name: 'ready'; readonly step: number; readonly canaryStep: number }
  | { readonly name: 'running-stage'; readonly step: number; readonly attempt: number }
  /** A stage could not be measured: a person sends `retry` or `abort`. */
  | {
      readonly name: 'held';
      readonly step: number;
      readonly canaryStep: number | null;
      readonly failure: Failure;
    }
  | {
      readonly name: 'preparing-gate';
      readonly step: number;
      readonly gate: string;
      readonly why: GateWhy;
      readonly canaryStep: number | null;
    }
  | ({ readonly name: 'deciding' } & OpenGate)
  | { readonly name: 'awaiting-slot'; readonly step: number; readonly purpose: SlotPurpose }
  | { readonly name: 'shifting'; readonly step: number; readonly shift: TrafficShift }
  | {
      readonly name: 'observing';
      readonly step: number;
      readonly canaryStep: number;
      readonly changeId: string;
    }
  | { readonly name: 'live'; readonly since: string }
  | {
      readonly name: 'rolling-back';
      readonly step: number;
      readonly cause: RollbackCause;
      readonly reason: string;
      readonly outcome: Outcome;
      readonly startedAt: string;
      readonly shift: TrafficShift | null;
    }
  | { readonly name: 'ended'; readonly outcome: Outcome; readonly reason: string };

export interface OpenGate {
  readonly step: number;
  readonly gate: string;
  readonly why: GateWhy;
  /** Set when an observation was inconclusive: approval goes on with the canary step after it. */
  readonly canaryStep: number | null;
  readonly evidence: EvidenceRef;
  readonly dueAt: string;
  readonly votes: readonly Vote[];
}

export interface StepState {
  readonly status: 'waiting' | 'active' | 'done' | 'skipped';
  readonly attempts: number;
  readonly report: Report | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly approved: boolean | null;
  readonly votes: readonly Vote[];
  /** Absent in what older runs carried over, and where nothing was skipped. */
  readonly skipped?: { readonly reason: string; readonly approvedBy: string };
}

export interface ReviewState {
  readonly overdueSince: string | null;
  /** Why nobody signed before the version went. */
  readonly missed: string | null;
  /** In the order in which they were opened. */
  readonly actions: readonly FollowUp[];
}

export interface FollowUp extends OpenedAction {
  readonly openedAt: string;
  readonly closed: { readonly by: string; readonly reason: string; readonly at: string } | null;
}

export type Slot =
  | { readonly status: 'none' }
  | { readonly status: 'requested'; readonly purpose: SlotPurpose }
  | {
      readonly status: 'held';
      readonly fence: number;
      readonly champion: string | null;
      readonly previous: string | null;
    };

export interface TrafficState {
  /** Traffic changes asked for so far; names the next one. */
  readonly changes: number;
  /** The last one confirmed by counting; null before the first and after a rollback. */
  readonly current: TrafficShift | null;
  /** Callers may be served by this version: from the first shift until a rollback is confirmed. */
  readonly exposed: boolean;
  readonly fence: number;
  /** Each canary weight that callers met, and where the logs stood when it began. */
  readonly exposures: readonly Exposure[];
  /** Where the logs stood when this version was given all callers; absent before, and in what older runs carried over. */
  readonly promotedFrom?: LogPosition;
}

export function initialState(): ReleaseState {
  return {
    plan: null,
    planRef: null,
    phase: { name: 'unstarted' },
    paused: null,
    steps: [],
    slot: { status: 'none' },
    traffic: { changes: 0, current: null, exposed: false, fence: 0, exposures: [] },
    promoted: false,
    rollbackRequest: null,
    rollback: null,
    informed: [],
    lastRefused: null,
    entries: 0,
  };
}

export const waitingStep: StepState = {
  status: 'waiting',
  attempts: 0,
  report: null,
  startedAt: null,
  finishedAt: null,
  approved: null,
  votes: [],
};

export function planOf(state: ReleaseState): Plan {
  if (!state.plan) throw new Error('the release has no plan yet: `Start` comes first');
  return state.plan;
}

export function stepAt(state: ReleaseState, index: number): Step | undefined {
  return planOf(state).steps[index];
}

export function stageAt(state: ReleaseState, index: number): StageStep {
  const step = stepAt(state, index);
  if (step?.kind !== 'stage') throw new Error(`step ${index} of the plan is not a stage`);
  return step;
}

/** Stages that move traffic are driven by the workflow itself; every other stage is one activity. */
export function touchesTraffic(stage: string): boolean {
  return stage === 'canary' || stage === 'production';
}

/** The version that serves the callers whom the canary does not; without a champion that is the declared fallback answer. */
export function baselineOf(state: ReleaseState): string {
  return (state.slot.status === 'held' ? state.slot.champion : null) ?? FALLBACK_VERSION;
}

/** Index of the step that the phase is about, or null when it is about none. */
export function currentStep(state: ReleaseState): number | null {
  return 'step' in state.phase ? state.phase.step : null;
}

/**
 * The gate that decides at a step. An inconclusive stage has none of its own: the people of the next planned gate
 * decide, or of the last one before it, under its rules.
 */
export function gateRules(plan: Plan, step: number): GateStep | undefined {
  const isGate = (candidate: Step): candidate is GateStep => candidate.kind === 'gate';
  return plan.steps.slice(step).find(isGate) ?? plan.steps.slice(0, step).reverse().find(isGate);
}

/** A gate after a stage that is a review: people say what they make of a version that serves, and no clock answers for them. */
export function isReviewGate(plan: Plan, step: number): boolean {
  return (
    plan.steps[step]?.kind === 'gate' &&
    plan.steps.slice(0, step).some((before) => before.kind === 'stage' && before.review !== undefined)
  );
}

/** When this version was given all callers: its stage `production` ended then. Null before. */
export function promotedAt(state: ReleaseState): string | null {
  if (!state.promoted) return null;
  const production = planOf(state).steps.findIndex(
    (step) => step.kind === 'stage' && step.stage === 'production',
  );
  return state.steps[production]?.finishedAt ?? null;
}

/** The same, with where the logs stood; null where they are not known. */
export function promotionOf(state: ReleaseState): Promotion | null {
  const at = promotedAt(state);
  const from = state.traffic.promotedFrom;
  return at === null || from === undefined ? null : { at, from };
}
