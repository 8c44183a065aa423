// Proves that no drift event is lost or counted twice in a model: whatever comes, comes again, is cut otherwise or is copied, each
// offset is in exactly one bucket, the same decisions follow, and the state that remembers it stays small.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DriftFold, DriftSummary } from '../../contracts/messages.ts';
import { accountOf, decide, evolve, initialState, resumedState } from '../../domain/model/index.ts';
import type { ModelCommand, ModelEvent, ModelState } from '../../domain/model/index.ts';
import { driftBatch, driftEvent, driftFold, retraining } from '../support/drift.ts';
import { evidence } from '../support/plans.ts';

const at = '2013-07-01T00:00:00.000Z';
const hour = (n: number): string =>
  new Date(Date.parse('2013-06-01T00:00:00.000Z') + n * 3_600_000).toISOString();

function say(state: ModelState, command: ModelCommand): { state: ModelState; events: ModelEvent[] } {
  const events = decide(command, state);
  return { state: events.reduce(evolve, state), events };
}

const receive = (state: ModelState, batch: DriftFold): ReturnType<typeof say> =>
  say(state, { type: 'ReceiveDrift', batch, at });

/** Version 1 serves, and critical drift retrains. */
function serving(): ModelState {
  const request: ModelCommand = { type: 'RequestSlot', version: '1', purpose: 'release', at };
  const { trainedUntil: _, ...spec } = retraining;
  const promote: ModelCommand = {
    type: 'Promote',
    version: '1',
    fence: 1,
    planRef: evidence('plan.json'),
    retraining: spec,
    at,
  };
  return [request, promote].reduce((state, command) => say(state, command).state, initialState('m'));
}

const total = ({ received }: ModelState): number =>
  Object.values(received).reduce((sum, count) => sum + count, 0);

/** One event of a topic: what it says, and which event it is (copies share the id). */
const anEvent = fc
  .record({
    id: fc.integer({ min: 0, max: 60 }),
    end: fc.integer({ min: 0, max: 400 }),
    verdict: fc.constantFrom('drift' as const, 'drift' as const, 'no_drift' as const, 'unresolved' as const),
    severity: fc.constantFrom('warning' as const, 'critical' as const),
    version: fc.constantFrom('1', '1', '1', '0'),
  })
  .map(({ id, end, ...rest }) => ({
    ...rest,
    id: `e${id}`,
    windowStart: hour(end - 24),
    windowEnd: hour(end),
  }));
const aTopic = fc.array(anEvent, { minLength: 1, maxLength: 60 });
const atOffsets = (events: readonly Partial<DriftSummary>[]): DriftSummary[] =>
  events.map((event, offset) => driftEvent(offset, event));

