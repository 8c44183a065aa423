// Proves for any sequence of drift events, ends of retrainings and words of people: one retraining at a time, never two of
// one id, those that nobody approved within the budgets of every span of event time, every event in one bucket, no effect of
// the clock, and a state that stays small.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { driftKinds } from '../../contracts/live-events.ts';
import type { RetrainingPolicy } from '../../contracts/plan.ts';
import { decide, evolve, initialState } from '../../domain/model/index.ts';
import type { ModelCommand, ModelEvent, ModelState } from '../../domain/model/index.ts';
import { driftEvent, retraining } from '../support/drift.ts';
import { evidence } from '../support/plans.ts';

const HOUR = 3_600_000;
const hour = (n: number): string => new Date(Date.parse('2013-06-01T00:00:00.000Z') + n * HOUR).toISOString();

const policies: fc.Arbitrary<RetrainingPolicy> = fc
  .record({
    minSeverity: fc.constantFrom('warning', 'critical'),
    coolDownHours: fc.constantFrom(0, 24, 240),
    budgetPer30Days: fc.integer({ min: 1, max: 3 }),
    budgetPerDay: fc.integer({ min: 1, max: 2 }),
    rearm: fc.constantFrom(undefined, 1, 3),
    runStrategy: fc.constantFrom('sequential', 'first-only', 'last-only'),
    beyondBudget: fc.constantFrom('hold', 'suppress'),
    persistence: fc.constantFrom({ windows: 1, of: 1 }, { windows: 2, of: 3 }),
  })
  .map(({ rearm, persistence, ...rest }): RetrainingPolicy => ({
    ...(rest as RetrainingPolicy),
    ...(rearm === undefined ? {} : { rearmWindows: rearm }),
    version: 'abcdef01',
    signals: {
      performance: { action: 'retrain', persistence },
      data: { action: 'retrain' },
      quality: { action: 'incident' },
      feedback: { action: 'ignore' },
    },
  }));

type Step =
  | { readonly do: 'drift'; readonly events: readonly Omit<ReturnType<typeof driftEvent>, 'offset' | 'id'>[] }
  | { readonly do: 'finish'; readonly outcome: 'released' | 'failed' | 'held' }
  | { readonly do: 'person'; readonly action: 'approve' | 'reject' | 'start'; readonly end: number }
  | { readonly do: 'promote' };

const event = fc
  .record({
    kind: fc.constantFrom(...driftKinds),
    verdict: fc.constantFrom('drift' as const, 'drift' as const, 'no_drift' as const, 'unresolved' as const),
    severity: fc.constantFrom('info' as const, 'warning' as const, 'critical' as const, 'critical' as const),
    version: fc.constantFrom('1', '1', '1', '2'),
    end: fc.integer({ min: 0, max: 2000 }),
    length: fc.constantFrom(0, 1, 24),
  })
  .map(({ end, length, ...rest }) => {
    const { offset: _, id: __, ...summary } = driftEvent(0, rest);
    return { ...summary, windowStart: hour(end - length), windowEnd: hour(end) };
  });

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('drift' as const),
        events: fc.array(event, { minLength: 1, maxLength: 8 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('finish' as const),
        outcome: fc.constantFrom('released' as const, 'failed' as const, 'held' as const),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('person' as const),
        action: fc.constantFrom('approve' as const, 'reject' as const, 'start' as const),
        end: fc.integer({ min: 0, max: 2000 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('promote' as const) }) },
  ),
  { minLength: 1, maxLength: 60 },
);

interface Lived {
  readonly state: ModelState;
  readonly events: ModelEvent[];
  readonly sent: number;
}

