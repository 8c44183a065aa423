import type { ReleaseEvent } from './events.ts';
import { initialState, isReviewGate, planOf, promotedAt, waitingStep } from './state.ts';
import type { Phase, ReleaseState, ReviewState, StepState } from './state.ts';

/** Folds one fact into the state. Total over every event type; takes no decision. */
export function evolve(state: ReleaseState, event: ReleaseEvent): ReleaseState {
  return { ...apply(state, event), entries: state.entries + 1 };
}

export function fold(events: readonly ReleaseEvent[], from: ReleaseState = initialState()): ReleaseState {
  return events.reduce(evolve, from);
}

function apply(state: ReleaseState, { type, data, at }: ReleaseEvent): ReleaseState {
  switch (type) {
    case 'ReleaseRequested':
      return {
        ...state,
        plan: data.plan,
        planRef: data.planRef,
        phase: { name: 'ready', step: 0, canaryStep: 0 },
        steps: data.plan.steps.map(() => waitingStep),
        ...(data.dossier ? { dossiers: [] } : {}),
      };
    case 'StageStarted':
      return {
        ...withStep(state, data.step, (step) => ({
          ...step,
          status: 'active',
          attempts: data.attempt,
          startedAt: step.startedAt ?? at,
        })),
        phase: { name: 'running-stage', step: data.step, attempt: data.attempt },
      };
    case 'StageFinished':
      return {
        ...withStep(state, data.step, (step) => ({
          ...step,
          status: 'done',
          report: data.report,
          finishedAt: at,
        })),
        phase: goOnAfter(state, data.step, at),
      };
    case 'StageErrored':
      return {
        ...state,
        phase: { name: 'held', ...data },
      };
    case 'StageSkipped': {
      const { step: index, reason, approvedBy } = data;
      return {
        ...withStep(state, index, (step) => ({
          ...step,
          status: 'skipped',
          skipped: { reason, approvedBy },
          finishedAt: at,
        })),
        phase: goOnAfter(state, index, at),
      };
    }
    case 'StageRetried':
      return { ...state, phase: { name: 'ready', step: data.step, canaryStep: data.canaryStep ?? 0 } };
    case 'GateReached':
      return {
        ...withStep(state, data.step, (step) =>
          data.why === 'planned' ? { ...step, status: 'active', startedAt: at, attempts: 1 } : step,
        ),
        phase: { name: 'preparing-gate', ...data },
      };
    case 'GateOpened': {
      const { why, canaryStep } =
        state.phase.name === 'preparing-gate' ? state.phase : { why: 'planned' as const, canaryStep: null };
      return { ...state, phase: { name: 'deciding', ...data, why, canaryStep, votes: [] } };
    }
    case 'DecisionRecorded': {
      if (state.phase.name !== 'deciding') return state;
      const { person, role, decision, attestation } = data;
      const votes = [...state.phase.votes, { person, role, decision, attestation }];
      return {
        ...withStep(state, state.phase.step, (step) => ({ ...step, votes })),
        phase: { ...state.phase, votes },
      };
    }
    case 'GateApproved': {
      if (state.phase.name !== 'deciding') return state;
      const { step, canaryStep } = state.phase;
      const goOn: Phase =
        canaryStep === null
          ? goOnAfter(state, step, at)
          : { name: 'ready', step, canaryStep: canaryStep + 1 };
      const done = canaryStep === null ? ({ status: 'done', finishedAt: at } as const) : {};
      return { ...withStep(state, step, (before) => ({ ...before, ...done, approved: true })), phase: goOn };
    }
    case 'GateRejected': {
      const rejected = withStep(state, data.step, (step) => ({
        ...step,
        status: 'done',
        approved: false,
        finishedAt: at,
      }));
      return isReviewGate(planOf(state), data.step)
        ? { ...rejected, phase: goOnAfter(state, data.step, at) }
        : rejected;
    }
    case 'MessageRefused':
      return { ...state, lastRefused: { message: data.message, reason: data.reason, at } };
    case 'ReleasePaused':
      return { ...state, paused: data };
    case 'ReleaseResumed':
      return { ...state, paused: null };
    case 'SlotRequested':
      return {
        ...state,
        slot: { status: 'requested', purpose: data.purpose },
        phase: {
          name: 'awaiting-slot',
          step: 'step' in state.phase ? state.phase.step : state.steps.length - 1,
          purpose: data.purpose,
        },
      };
    case 'SlotGranted':
      return {
        ...state,
        slot: { status: 'held', ...data },
        traffic: { ...state.traffic, fence: data.fence },
        phase:
          state.phase.name === 'awaiting-slot'
            ? { name: 'ready', step: state.phase.step, canaryStep: 0 }
            : state.phase,
      };
    case 'TrafficShiftStarted':
      return {
        ...state,
        traffic: { ...state.traffic, changes: state.traffic.changes + 1, exposed: true },
        phase:
          state.phase.name === 'rolling-back'
            ? { ...state.phase, shift: data.shift }
            : { name: 'shifting', step: data.step, shift: data.shift },
      };
    case 'TrafficShifted': {
      if (state.phase.name !== 'shifting') return state;
      const { step, shift } = state.phase;
      const weight = shift.arms.find(({ arm }) => arm === 'canary')?.weight;
      const exposures =
        weight === undefined
          ? state.traffic.exposures
          : [...state.traffic.exposures, { weight, from: data.position }];
      const promoted = shift.purpose === 'promotion' ? { promotedFrom: data.position } : {};
      const traffic = { ...state.traffic, current: shift, exposures, ...promoted };
      return shift.canaryStep === null
        ? { ...state, traffic }
        : {
            ...state,
            traffic,
            phase: { name: 'observing', step, canaryStep: shift.canaryStep, changeId: shift.changeId },
          };
    }
    case 'CanaryStepFinished':
      return {
        ...withStep(state, data.step, (step) => ({ ...step, report: data.report })),
        phase:
          data.report.verdict === 'pass'
            ? { name: 'ready', step: data.step, canaryStep: data.canaryStep + 1 }
            : state.phase,
      };
    case 'GuardBroken':
      return state;
    case 'VersionPromoted':
      return { ...state, promoted: true };
    case 'RollbackRequested':
      return { ...state, rollbackRequest: data };
    case 'RollbackStarted':
      return {
        ...state,
        rollback: { reason: data.reason, startedAt: at, seconds: null },
        phase: {
          name: 'rolling-back',
          step: 'step' in state.phase ? state.phase.step : state.steps.length - 1,
          cause: data.cause,
          reason: data.reason,
          outcome: data.outcome,
          startedAt: at,
          shift: null,
        },
      };
    case 'ReleaseRolledBack':
      return {
        ...state,
        traffic: { ...state.traffic, current: null, exposed: false },
        rollback: state.rollback && { ...state.rollback, seconds: data.seconds },
      };
    case 'ReleaseSuperseded':
      return { ...state, traffic: { ...state.traffic, exposed: false } };
    case 'ReviewOverdue':
      return withReview(state, { overdueSince: data.dueAt });
    case 'ReviewMissed':
      return withReview(state, { missed: data.reason });
    case 'ActionOpened':
      return withReview(state, {
        actions: [...(state.review?.actions ?? []), { ...data, openedAt: at, closed: null }],
      });
    case 'ActionClosed': {
      const { id, by, reason } = data;
      return withReview(state, {
        actions: (state.review?.actions ?? []).map((action) =>
          action.id === id ? { ...action, closed: { by, reason, at } } : action,
        ),
      });
    }
    case 'DossierWritten':
    case 'DossierNotWritten':
      return { ...state, dossiers: [...(state.dossiers ?? []), data.occasion] };
    case 'ModelInformed':
      return { ...state, informed: [...state.informed, data.of] };
    case 'ReleaseEnded':
      return { ...state, phase: { name: 'ended', ...data } };
  }
}

function withStep(state: ReleaseState, index: number, change: (step: StepState) => StepState): ReleaseState {
  return { ...state, steps: state.steps.map((step, at) => (at === index ? change(step) : step)) };
}

function withReview(state: ReleaseState, change: Partial<ReviewState>): ReleaseState {
  const before = state.review ?? { overdueSince: null, missed: null, actions: [] };
  return { ...state, review: { ...before, ...change } };
}

/** A promoted version whose plan is done is live; any other goes on to the next step. */
function goOnAfter(state: ReleaseState, step: number, at: string): Phase {
  const last = step + 1 >= state.steps.length;
  return last && state.promoted
    ? { name: 'live', since: promotedAt(state) ?? at }
    : { name: 'ready', step: step + 1, canaryStep: 0 };
}
