// Proves what a review does with a version that serves, as sentences of events: whatever it finds and whoever does not sign, the
// version goes on serving; what was not foreseen becomes an action; and a review that nobody signed says so, for ever.
import { describe, expect, test } from 'vitest';
import { decide, evolve, initialState, viewOf, workOf } from '../../domain/release/index.ts';
import type { ReleaseCommand, ReleaseEvent, ReleaseState } from '../../domain/release/index.ts';
import type { Report } from '../../contracts/report.ts';
import { detailsOf } from '../../workflows/details.ts';
import { evidence, plan, report, reviewSteps, stage } from '../support/plans.ts';
import { specification } from '../support/specification.ts';

const given = specification<ReleaseCommand, ReleaseEvent, ReleaseState>({ decide, evolve, initialState });
const at = '2013-03-01T00:00:00.000Z';
/** The soak may take two hours, the comparison ten minutes, the signatures one hour. */
const DUE = '2013-03-01T03:10:00.000Z';
const GATE_DUE = '2013-03-01T01:00:00.000Z';
const brief = evidence('brief.md', 'e');
const vote = { decision: 'approve', attestation: 'claimed', evidence: brief.sha256, gate: 'review' } as const;

function story(...commands: ReleaseCommand[]): ReleaseEvent[] {
  let state = initialState();
  return commands.flatMap((command) => {
    const decided = decide(command, state);
    state = decided.reduce(evolve, state);
    return decided;
  });
}

const steps = [stage('production'), ...reviewSteps];
const promoted: ReleaseCommand[] = [
  { type: 'Start', plan: plan({ steps }), planRef: evidence('plan.json', 'd'), at },
  { type: 'GrantSlot', fence: 7, champion: '0', previous: null, at },
  {
    type: 'ConfirmShift',
    changeId: 'flight-delays/1#1',
    counted: { '1': 100 },
    seconds: 0.5,
    position: { 'seatrial.predictions': { '0': 41 } },
    at,
  },
];
const compared = (found: Report): ReleaseCommand => ({
  type: 'FinishStage',
  step: 1,
  attempt: 1,
  report: found,
  at,
});
const atTheGate: ReleaseCommand[] = [
  ...promoted,
  compared(report('pass', 'review')),
  { type: 'OpenGate', step: 2, gate: 'review', evidence: brief, at },
];
const overdue: ReleaseCommand[] = [
  ...atTheGate,
  { type: 'ExpireGate', step: 2, gate: 'review', at: GATE_DUE },
];
const says = (from: readonly ReleaseEvent[]) => {
  const view = viewOf(from.reduce(evolve, initialState()));
  return { ...view.review, headline: view.headline, outcomeReason: view.outcomeReason };
};
const later = '2013-03-09T12:00:00.000Z';
const signed: ReleaseCommand[] = [
  { type: 'Decide', ...vote, approver: 'olga', at: later },
  { type: 'Decide', ...vote, approver: 'bea', at: later },
];

