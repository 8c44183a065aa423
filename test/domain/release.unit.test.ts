// Proves what a release does with each message and result, as sentences of events: stages, gates, canary, promotion,
// rollback, and every refusal that people meet, with the words that they read.
import { describe, expect, test } from 'vitest';
import { decide, evolve, initialState, viewOf, workOf } from '../../domain/release/index.ts';
import type { ReleaseCommand, ReleaseEvent, ReleaseState } from '../../domain/release/index.ts';
import { canary, evidence, gate, plan, report, stage, usualSteps } from '../support/plans.ts';
import { specification } from '../support/specification.ts';

const given = specification<ReleaseCommand, ReleaseEvent, ReleaseState>({ decide, evolve, initialState });
const at = '2013-03-01T00:00:00.000Z';
const brief = evidence('brief.md', 'e');
const operator = { by: 'sam', reason: 'because', at };
const vote = { decision: 'approve' as const, attestation: 'claimed' as const, evidence: brief.sha256, at };

/** Runs commands in order and returns all events, as a ledger would hold them. */
function story(...commands: ReleaseCommand[]): ReleaseEvent[] {
  let state = initialState();
  const events: ReleaseEvent[] = [];
  for (const command of commands) {
    const decided = decide(command, state);
    events.push(...decided);
    state = decided.reduce(evolve, state);
  }
  return events;
}

const start: ReleaseCommand = { type: 'Start', plan: plan(), planRef: evidence('plan.json', 'd'), at };
const sandboxPasses: ReleaseCommand = {
  type: 'FinishStage',
  step: 0,
  attempt: 1,
  report: report('pass'),
  at,
};
const openValidation: ReleaseCommand = { type: 'OpenGate', step: 1, gate: 'validation', evidence: brief, at };
const atValidation = [start, sandboxPasses, openValidation];
const validated: ReleaseCommand[] = [
  ...atValidation,
  { type: 'Decide', ...vote, gate: 'validation', approver: 'max' },
  { type: 'Decide', ...vote, gate: 'validation', approver: 'olga' },
];
const granted: ReleaseCommand = { type: 'GrantSlot', fence: 7, champion: '0', previous: null, at };
const shiftDone = (n: number): ReleaseCommand => ({
  type: 'ConfirmShift',
  changeId: `flight-delays/1#${n}`,
  counted: { '1': 10, '0': 90 },
  seconds: 0.5,
  position: {},
  at,
});
const observed = (n: number, verdict: 'pass' | 'fail' | 'inconclusive' | 'error'): ReleaseCommand => ({
  type: 'FinishObservation',
  changeId: `flight-delays/1#${n}`,
  report: report(verdict, 'canary'),
  at,
});
const inCanary = [...validated, granted, shiftDone(1)];
const atRelease = [
  ...inCanary,
  observed(1, 'pass'),
  shiftDone(2),
  observed(2, 'pass'),
  { type: 'OpenGate', step: 3, gate: 'release', evidence: brief, at } as const,
];
const promoting: ReleaseCommand[] = [
  ...atRelease,
  { type: 'Decide', ...vote, gate: 'release', approver: 'bea' },
];
const live = [...promoting, shiftDone(3)];

describe('stages', () => {
  test('a release begins with its first stage', () => {
    given([]).when(start).thenTypes(['ReleaseRequested', 'StageStarted']);
  });

  test('a stage that passes opens the way to the next step', () => {
    given(story(start))
      .when(sandboxPasses)
      .then([
        { type: 'StageFinished', data: { step: 0, attempt: 1, report: report('pass') }, at },
        { type: 'GateReached', data: { step: 1, canaryStep: null, gate: 'validation', why: 'planned' }, at },
      ]);
  });

  test('a stage that fails before any traffic rejects the version', () => {
    const { events } = given(story(start)).when({ ...sandboxPasses, report: report('fail') });
    expect(events.at(-1)).toEqual({
      type: 'ReleaseEnded',
      data: { outcome: 'rejected', reason: 'sandbox failed: sandbox: fail' },
      at,
    });
  });

  test('a stage without enough evidence asks people, it never passes silently', () => {
    given(story(start))
      .when({ ...sandboxPasses, report: report('inconclusive') })
      .thenTypes(['StageFinished', 'GateReached']);
  });

  test('a stage that could not be measured holds the release until somebody sends retry', () => {
    const held = story(start, {
      type: 'FailStage',
      step: 0,
      attempt: 1,
      failure: { type: 'DataUnreadable', message: 'no such file' },
      at,
    });
    expect(held.at(-1)?.type).toBe('StageErrored');
    given(held)
      .when({ type: 'Retry', ...operator })
      .thenTypes(['StageRetried', 'StageStarted']);
    expect(
      given(held)
        .when({ type: 'Retry', ...operator })
        .state().phase,
    ).toEqual({ name: 'running-stage', step: 0, attempt: 2 });
  });

  test('a late result of an older attempt changes nothing', () => {
    const again = story(
      start,
      { type: 'FailStage', step: 0, attempt: 1, failure: { type: 'X', message: 'lost' }, at },
      { type: 'Retry', ...operator },
    );
    given(again).when(sandboxPasses).then([]);
  });

  test('an error verdict is not a failure of the model', () => {
    given(story(start))
      .when({ ...sandboxPasses, report: report('error') })
      .thenTypes(['StageErrored']);
  });

  test('a plan without production ends as completed', () => {
    const small = { ...start, plan: plan({ steps: [stage('sandbox')] }) };
    given(story(small)).when(sandboxPasses).thenTypes(['StageFinished', 'ReleaseEnded']);
  });
});

