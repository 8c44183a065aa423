// Proves who may hold a model's traffic slot and in which order, which version serves, and what becomes of each drift
// event: every one in exactly one bucket, redelivery without effect, one retraining for one piece of evidence.
import { describe, expect, test } from 'vitest';
import type { DriftSummary } from '../../contracts/messages.ts';
import type { RetrainingSpec } from '../../contracts/plan.ts';
import { championOf, decide, evolve, initialState } from '../../domain/model/index.ts';
import type { ModelCommand, ModelEvent, ModelState } from '../../domain/model/index.ts';
import { evidence } from '../support/plans.ts';
import { specification } from '../support/specification.ts';

const given = specification<ModelCommand, ModelEvent, ModelState>({
  decide,
  evolve,
  initialState: () => initialState('flight-delays'),
});
const at = '2013-06-10T00:00:00.000Z';

const retraining: RetrainingSpec = {
  policy: { minSeverity: 'critical', coolDownHours: 240, budgetPer30Days: 2 },
  trainer: {
    command: ['train'],
    dataCommand: ['data'],
    cwd: '.',
    seed: 1,
    arguments: [],
    timeoutSeconds: 600,
  },
  windowDays: 60,
};

function after(...commands: ModelCommand[]): ModelEvent[] {
  let state = initialState('flight-delays');
  return commands.flatMap((command) => {
    const events = decide(command, state);
    state = events.reduce(evolve, state);
    return events;
  });
}
const stateOf = (events: ModelEvent[]) => events.reduce(evolve, initialState('flight-delays'));

const request = (version: string, purpose: 'release' | 'rollback' = 'release'): ModelCommand => ({
  type: 'RequestSlot',
  version,
  purpose,
  at,
});
const promote = (version: string, fence: number): ModelCommand => ({
  type: 'Promote',
  version,
  fence,
  planRef: evidence('plan.json'),
  retraining,
  at,
});
const firstServes = [request('1'), promote('1', 1)];

function drift(offset: number, more: Partial<DriftSummary> = {}): DriftSummary {
  return {
    offset,
    id: `e${offset}`,
    version: '1',
    kind: 'performance',
    verdict: 'drift',
    severity: 'critical',
    windowStart: '2013-06-03T00:00:00.000Z',
    windowEnd: '2013-06-10T00:00:00.000Z',
    headline: 'log-loss 0.59 > 0.54',
    ...more,
  };
}
const batch = (...events: DriftSummary[]): ModelCommand => ({
  type: 'ReceiveDrift',
  at,
  batch: { v: 1, stream: 'c/seatrial.drift', partition: 2, events },
});

describe('the slot', () => {
  test('one release holds it, the next waits, and gets it when it is free', () => {
    given(after(request('1')))
      .when(request('2'))
      .thenTypes(['SlotQueued']);
    given(after(request('1'), request('2')))
      .when({ type: 'ReleaseSlot', version: '1', at })
      .thenTypes(['SlotFreed', 'SlotGranted']);
  });

  test('fences rise with every grant', () => {
    const state = stateOf(after(request('1'), { type: 'ReleaseSlot', version: '1', at }, request('2')));
    expect(state.slot).toEqual({ version: '2', purpose: 'release', fence: 2, revoked: false });
  });

  test('a request that is repeated hears the same grant again', () => {
    const { events } = given(after(request('1'))).when(request('1'));
    expect(events).toMatchObject([{ type: 'SlotGranted', data: { fence: 1 } }]);
  });

  test('the rollback of the champion takes the slot from a challenger', () => {
    const inCanary = after(...firstServes, request('2'));
    given(inCanary).when(request('1', 'rollback')).thenTypes(['SlotQueued', 'SlotPreempted']);
    const freed = given([...inCanary, ...given(inCanary).when(request('1', 'rollback')).events]).when({
      type: 'ReleaseSlot',
      version: '2',
      at,
    });
    expect(freed.events).toMatchObject([
      { type: 'SlotFreed' },
      { type: 'SlotGranted', data: { version: '1', purpose: 'rollback' } },
    ]);
  });

  test('a version that does not serve has nothing to roll back', () => {
    given(after(...firstServes))
      .when(request('0', 'rollback'))
      .then([]);
  });

  test('promotion under an old fence is not believed', () => {
    given(after(request('1')))
      .when(promote('1', 99))
      .then([]);
  });
});

describe('the champion', () => {
  test('a promotion replaces it, and its release is told', () => {
    const state = stateOf(after(...firstServes, request('2'), promote('2', 2)));
    expect(championOf(state)).toBe('2');
    expect(state.outbox.at(-1)).toMatchObject({ type: 'supersede', version: '1', by: '2' });
  });

  test('after a rollback the version before serves again', () => {
    const state = stateOf(
      after(...firstServes, request('2'), promote('2', 2), request('2', 'rollback'), {
        type: 'RollBack',
        version: '2',
        to: '1',
        fence: 3,
        at,
      }),
    );
    expect(championOf(state)).toBe('1');
    expect(state.slot).toBeNull();
  });
});