describe('a version that serves is reviewed', () => {
  test('it soaks as soon as it is promoted, and knows where its traffic begins', () => {
    const state = story(...promoted).reduce(evolve, initialState());
    expect(state.phase).toEqual({ name: 'running-stage', step: 1, attempt: 1 });
    expect(state.traffic.promotedFrom).toEqual({ 'seatrial.predictions': { '0': 41 } });
    expect(workOf(state).map(({ key }) => key)).toEqual(['stage/1/1', `review-deadline/${DUE}`, 'promotion']);
    expect(says(story(...promoted))).toMatchObject({
      status: 'soaking',
      dueAt: DUE,
      headline: `live since ${at}; review: soaking, then comparing`,
    });
  });

  test('what it finds takes nobody back: each failed comparison is an action with an owner and a day', () => {
    const check = { metric: 'auc', severity: 'blocking', reason: 'AUC 0.61, predicted 0.67' } as const;
    const found: Report = {
      ...report('fail', 'review'),
      checks: [
        { ...check, name: 'quality-auc', verdict: 'fail' },
        { ...check, name: 'cost', verdict: 'inconclusive' },
        { ...check, name: 'latency', verdict: 'fail', severity: 'warning' },
      ],
    };
    const { events } = given(story(...promoted)).when(compared(found));
    const about = { owner: 'owner', dueAt: '2013-03-15T00:00:00.000Z', by: 'review' };
    expect(events.map(({ type, data }) => [type, data])).toMatchObject([
      ['StageFinished', {}],
      ['ActionOpened', { id: 'a1', what: 'quality-auc: AUC 0.61, predicted 0.67', ...about }],
      ['ActionOpened', { id: 'a2', what: 'latency: AUC 0.61, predicted 0.67', ...about }],
      ['GateReached', { gate: 'review', why: 'planned' }],
    ]);
  });

  test('too little evidence is no question to people of its own: they see it at the gate', () => {
    given(story(...promoted))
      .when(compared(report('inconclusive', 'review')))
      .thenTypes(['StageFinished', 'GateReached']);
  });

  test('what could not be measured is held, and the version serves', () => {
    const held = story(...promoted, compared(report('error', 'review')));
    expect(held.at(-1)?.type).toBe('StageErrored');
    given(held)
      .when({ type: 'Retry', by: 'sam', reason: 'the log is back', at })
      .thenTypes(['StageRetried', 'StageStarted']);
  });

  test('signed, the version is live since its promotion', () => {
    const events = story(...atTheGate, ...signed);
    expect(events.slice(-3).map(({ type }) => type)).toEqual([
      'DecisionRecorded',
      'DecisionRecorded',
      'GateApproved',
    ]);
    expect(says(events)).toMatchObject({ status: 'signed', dueAt: null, headline: `live since ${at}` });
  });

  test('rejected, it is disputed and something to act on; the version serves', () => {
    const { events, state } = given(story(...atTheGate)).when({
      type: 'Decide',
      ...vote,
      decision: 'reject',
      approver: 'bea',
      comment: 'crews are called for nothing',
      at,
    });
    expect(events.map(({ type }) => type)).toEqual(['DecisionRecorded', 'GateRejected', 'ActionOpened']);
    expect(state().phase).toEqual({ name: 'live', since: at });
    expect(viewOf(state()).review?.status).toBe('disputed');
  });
});

describe('a review that nobody signed in time', () => {
  test('says so, and its gate stays open', () => {
    given(story(...atTheGate))
      .when({ type: 'ExpireGate', step: 2, gate: 'review', at: GATE_DUE })
      .then([{ type: 'ReviewOverdue', data: { dueAt: GATE_DUE }, at: GATE_DUE }]);
    const state = story(...overdue).reduce(evolve, initialState());
    expect(state.phase.name).toBe('deciding');
    expect(workOf(state).map(({ kind }) => kind)).toEqual(['tell-model']);
    expect(says(story(...overdue))).toMatchObject({
      status: 'overdue',
      overdueSince: GATE_DUE,
      headline: `live since ${at}; review overdue since ${GATE_DUE}; gate review still waits for people`,
    });
    expect(detailsOf(viewOf(state))).toContain('**Review overdue since 2013-03-01\u00a001:00\u00a0UTC.**');
  });

  test('even where the plan would have silence approve', () => {
    const silent = steps.map((step) =>
      step.kind === 'gate' ? { ...step, onTimeout: 'approve' as const } : step,
    );
    const [, ...rest] = overdue;
    const start: ReleaseCommand = {
      type: 'Start',
      plan: plan({ steps: silent }),
      planRef: evidence('plan.json', 'd'),
      at,
    };
    expect(story(start, ...rest).at(-1)?.type).toBe('ReviewOverdue');
  });

  test('can still be signed, and remembers since when it was late', () => {
    const events = story(...overdue, ...signed);
    expect(events.at(-1)?.type).toBe('GateApproved');
    expect(says(events)).toMatchObject({
      status: 'signed',
      overdueSince: GATE_DUE,
      headline: `live since ${at}`,
    });
  });

  test('shows too where it never came to a gate', () => {
    const held = story(...promoted, compared(report('error', 'review')));
    given(held)
      .when({ type: 'ExpireReview', dueAt: DUE, at: DUE })
      .then([{ type: 'ReviewOverdue', data: { dueAt: DUE }, at: DUE }]);
    given(held).when({ type: 'ExpireReview', dueAt: DUE, at }).then([]);
  });
});