describe('gates', () => {
  test('the quorum by role opens the gate', () => {
    given(story(...atValidation, { type: 'Decide', ...vote, gate: 'validation', approver: 'max' }))
      .when({ type: 'Decide', ...vote, gate: 'validation', approver: 'olga' })
      .thenTypes(['DecisionRecorded', 'GateApproved', 'SlotRequested']);
  });

  test('one approval of two leaves the gate open', () => {
    given(story(...atValidation))
      .when({ type: 'Decide', ...vote, gate: 'validation', approver: 'max' })
      .thenTypes(['DecisionRecorded']);
  });

  const refusals: [string, ReleaseCommand[], Partial<Extract<ReleaseCommand, { type: 'Decide' }>>, RegExp][] =
    [
      ['the requester may not decide', [], { approver: 'rita' }, /rita asked for this release/],
      [
        'somebody without a role may not decide',
        [],
        { approver: 'eve' },
        /eve holds none of the roles.*model-risk, owner/,
      ],
      [
        'a role that the person does not hold',
        [],
        { approver: 'max', role: 'owner' },
        /max does not hold the role owner here; they hold model-risk/,
      ],
      [
        'evidence that was not shown',
        [],
        { approver: 'max', evidence: 'f'.repeat(64) },
        /is not what gate validation shows.*eeeeeeeeeeee/,
      ],
      [
        'no evidence at all',
        [],
        { approver: 'max', evidence: '' },
        /\(none\) is not what gate validation shows/,
      ],
      [
        'a digest too short to bind',
        [],
        { approver: 'max', evidence: 'e' },
        /is not what gate validation shows/,
      ],
      [
        'another gate',
        [],
        { approver: 'max', gate: 'release' },
        /gate release is not open; the open gate is validation/,
      ],
      [
        'twice',
        [{ type: 'Decide', ...vote, gate: 'validation', approver: 'max' }],
        { approver: 'max' },
        /max has already voted/,
      ],
      [
        'more approvals than a role needs',
        [{ type: 'Decide', ...vote, gate: 'validation', approver: 'max' }],
        { approver: 'mia' },
        /already has the approvals that it needs from model-risk/,
      ],
      [
        'a rejection without a word',
        [],
        { approver: 'max', decision: 'reject' },
        /a rejection needs a comment/,
      ],
    ];
  test.each(refusals)('refused: %s', (_, before, change, reason) => {
    const command: ReleaseCommand = {
      type: 'Decide',
      ...vote,
      gate: 'validation',
      approver: 'max',
      ...change,
    };
    const { events } = given(story(...atValidation, ...before)).when(command);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: 'MessageRefused',
      data: { reason: expect.stringMatching(reason) as string },
    });
  });

  test('a shown digest may be shortened to twelve characters', () => {
    given(story(...atValidation))
      .when({ type: 'Decide', ...vote, evidence: 'sha256:eeeeeeeeeeee', gate: 'validation', approver: 'max' })
      .thenTypes(['DecisionRecorded']);
  });

  test('one rejection ends the release', () => {
    given(story(...atValidation))
      .when({
        type: 'Decide',
        ...vote,
        decision: 'reject',
        comment: 'unfair to UA',
        gate: 'validation',
        approver: 'max',
      })
      .thenTypes(['DecisionRecorded', 'GateRejected', 'ReleaseEnded']);
  });

  test('the deadline rejects, and not a moment too early', () => {
    const expire = { type: 'ExpireGate', step: 1, gate: 'validation' } as const;
    given(story(...atValidation))
      .when({ ...expire, at: '2013-03-01T00:59:59.999Z' })
      .then([]);
    given(story(...atValidation))
      .when({ ...expire, at: '2013-03-01T01:00:00.000Z' })
      .thenTypes(['GateRejected', 'ReleaseEnded']);
  });

  test('silence never waves missing evidence through, even where the plan approves by silence', () => {
    const lenient = plan({
      steps: [stage('sandbox'), gate('validation', { owner: 1 }, { onTimeout: 'approve' })],
    });
    const open = story(
      { ...start, plan: lenient },
      { ...sandboxPasses, report: report('inconclusive') },
      {
        type: 'OpenGate',
        step: 0,
        gate: 'sandbox-inconclusive',
        evidence: brief,
        at,
      },
    );
    given(open)
      .when({ type: 'ExpireGate', step: 0, gate: 'sandbox-inconclusive', at: '2014-01-01T00:00:00.000Z' })
      .thenTypes(['GateRejected', 'ReleaseEnded']);
  });

  test('people who accept an inconclusive stage let the release go on', () => {
    const open = story(
      start,
      { ...sandboxPasses, report: report('inconclusive') },
      {
        type: 'OpenGate',
        step: 0,
        gate: 'sandbox-inconclusive',
        evidence: brief,
        at,
      },
      { type: 'Decide', ...vote, gate: 'sandbox-inconclusive', approver: 'max' },
    );
    given(open)
      .when({ type: 'Decide', ...vote, gate: 'sandbox-inconclusive', approver: 'olga' })
      .thenTypes(['DecisionRecorded', 'GateApproved', 'GateReached']);
  });
});

