import type { Report } from '../../contracts/report.ts';
import { askPeople, enterStep, stop } from './advance.ts';
import type { ReleaseCommandOf } from './commands.ts';
import { followedBy } from './facts.ts';
import type { ReleaseEvent, TrafficShift } from './events.ts';
import { missed } from './review.ts';
import { planOf, stageAt } from './state.ts';
import type { ReleaseState } from './state.ts';

/** A traffic change was made, and counting served versions showed it. */
export function confirmShift(command: ReleaseCommandOf<'ConfirmShift'>, state: ReleaseState): ReleaseEvent[] {
  const { changeId, counted, seconds, position, at } = command;
  const { phase } = state;
  if (phase.name === 'rolling-back' && phase.shift?.changeId === changeId) {
    const took = (Date.parse(at) - Date.parse(phase.startedAt)) / 1000;
    return [
      {
        type: 'ReleaseRolledBack',
        data: { to: phase.shift.arms[0]?.version ?? '', counted, seconds: took },
        at,
      },
      ...missed(state, 'rolled back', at),
      { type: 'ReleaseEnded', data: { outcome: phase.outcome, reason: phase.reason }, at },
    ];
  }
  if (phase.name !== 'shifting' || phase.shift.changeId !== changeId) return [];
  const shifted: ReleaseEvent = {
    type: 'TrafficShifted',
    data: { changeId, counted, seconds, position },
    at,
  };
  if (phase.shift.purpose !== 'promotion') return [shifted];

  const { step, shift } = phase;
  const replaced = state.slot.status === 'held' ? state.slot.champion : null;
  const finished: ReleaseEvent[] = [
    shifted,
    { type: 'VersionPromoted', data: { replaced, fence: state.traffic.fence }, at },
    {
      type: 'StageFinished',
      data: {
        step,
        attempt: state.steps[step]?.attempts ?? 1,
        report: promotionReport(state, step, shift, command),
      },
      at,
    },
  ];
  return followedBy(state, finished, (after) =>
    after.phase.name === 'ready' ? enterStep(after, step + 1, 0, at) : [],
  );
}

/** The change can never be made. A stale fence means that another release has moved all callers since. */
export function failShift(
  { changeId, failure, at }: ReleaseCommandOf<'FailShift'>,
  state: ReleaseState,
): ReleaseEvent[] {
  const { phase } = state;
  if (phase.name === 'rolling-back' && phase.shift?.changeId === changeId) {
    const reason = `${phase.reason} (${failure.message})`;
    return [
      ...missed(state, 'rolled back', at),
      { type: 'ReleaseEnded', data: { outcome: phase.outcome, reason }, at },
    ];
  }
  if (phase.name !== 'shifting' || phase.shift.changeId !== changeId) return [];
  return [
    { type: 'StageErrored', data: { step: phase.step, canaryStep: phase.shift.canaryStep, failure }, at },
  ];
}

export function finishObservation(
  command: ReleaseCommandOf<'FinishObservation'>,
  state: ReleaseState,
): ReleaseEvent[] {
  const { changeId, report, at } = command;
  const { phase } = state;
  if (phase.name !== 'observing' || phase.changeId !== changeId) return [];
  const { step, canaryStep } = phase;
  if (report.verdict === 'error')
    return failObservation(
      { ...command, type: 'FailObservation', failure: { type: 'NotMeasured', message: report.summary } },
      state,
    );

  return followedBy(
    state,
    [{ type: 'CanaryStepFinished', data: { step, canaryStep, report }, at }],
    (after) => {
      if (report.verdict === 'pass') return enterStep(after, step, canaryStep + 1, at);
      if (report.verdict === 'inconclusive') return [askPeople(after, step, canaryStep, at)];
      return lost(after, step, report, at);
    },
  );
}

export function failObservation(
  { changeId, failure, at }: ReleaseCommandOf<'FailObservation'>,
  state: ReleaseState,
): ReleaseEvent[] {
  const { phase } = state;
  if (phase.name !== 'observing' || phase.changeId !== changeId) return [];
  return [{ type: 'StageErrored', data: { step: phase.step, canaryStep: phase.canaryStep, failure }, at }];
}

/** A guard broke while people were thinking or the release was paused: callers do not wait for that. */
export function breakGuard(
  { changeId, report, at }: ReleaseCommandOf<'BreakGuard'>,
  state: ReleaseState,
): ReleaseEvent[] {
  if (!guardArmed(state) || state.traffic.current?.changeId !== changeId) return [];
  return followedBy(state, [{ type: 'GuardBroken', data: { report }, at }], (after) =>
    stop(
      after,
      {
        cause: 'guard',
        by: 'canary',
        reason: `a canary guard broke: ${report.summary}`,
        outcome: 'rolled-back',
      },
      at,
    ),
  );
}

/** The canary serves callers and nothing observes it at the moment: the guard does. */
export function guardArmed({ phase, traffic, promoted }: ReleaseState): boolean {
  const waiting = ['ready', 'preparing-gate', 'deciding', 'held', 'running-stage'].includes(phase.name);
  return waiting && !promoted && traffic.exposed && traffic.current?.purpose === 'canary';
}

function lost(state: ReleaseState, step: number, report: Report, at: string): ReleaseEvent[] {
  const finished: ReleaseEvent = {
    type: 'StageFinished',
    data: { step, attempt: state.steps[step]?.attempts ?? 1, report },
    at,
  };
  return followedBy(state, [finished], (after) =>
    stop(
      after,
      { cause: 'guard', by: 'canary', reason: `the canary lost: ${report.summary}`, outcome: 'rolled-back' },
      at,
    ),
  );
}

function promotionReport(
  state: ReleaseState,
  step: number,
  shift: TrafficShift,
  { counted, seconds }: ReleaseCommandOf<'ConfirmShift'>,
): Report {
  const { version } = planOf(state);
  const total = Object.values(counted).reduce((sum, count) => sum + count, 0);
  const served = counted[version] ?? 0;
  const share = total > 0 ? served / total : 0;
  return {
    stage: stageAt(state, step).name,
    verdict: 'pass',
    summary: `${served} of ${total} counted requests were served by version ${version}`,
    checks: [
      {
        name: 'traffic verified',
        metric: 'served-share',
        verdict: 'pass',
        severity: 'blocking',
        reason: `${served} of ${total} requests came from version ${shift.arms[0]?.version ?? version} after the change`,
      },
    ],
    metrics: {
      'served-share': { value: share, unit: '1', samples: total },
      'shift-seconds': { value: seconds, unit: 's' },
    },
    evidence: [],
    seconds,
  };
}