function live(policy: RetrainingPolicy, path: readonly Step[], clock: (n: number) => string): Lived {
  let state = initialState('m');
  const events: ModelEvent[] = [];
  let commands = 0;
  let offset = 0;
  const say = (command: object): void => {
    const decided = decide({ ...command, at: clock(commands++) } as ModelCommand, state);
    state = decided.reduce(evolve, state);
    events.push(...decided);
  };
  const { trainedUntil: _, ...spec } = { ...retraining, policy };
  const serve = (version: string): void => {
    say({ type: 'RequestSlot', version, purpose: 'release' });
    say({
      type: 'Promote',
      version,
      fence: state.slot?.fence ?? 0,
      planRef: evidence('p'),
      retraining: spec,
    });
  };
  serve('1');
  for (const step of path) {
    if (step.do === 'promote') serve(state.served.at(-1) === '1' ? '2' : '1');
    else if (step.do === 'finish')
      say({
        type: 'FinishRetraining',
        decision: state.running?.decision ?? '',
        outcome: step.outcome,
        detail: 'd',
      });
    else if (step.do === 'person' && step.action === 'start')
      say({ type: 'StartRetraining', by: 'olga', reason: 'r', until: hour(step.end) });
    else if (step.do === 'person')
      say({
        type: 'DecideRetraining',
        action: step.action,
        decision: state.held?.decision ?? '',
        by: 'olga',
        reason: 'r',
      });
    else {
      const batch = step.events.map((one) => ({ ...one, offset, id: `e${offset++}` }));
      say({ type: 'ReceiveDrift', batch: { v: 1, stream: 's', partition: 0, events: batch } });
    }
  }
  return { state, events, sent: offset };
}

test('the policy keeps its promises on any path', () => {
  fc.assert(
    fc.property(policies, steps, (policy, path) => {
      const { state, events, sent } = live(policy, path, (n) => new Date(n).toISOString());

      const decided = events.flatMap((one) => (one.type === 'RetrainingDecided' ? [one.data] : []));
      expect(new Set(decided.map(({ decision }) => decision)).size).toBe(decided.length);

      let running: string | null = null;
      const bySelf: number[] = [];
      const all: number[] = [];
      for (const one of events) {
        if (one.type === 'RetrainingFinished') {
          expect(one.data.decision).toBe(running);
          running = null;
        }
        if (one.type !== 'RetrainingDecided') continue;
        expect(running).toBeNull();
        running = one.data.decision;
        const end = Date.parse(one.data.windowEnd);
        if (one.data.approval === undefined) {
          const within = (span: number): number => all.filter((time) => Math.abs(end - time) < span).length;
          expect(within(720 * HOUR)).toBeLessThan(policy.budgetPer30Days);
          expect(within(24 * HOUR)).toBeLessThan(policy.budgetPerDay ?? 0);
          expect(end - Math.max(-Infinity, ...all)).toBeGreaterThanOrEqual(policy.coolDownHours * HOUR);
          bySelf.push(end);
        }
        all.push(end);
      }

      const outcomes = events.flatMap((one) => (one.type === 'DriftReceived' ? one.data.outcomes : []));
      expect(outcomes).toHaveLength(sent);
      expect(new Set(outcomes.map(({ id }) => id)).size).toBe(sent);
      expect(outcomes.every(({ reason }) => reason !== '')).toBe(true);
      expect(outcomes.filter(({ bucket }) => bucket === 'started').length).toBeLessThanOrEqual(bySelf.length);
      expect(Object.values(state.received).reduce((sum, n) => sum + n, 0)).toBe(sent);
      for (const { kind } of state.incidents ?? [])
        expect((state.incidents ?? []).filter((other) => other.kind === kind)).toHaveLength(1);
      expect((state.notes ?? []).length).toBeLessThanOrEqual(50);
    }),
    { numRuns: 1000 },
  );
});

test('workflow time has no part in it', () => {
  const withoutTime = ({ events }: Lived): unknown[] => events.map(({ type, data }) => ({ type, data }));
  fc.assert(
    fc.property(policies, steps, (policy, path) => {
      const quick = live(policy, path, (n) => new Date(n).toISOString());
      const slow = live(policy, path, (n) => new Date(n * 86_400_000 * 40).toISOString());
      expect(withoutTime(slow)).toEqual(withoutTime(quick));
    }),
    { numRuns: 200 },
  );
});