describe('canary and production', () => {
  test('traffic moves only with the slot, a little first, the champion beside it', () => {
    const { events } = given(story(...validated)).when(granted);
    expect(events.map(({ type }) => type)).toEqual(['SlotGranted', 'StageStarted', 'TrafficShiftStarted']);
    expect(events.at(-1)).toMatchObject({
      data: {
        shift: {
          changeId: 'flight-delays/1#1',
          arms: [
            { arm: 'baseline', version: '0', weight: 90 },
            { arm: 'canary', version: '1', weight: 10 },
          ],
        },
      },
    });
  });

  test('the first version of a model is held against the declared fallback', () => {
    const { events } = given(story(...validated)).when({ ...granted, champion: null });
    expect(events.at(-1)).toMatchObject({
      data: { shift: { arms: [{ version: 'fallback', weight: 90 }, { version: '1' }] } },
    });
  });

  test('each step that passes raises the weight, the last one ends the stage', () => {
    given(story(...inCanary))
      .when(observed(1, 'pass'))
      .thenTypes(['CanaryStepFinished', 'TrafficShiftStarted']);
    given(story(...inCanary, observed(1, 'pass'), shiftDone(2)))
      .when(observed(2, 'pass'))
      .thenTypes(['CanaryStepFinished', 'StageFinished', 'GateReached']);
  });

  test('a lost canary rolls back by itself, and its time is measured', () => {
    const lost = story(...inCanary, observed(1, 'fail'));
    expect(lost.slice(-4).map(({ type }) => type)).toEqual([
      'CanaryStepFinished',
      'StageFinished',
      'RollbackStarted',
      'TrafficShiftStarted',
    ]);
    const { events } = given(lost).when({
      ...shiftDone(2),
      counted: { '0': 50 },
      at: '2013-03-01T00:00:02.500Z',
    } as ReleaseCommand);
    expect(events).toMatchObject([
      { type: 'ReleaseRolledBack', data: { to: '0', seconds: 2.5 } },
      { type: 'ReleaseEnded', data: { outcome: 'rolled-back', reason: 'the canary lost: canary: fail' } },
    ]);
  });

  test('a guard that breaks while people think rolls back at once (flagger#1801)', () => {
    given(story(...atRelease))
      .when({ type: 'BreakGuard', changeId: 'flight-delays/1#2', report: report('fail', 'canary'), at })
      .thenTypes(['GuardBroken', 'RollbackStarted', 'TrafficShiftStarted']);
  });

  test('the guard is armed at the gate after the canary and asks for work', () => {
    const state = story(...atRelease).reduce(evolve, initialState());
    expect(workOf(state).map(({ kind }) => kind)).toEqual(['deadline', 'guard']);
  });

  test('an inconclusive step keeps its weight and asks people; approval goes on with the next step', () => {
    const asked = story(...inCanary, observed(1, 'inconclusive'), {
      type: 'OpenGate',
      step: 2,
      gate: 'canary-inconclusive',
      evidence: brief,
      at,
    });
    expect(asked.at(-1)?.type).toBe('GateOpened');
    given(asked)
      .when({ type: 'Decide', ...vote, gate: 'canary-inconclusive', approver: 'bea' })
      .thenTypes(['DecisionRecorded', 'GateApproved', 'TrafficShiftStarted']);
  });

  test('promotion is believed when it was counted', () => {
    const { events, state } = given(story(...promoting)).when(shiftDone(3));
    expect(events.map(({ type }) => type)).toEqual(['TrafficShifted', 'VersionPromoted', 'StageFinished']);
    expect(state().phase.name).toBe('live');
    expect(workOf(state())).toEqual([
      { kind: 'tell-model', key: 'promotion', message: { type: 'promoted' } },
    ]);
  });

  test('a live version ends when another one supersedes it', () => {
    given(story(...live))
      .when({ type: 'Supersede', by: '2', at })
      .thenTypes(['ReleaseSuperseded', 'ReleaseEnded']);
  });

  test('a late forward change carries a lower fence than the rollback that overtook it', () => {
    const before = story(...validated, granted).reduce(evolve, initialState());
    const after = story(...validated, granted, { type: 'Abort', ...operator }).reduce(evolve, initialState());
    const fence = (state: ReleaseState) =>
      workOf(state).flatMap((work) => (work.kind === 'shift' ? [work.change.fence] : []))[0] ?? NaN;
    expect(fence(after)).toBeGreaterThan(fence(before));
  });
});

