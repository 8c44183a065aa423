import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { TrafficChange } from '../../contracts/gateway.ts';
import { dossierWork } from './dossier.ts';
import { guardArmed } from './traffic.ts';
import type { DossierOccasion, GateWhy, SlotPurpose, TrafficShift } from './events.ts';
import { pendingReview, reviewDueAt } from './review.ts';
import { isReviewGate, planOf, stageAt, touchesTraffic } from './state.ts';
import type { ReleaseState } from './state.ts';

/**
 * What the world should be doing for a release in this state. The shell starts work whose key is new and cancels work
 * whose key is gone, so the same state always asks for the same things, after a crash as before it.
 */
export type Work =
  | { readonly kind: 'stage'; readonly key: string; readonly step: number; readonly attempt: number }
  | {
      readonly kind: 'gate-brief';
      readonly key: string;
      readonly step: number;
      readonly gate: string;
      readonly why: GateWhy;
    }
  | {
      readonly kind: 'deadline';
      readonly key: string;
      readonly step: number;
      readonly gate: string;
      readonly dueAt: string;
    }
  | {
      readonly kind: 'shift';
      readonly key: string;
      readonly shift: TrafficShift;
      readonly change: TrafficChange;
    }
  | {
      readonly kind: 'observe';
      readonly key: string;
      readonly step: number;
      readonly canaryStep: number;
      readonly changeId: string;
    }
  | {
      readonly kind: 'guard';
      readonly key: string;
      readonly step: number;
      readonly canaryStep: number;
      readonly changeId: string;
    }
  | { readonly kind: 'review-deadline'; readonly key: string; readonly dueAt: string }
  | {
      readonly kind: 'dossier';
      readonly key: string;
      readonly occasion: DossierOccasion;
      readonly until: number;
    }
  | { readonly kind: 'watch'; readonly key: string; readonly profile: EvidenceRef }
  | { readonly kind: 'tell-model'; readonly key: string; readonly message: ModelMessage };

export type ModelMessage =
  | { readonly type: 'slotRequested'; readonly purpose: SlotPurpose }
  | { readonly type: 'promoted' }
  | { readonly type: 'rolledBack'; readonly to: string }
  /** Null: it is overdue no more. */
  | { readonly type: 'reviewNoted'; readonly overdueSince: string | null }
  | { readonly type: 'slotReleased' };

/** More traffic changes than one release can make, so that a newer grant always wins. */
const CHANGES_PER_GRANT = 1_000_000;

export function workOf(state: ReleaseState): Work[] {
  return [
    ...phaseWork(state),
    ...guardWork(state),
    ...reviewWork(state),
    ...reports(state),
    ...dossierWork(state),
  ];
}

function phaseWork(state: ReleaseState): Work[] {
  const { phase } = state;
  switch (phase.name) {
    case 'running-stage': {
      const { step, attempt } = phase;
      return touchesTraffic(stageAt(state, step).stage)
        ? []
        : [{ kind: 'stage', key: `stage/${step}/${attempt}`, step, attempt }];
    }
    case 'preparing-gate': {
      const { step, gate, why } = phase;
      const asked = `${state.steps[step]?.attempts ?? 0}.${state.traffic.changes}`;
      return [{ kind: 'gate-brief', key: `brief/${gate}/${asked}`, step, gate, why }];
    }
    case 'deciding': {
      const { step, gate, dueAt } = phase;
      if (isReviewGate(planOf(state), step) && state.review?.overdueSince) return [];
      return [{ kind: 'deadline', key: `deadline/${gate}/${dueAt}`, step, gate, dueAt }];
    }
    case 'shifting':
      return [shiftWork(state, phase.shift)];
    case 'rolling-back':
      return phase.shift ? [shiftWork(state, phase.shift)] : [];
    case 'observing': {
      const { step, canaryStep, changeId } = phase;
      return [{ kind: 'observe', key: `observe/${changeId}`, step, canaryStep, changeId }];
    }
    case 'awaiting-slot':
      return [
        {
          kind: 'tell-model',
          key: `slot-requested/${phase.purpose}`,
          message: { type: 'slotRequested', purpose: phase.purpose },
        },
      ];
    default:
      return [];
  }
}

function shiftWork(state: ReleaseState, shift: TrafficShift): Work {
  const { changeId, arms, number } = shift;
  // The grant orders releases, the number orders one release's changes: a late forward change cannot undo its rollback.
  const fence = state.traffic.fence * CHANGES_PER_GRANT + number;
  return { kind: 'shift', key: `shift/${changeId}`, shift, change: { changeId, fence, arms } };
}

function guardWork(state: ReleaseState): Work[] {
  const shift = state.traffic.current;
  if (!guardArmed(state) || !shift || shift.canaryStep === null) return [];
  const step = planOf(state).steps.findIndex(
    (candidate) => candidate.kind === 'stage' && candidate.stage === 'canary',
  );
  return [
    {
      kind: 'guard',
      key: `guard/${shift.changeId}`,
      step,
      canaryStep: shift.canaryStep,
      changeId: shift.changeId,
    },
  ];
}

/** An open gate has a deadline of its own; before it, a review that does not come about must show too. */
function reviewWork(state: ReleaseState): Work[] {
  const dueAt = reviewDueAt(state);
  const { phase } = state;
  return dueAt === null || (phase.name === 'deciding' && isReviewGate(planOf(state), phase.step))
    ? []
    : [{ kind: 'review-deadline', key: `review-deadline/${dueAt}`, dueAt }];
}

/** What the model's workflow must hear once: that this version serves now, or that this release is over. */
function reports(state: ReleaseState): Work[] {
  const { phase, slot, promoted, informed, rollback } = state;
  if (phase.name === 'ended') {
    if (slot.status === 'none' || informed.includes('end')) return [];
    const rolledBack = promoted && rollback !== null && phase.outcome !== 'superseded';
    return [
      {
        kind: 'tell-model',
        key: 'end',
        message: rolledBack ? { type: 'rolledBack', to: servesNow(state) } : { type: 'slotReleased' },
      },
    ];
  }
  if (!promoted) return [];
  const profile = referenceProfile(state);
  const watched = planOf(state).watch === undefined || informed.includes('watch');
  const watch: Work[] = watched || !profile ? [] : [{ kind: 'watch', key: 'watch', profile }];
  return informed.includes('promotion')
    ? [...watch, ...reviewNews(state)]
    : [{ kind: 'tell-model', key: 'promotion', message: { type: 'promoted' } }, ...watch];
}

/** The model's page says that nobody has reviewed what serves, until somebody does. */
function reviewNews(state: ReleaseState): Work[] {
  const { informed, review } = state;
  const since = review?.overdueSince ?? null;
  if (since === null) return [];
  const tell = (key: 'review-overdue' | 'review-done', overdueSince: string | null): Work[] =>
    informed.includes(key)
      ? []
      : [{ kind: 'tell-model', key, message: { type: 'reviewNoted', overdueSince } }];
  if (pendingReview(state)) return tell('review-overdue', since);
  return informed.includes('review-overdue') ? tell('review-done', null) : [];
}

/** What live traffic is held against: a stage wrote it, under this name. */
export function referenceProfile({ steps }: ReleaseState): EvidenceRef | undefined {
  return steps
    .flatMap(({ report }) => report?.evidence ?? [])
    .find(({ name }) => name === 'reference-profile.json');
}

function servesNow({ slot }: ReleaseState): string {
  return (slot.status === 'held' ? slot.previous : null) ?? '';
}
