import { FALLBACK_VERSION } from '../../contracts/gateway.ts';
import type { TrafficArm } from '../../contracts/gateway.ts';
import type { CanarySpec, StageStep } from '../../contracts/plan.ts';
import type { Outcome } from '../../contracts/release-view.ts';
import type { ReleaseEvent, RollbackCause, TrafficShift } from './events.ts';
import { evolve } from './evolve.ts';
import { skipByPlan } from './skip-rules.ts';
import { baselineOf, gateRules, planOf, stageAt, stepAt, touchesTraffic } from './state.ts';
import type { ReleaseState } from './state.ts';

/**
 * What happens when the release goes on to a step. Every caller folds its own events first, so `state` is the state
 * after them. A paused release stays where it is.
 */
export function enterStep(state: ReleaseState, step: number, canaryStep: number, at: string): ReleaseEvent[] {
  if (state.paused) return [];
  const next = stepAt(state, step);
  if (!next) return finishPlan(state, at);
  if (next.kind === 'gate')
    return [{ type: 'GateReached', data: { step, canaryStep: null, gate: next.name, why: 'planned' }, at }];
  const left = skipByPlan(state, next, step, at);
  if (left?.type === 'StageErrored') return [left];
  if (left !== undefined) return [left, ...enterStep(evolve(state, left), step + 1, 0, at)];
  if (touchesTraffic(next.stage)) return enterTrafficStage(state, next, step, canaryStep, at);
  return [startStage(state, next, step, at)];
}

export function startStage(state: ReleaseState, stage: StageStep, step: number, at: string): ReleaseEvent {
  const attempt = (state.steps[step]?.attempts ?? 0) + 1;
  return { type: 'StageStarted', data: { step, stage: stage.stage, attempt }, at };
}

function enterTrafficStage(
  state: ReleaseState,
  stage: StageStep,
  step: number,
  canaryStep: number,
  at: string,
): ReleaseEvent[] {
  // Only one release of a model may touch traffic, so the model's slot comes before the first change.
  if (state.slot.status !== 'held') return [{ type: 'SlotRequested', data: { purpose: 'release' }, at }];
  const begun = state.steps[step]?.status === 'active';
  const report = state.steps[step]?.report;
  if (begun && report && stage.stage === 'canary' && canaryStep >= canarySpec(stage).steps.length) {
    const finished: ReleaseEvent = {
      type: 'StageFinished',
      data: { step, attempt: state.steps[step]?.attempts ?? 1, report },
      at,
    };
    return [finished, ...enterStep(evolve(state, finished), step + 1, 0, at)];
  }
  return [
    ...(begun ? [] : [startStage(state, stage, step, at)]),
    { type: 'TrafficShiftStarted', data: { step, shift: forwardShift(state, stage, canaryStep) }, at },
  ];
}

function forwardShift(state: ReleaseState, stage: StageStep, canaryStep: number): TrafficShift {
  const { version } = planOf(state);
  if (stage.stage === 'production') {
    return {
      ...nextChange(state),
      purpose: 'promotion',
      arms: [{ arm: 'baseline', version, weight: 100 }],
      canaryStep: null,
    };
  }
  const weight = canarySpec(stage).steps[canaryStep]?.weight ?? 0;
  const arms: TrafficArm[] = [
    { arm: 'baseline', version: baselineOf(state), weight: 100 - weight },
    { arm: 'canary', version, weight },
  ];
  return { ...nextChange(state), purpose: 'canary', arms: arms.filter((arm) => arm.weight > 0), canaryStep };
}

export function canarySpec(stage: StageStep): CanarySpec {
  if (!stage.canary) throw new Error(`stage ${stage.name} is a canary without canary settings`);
  return stage.canary;
}

/** The name and number that the next traffic change will have. */
function nextChange(state: ReleaseState): { number: number; changeId: string } {
  const { model, version } = planOf(state);
  const number = state.traffic.changes + 1;
  return { number, changeId: `${model}/${version}#${number}` };
}

/** Puts all callers back to the version that served before this one. */
export function rollbackShift(state: ReleaseState): TrafficShift {
  const before = state.promoted && state.slot.status === 'held' ? state.slot.previous : null;
  const version = state.promoted ? (before ?? FALLBACK_VERSION) : baselineOf(state);
  return {
    ...nextChange(state),
    purpose: 'rollback',
    arms: [{ arm: 'baseline', version, weight: 100 }],
    canaryStep: null,
  };
}

export interface Ending {
  readonly cause: RollbackCause;
  readonly by: string;
  readonly reason: string;
  readonly outcome: Outcome;
}

/**
 * Ends a release that goes no further: at once when it serves nobody, else by a rollback. A promoted version has given
 * the model's slot back, so it asks for it again first; the model gives it to rollbacks before anything else.
 */
export function stop(state: ReleaseState, ending: Ending, at: string): ReleaseEvent[] {
  if (!state.traffic.exposed) {
    return [{ type: 'ReleaseEnded', data: { outcome: ending.outcome, reason: ending.reason }, at }];
  }
  if (!state.promoted) return startRollback(state, ending, at);
  return [
    { type: 'RollbackRequested', data: ending, at },
    { type: 'SlotRequested', data: { purpose: 'rollback' }, at },
  ];
}

/** The slot is held: all callers go back to the version before, whatever is going on. */
export function startRollback(state: ReleaseState, ending: Ending, at: string): ReleaseEvent[] {
  const step = 'step' in state.phase ? state.phase.step : planOf(state).steps.length - 1;
  return [
    { type: 'RollbackStarted', data: ending, at },
    { type: 'TrafficShiftStarted', data: { step, shift: rollbackShift(state) }, at },
  ];
}

function finishPlan(state: ReleaseState, at: string): ReleaseEvent[] {
  // A promoted version is live: its workflow stays open until it is superseded or rolled back.
  if (state.promoted) return [];
  const reason = 'every step of the plan passed, and the plan has no production stage';
  return stop(state, { cause: 'stage', by: 'plan', reason, outcome: 'completed' }, at);
}

/** Not enough evidence: people decide, and where the plan names nobody the release is held. */
export function askPeople(
  state: ReleaseState,
  step: number,
  canaryStep: number | null,
  at: string,
): ReleaseEvent {
  const stage = stageAt(state, step).name;
  if (gateRules(planOf(state), step)) {
    return {
      type: 'GateReached',
      data: { step, canaryStep, gate: `${stage}-inconclusive`, why: 'inconclusive' },
      at,
    };
  }
  const message = `${stage} has not enough evidence, and the plan has no gate where people could decide: send retry or abort`;
  return { type: 'StageErrored', data: { step, canaryStep, failure: { type: 'Inconclusive', message } }, at };
}