describe('operators', () => {
  test('abort before traffic ends the release, during the canary it rolls back first', () => {
    given(story(start))
      .when({ type: 'Abort', ...operator })
      .thenTypes(['ReleaseEnded']);
    given(story(...inCanary))
      .when({ type: 'Abort', ...operator })
      .thenTypes(['RollbackStarted', 'TrafficShiftStarted']);
  });

  test('abort while the promotion is under way is obeyed (argo-rollouts#4461)', () => {
    given(story(...promoting))
      .when({ type: 'Abort', ...operator })
      .thenTypes(['RollbackStarted', 'TrafficShiftStarted']);
  });

  test('abort of a live version says what to send instead', () => {
    const { events } = given(story(...live)).when({ type: 'Abort', ...operator });
    expect(events).toMatchObject([
      { type: 'MessageRefused', data: { reason: expect.stringMatching(/send rollback/) as string } },
    ]);
  });

  test('rollback of a live version asks for the slot, then goes back to the version before', () => {
    const asked = story(...live, { type: 'Rollback', ...operator });
    expect(asked.slice(-2).map(({ type }) => type)).toEqual(['RollbackRequested', 'SlotRequested']);
    const { events } = given(asked).when({ type: 'GrantSlot', fence: 9, champion: '1', previous: '0', at });
    expect(events.at(-1)).toMatchObject({
      data: { shift: { purpose: 'rollback', arms: [{ version: '0', weight: 100 }] } },
    });
  });

  test('rollback without traffic says to abort', () => {
    const { events } = given(story(start)).when({ type: 'Rollback', ...operator });
    expect(events).toMatchObject([
      { type: 'MessageRefused', data: { reason: expect.stringMatching(/send abort/) as string } },
    ]);
  });

  test('a paused release finishes its stage and goes no further until resume', () => {
    const paused = story(start, { type: 'Pause', ...operator });
    given(paused).when(sandboxPasses).thenTypes(['StageFinished']);
    given([...paused, ...given(paused).when(sandboxPasses).events])
      .when({ type: 'Resume', ...operator })
      .thenTypes(['ReleaseResumed', 'GateReached']);
  });

  test('a paused canary still rolls back when it loses', () => {
    given(story(...inCanary, { type: 'Pause', ...operator }))
      .when(observed(1, 'fail'))
      .thenTypes(['CanaryStepFinished', 'StageFinished', 'RollbackStarted', 'TrafficShiftStarted']);
  });

  test('retry with nothing to try again says where the release is', () => {
    const { events } = given(story(...atValidation)).when({ type: 'Retry', ...operator });
    expect(events).toMatchObject([
      { data: { reason: 'nothing waits to be tried again: the release is deciding' } },
    ]);
  });

  test('the champion that is being rolled back takes the slot from a canary', () => {
    given(story(...inCanary))
      .when({ type: 'RevokeSlot', reason: 'version 0 is being rolled back', at })
      .thenTypes(['RollbackStarted', 'TrafficShiftStarted']);
  });
});

test('the view says in one sentence what goes on, and what each role still owes', () => {
  const view = viewOf(story(...atValidation).reduce(evolve, initialState()));
  expect(view.headline).toBe('gate validation waits for people until 2013-03-01T01:00:00.000Z');
  expect(view.gate?.pending).toEqual([
    { role: 'model-risk', missing: 1, people: ['max', 'mia'] },
    { role: 'owner', missing: 1, people: ['olga'] },
  ]);
  expect(usualSteps.includes(canary)).toBe(true);
});