describe('each offset is in exactly one bucket', () => {
  test('however the topic is cut into signals, and whichever of them come again', () => {
    fc.assert(
      fc.property(
        aTopic,
        fc.array(fc.nat({ max: 59 })),
        fc.array(fc.nat({ max: 59 })),
        (topic, cuts, again) => {
          const events = atOffsets(topic);
          let state = serving();
          const once = receive(state, driftFold(...events)).state;
          const bounds = [...new Set([0, ...cuts.filter((cut) => cut < events.length)])].sort(
            (a, b) => a - b,
          );
          let redelivered = 0;
          for (const [n, from] of bounds.entries()) {
            state = receive(state, driftFold(...events.slice(from, bounds[n + 1]))).state;
            // A crash before the commit: from some offset before, up to where it was.
            const back = again[n];
            if (back === undefined || back > from) continue;
            const slice = events.slice(back, bounds[n + 1]);
            redelivered += slice.length;
            state = receive(state, driftFold(...slice)).state;
          }
          expect(total(state)).toBe(events.length);
          expect(state.received).toEqual(once.received);
          expect(state.redelivered).toBe(redelivered);
          expect(state.decisions).toEqual(once.decisions);
          expect(state.recentIds).toEqual(once.recentIds);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a fold of a batch leads to what the batch leads to', () => {
    fc.assert(
      fc.property(aTopic, (topic) => {
        const events = atOffsets(topic);
        const folded = receive(serving(), driftFold(...events)).state;
        const listed = say(serving(), { type: 'ReceiveDrift', batch: driftBatch(...events), at }).state;
        for (const part of ['received', 'decisions', 'signals', 'watermarks', 'incidents'] as const)
          expect(folded[part]).toEqual(listed[part]);
        // A decision names the first event that said it, which may be a copy that said it before.
        expect(folded.running?.windowEnd).toBe(listed.running?.windowEnd);
      }),
      { numRuns: 500 },
    );
  });
});

describe('what a fact tells', () => {
  test('events that met the same end are one line with their number', () => {
    const { events } = receive(serving(), driftFold(...atOffsets(Array.from({ length: 50 }, () => ({})))));
    const [received] = events;
    if (received?.type !== 'DriftReceived') throw new Error('no receipt');
    expect(received.data.outcomes).toMatchObject([
      { bucket: 'started', count: 1, id: 'drift-0', offset: 0 },
      { bucket: 'coalesced', count: 49, offset: 1 },
    ]);
    expect(received.data.keys).toHaveLength(50);
  });
});

describe('a window that cannot have ended', () => {
  const next = (windowEnd: string): string => {
    const { events } = receive(serving(), driftFold(driftEvent(0, { windowEnd })));
    return events[0]?.type === 'DriftReceived' ? (events[0].data.outcomes[0]?.bucket ?? '') : '';
  };

  test('is rejected from a day ahead, because a retraining on it would use up the budgets until then', () => {
    expect(next('2013-07-02T00:00:00.000Z')).toBe('started');
    expect(next('2013-07-02T00:00:00.001Z')).toBe('rejected');
  });

  test('is judged as ever in a batch of the older shape, whose replay has to decide the same', () => {
    const batch = driftBatch(driftEvent(0, { windowEnd: '2014-01-01T00:00:00.000Z' }));
    const { events } = say(serving(), { type: 'ReceiveDrift', batch, at });
    expect(events.map(({ type }) => type)).toContain('RetrainingDecided');
  });
});

describe('the state stays small', () => {
  test('64 watermarks at most; those that moved last are kept', () => {
    let state = serving();
    for (let partition = 0; partition < 100; partition += 1)
      state = receive(state, { ...driftFold(driftEvent(partition)), partition }).state;
    state = receive(state, { ...driftFold(driftEvent(500)), partition: 40 }).state;
    state = receive(state, { ...driftFold(driftEvent(501)), partition: 100 }).state;
    const partitions = Object.keys(state.watermarks).map((key) => Number(key.split('/').at(-1)));
    expect(partitions).toHaveLength(64);
    expect(partitions).toContain(40);
    expect(partitions).not.toContain(36);
    expect(state.watermarks[`${driftFold(driftEvent(0)).stream}/40`]).toBe(500);
  });

  test('another topic of the same name has watermarks of its own', () => {
    const before = receive(serving(), driftFold(driftEvent(900))).state;
    const anew = { ...driftFold(driftEvent(0, { id: 'other' })), stream: 'test-cluster/seatrial.drift#2' };
    expect(receive(before, anew).state.redelivered).toBe(0);
    expect(receive(before, { ...anew, stream: driftFold(driftEvent(0)).stream }).state.redelivered).toBe(1);
  });

  test('after twenty thousand events it is below 64 KB', () => {
    let state = serving();
    for (let n = 0; n < 20; n += 1) {
      const events = Array.from({ length: 1000 }, (_, i) =>
        driftEvent(n * 1000 + i, { windowEnd: hour(n * 24 + (i % 24)) }),
      );
      state = receive(state, driftFold(...events)).state;
    }
    expect(total(state)).toBe(20_000);
    expect(JSON.stringify(state).length).toBeLessThan(65_536);
  });
});

describe('the account', () => {
  test('says what came in, what became of it, and what may still follow', () => {
    const { state } = receive(serving(), driftFold(driftEvent(3), driftEvent(4, { version: '0' })));
    expect(accountOf(state)).toMatchObject({
      champion: '1',
      received: 2,
      buckets: { started: 1, rejected: 1 },
      watermarks: { 'test-cluster/seatrial.drift/0': 4 },
      budget: {
        asOf: '2013-06-16T00:00:00.000Z',
        day: null,
        thirtyDays: { used: 1, of: 2 },
        restsUntil: '2013-06-30T00:00:00.000Z',
      },
      outcomes: [{ bucket: 'started' }, { bucket: 'rejected', reason: 'version 0 does not serve; 1 does' }],
    });
  });

  test('of a model that nobody has released', () => {
    const { state } = receive(initialState('m'), driftFold(driftEvent(0)));
    expect(accountOf(state)).toMatchObject({
      champion: null,
      received: 1,
      buckets: { rejected: 1 },
      budget: null,
    });
  });

  test('of a run that an older build handed over', () => {
    const { redelivered: _, outcomes: __, ...older } = serving();
    const { rejected: ___, ...received } = { ...older.received, suppressed: 7 };
    const state = resumedState({ ...older, received } as unknown as ModelState);
    const after = receive(state, driftFold(driftEvent(0, { version: '0' }))).state;
    expect(accountOf(after)).toMatchObject({
      received: 8,
      redelivered: 0,
      buckets: { suppressed: 7, rejected: 1 },
    });
  });
});