describe('drift', () => {
  const none = { started: 0, coalesced: 0, suppressed: 0, duplicate: 0, rejected: 0 };
  const received = (events: readonly ModelEvent[]) =>
    events.flatMap((event) => (event.type === 'DriftReceived' ? [event.data] : []))[0];

  test('critical drift of the champion starts a retraining, named by version and evidence', () => {
    const { events, state } = given(after(...firstServes)).when(batch(drift(5)));
    expect(events.map(({ type }) => type)).toEqual(['DriftReceived', 'RetrainingDecided']);
    expect(state().running?.decision).toBe('1.2013-06-10');
    expect(state().outbox.at(-1)).toMatchObject({
      type: 'start-retraining',
      input: { decision: '1.2013-06-10', driftEvents: ['e5'] },
    });
  });

  test('redelivery changes nothing and is counted apart: the event is in its bucket already', () => {
    const { events } = given(after(...firstServes, batch(drift(5)))).when(batch(drift(5)));
    expect(received(events)).toMatchObject({ buckets: none, redelivered: 1, keys: [], outcomes: [] });
  });

  test('a monitor that repeats itself at a new offset is a duplicate by id', () => {
    const { events } = given(after(...firstServes, batch(drift(5)))).when(batch(drift(6, { id: 'e5' })));
    expect(received(events)?.buckets.duplicate).toBe(1);
  });

  const cases: [string, ModelCommand[], DriftSummary, string, RegExp][] = [
    ['no drift', [], drift(1, { verdict: 'no_drift' }), 'suppressed', /no drift/],
    ['unresolved', [], drift(1, { verdict: 'unresolved' }), 'rejected', /a person has to look/],
    ['another version', [], drift(1, { version: '0' }), 'rejected', /version 0 does not serve; 1 does/],
    ['too mild', [], drift(1, { severity: 'warning' }), 'suppressed', /warning is below critical/],
    ['while one is under way', [batch(drift(0))], drift(1), 'coalesced', /1\.2013-06-10 is under way/],
    [
      'in the cool-down',
      [
        batch(drift(0)),
        { type: 'FinishRetraining', decision: '1.2013-06-10', outcome: 'failed', detail: '', at },
      ],
      drift(1, { windowEnd: '2013-06-12T00:00:00.000Z' }),
      'suppressed',
      /cool-down: 48 h of 240 h/,
    ],
    [
      'too soon after the data that the version was trained on',
      [
        {
          ...promote('2', 2),
          retraining: { ...retraining, trainedUntil: '2013-06-05T00:00:00.000Z' },
        } as ModelCommand,
      ],
      drift(1, { version: '2' }),
      'suppressed',
      /cool-down: 120 h of 240 h/,
    ],
    [
      'beyond the budget',
      [
        batch(drift(0, { windowEnd: '2013-06-01T00:00:00.000Z' })),
        { type: 'FinishRetraining', decision: '1.2013-06-01', outcome: 'failed', detail: '', at },
        batch(drift(1, { windowEnd: '2013-06-12T00:00:00.000Z' })),
        { type: 'FinishRetraining', decision: '1.2013-06-12', outcome: 'failed', detail: '', at },
      ],
      drift(2, { windowEnd: '2013-06-24T00:00:00.000Z' }),
      'suppressed',
      /budget: 2 retrainings in 30 days/,
    ],
  ];
  test.each(cases)('%s', (_, before, event, bucket, reason) => {
    const { events } = given(after(...firstServes, request('2'), ...before)).when(batch(event));
    expect(received(events)?.outcomes).toMatchObject([
      { bucket, reason: expect.stringMatching(reason) as string },
    ]);
    expect(events).toHaveLength(1);
  });

  test('a batch of many starts at most one retraining, and every event is counted once', () => {
    const events = Array.from({ length: 100 }, (_, n) =>
      drift(n, n % 3 === 0 ? { severity: 'warning' } : {}),
    );
    const decided = given(after(...firstServes)).when(batch(...events)).events;
    const buckets = received(decided)?.buckets;
    expect(buckets).toEqual({ ...none, started: 1, coalesced: 65, suppressed: 34 });
    expect(decided.filter(({ type }) => type === 'RetrainingDecided')).toHaveLength(1);
  });

  test('a retraining that could not be started has failed, and the next evidence may start another', () => {
    const started = after(...firstServes, batch(drift(5)));
    const id = stateOf(started).outbox.at(-1)?.id ?? 0;
    given(started)
      .when({ type: 'FailDelivery', id, reason: 'refused', at })
      .thenTypes(['MessageUndeliverable', 'RetrainingFinished']);
  });
});