describe('a version that goes before its review', () => {
  test.each([
    ['during the soak', promoted],
    ['at the gate', atTheGate],
    ['when it is overdue', overdue],
  ])('superseded %s, it is recorded as not reviewed', (_, commands) => {
    const { events, state } = given(story(...commands)).when({ type: 'Supersede', by: '2', at: later });
    expect(events.map(({ type }) => type)).toEqual(['ReleaseSuperseded', 'ReviewMissed', 'ReleaseEnded']);
    expect(viewOf(state())).toMatchObject({
      review: { status: 'missed', missed: 'not reviewed: superseded', dueAt: null },
      outcome: 'superseded',
      outcomeReason: 'version 2 serves now; not reviewed: superseded',
    });
    expect(workOf(state()).map(({ kind }) => kind)).toEqual(['tell-model']);
  });

  test('after its review nothing is missing', () => {
    given(story(...atTheGate, ...signed))
      .when({ type: 'Supersede', by: '2', at })
      .thenTypes(['ReleaseSuperseded', 'ReleaseEnded']);
  });

  test('rolled back during the soak, it stops soaking at once', () => {
    const asked = story(...promoted, { type: 'Rollback', by: 'sam', reason: 'customers complain', at });
    expect(workOf(asked.reduce(evolve, initialState())).map(({ key }) => key)).not.toContain('stage/1/1');
    const back = story(
      ...promoted,
      { type: 'Rollback', by: 'sam', reason: 'customers complain', at },
      { type: 'GrantSlot', fence: 8, champion: '1', previous: '0', at },
      {
        type: 'ConfirmShift',
        changeId: 'flight-delays/1#2',
        counted: { '0': 100 },
        seconds: 0.5,
        position: {},
        at,
      },
    );
    expect(back.slice(-3).map(({ type, data }) => [type, data])).toMatchObject([
      ['ReleaseRolledBack', {}],
      ['ReviewMissed', { reason: 'not reviewed: rolled back' }],
      ['ReleaseEnded', { outcome: 'rolled-back' }],
    ]);
  });
});

test('the model hears once that a review is overdue, and once that it is no more', () => {
  const heard = (of: 'promotion' | 'review-overdue'): ReleaseCommand => ({ type: 'ConfirmInformed', of, at });
  const newsOf = (...commands: ReleaseCommand[]) =>
    workOf(story(...commands).reduce(evolve, initialState())).flatMap((work) =>
      work.kind === 'tell-model' ? [work.message] : [],
    );
  const late = [...overdue, heard('promotion')];
  expect(newsOf(...atTheGate, heard('promotion'))).toEqual([]);
  expect(newsOf(...late)).toEqual([{ type: 'reviewNoted', overdueSince: GATE_DUE }]);
  expect(newsOf(...late, heard('review-overdue'))).toEqual([]);
  expect(newsOf(...late, heard('review-overdue'), ...signed)).toEqual([
    { type: 'reviewNoted', overdueSince: null },
  ]);
});

describe('actions', () => {
  const open: ReleaseCommand = {
    type: 'OpenAction',
    what: 'look at Newark',
    owner: 'owner',
    due: later,
    by: 'bea',
    at,
  };

  test('people open and close them while the version serves', () => {
    const events = story(...promoted, open, {
      type: 'CloseAction',
      action: 'a1',
      by: 'olga',
      reason: 'looked',
      at,
    });
    const view = viewOf(events.reduce(evolve, initialState()));
    expect(view.actions).toEqual([
      {
        id: 'a1',
        what: 'look at Newark',
        owner: 'owner',
        dueAt: later,
        by: 'bea',
        openedAt: at,
        closed: { by: 'olga', reason: 'looked', at },
      },
    ]);
    expect(detailsOf(view)).toContain('## Actions, 0 open');
  });

  test.each<[string, ReleaseCommand[], ReleaseCommand, RegExp]>([
    ['of a version that serves nobody', promoted.slice(0, 2), open, /does not yet/],
    [
      'for a role that nobody holds',
      promoted,
      { ...open, owner: 'ceo' } as ReleaseCommand,
      /owner is one of owner, model-risk/,
    ],
    [
      'that is not there',
      [...promoted, open],
      { type: 'CloseAction', action: 'a7', by: 'olga', reason: 'done', at },
      /no action a7; open are a1/,
    ],
  ])('one %s is refused with what to do', (_, commands, command, reason) => {
    const { events } = given(story(...commands)).when(command);
    expect(events).toMatchObject([
      { type: 'MessageRefused', data: { reason: expect.stringMatching(reason) as string } },
    ]);
  });
});
