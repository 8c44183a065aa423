// Proves each rule of the retraining policy: which kinds lead to what, persistence, re-arming, cool-down, budgets, what
// waits and what needs a person, incidents, and that thirty days of ping-pong drift cost no more retrainings than the budget.
import { describe, expect, test } from 'vitest';
import type { DriftSummary } from '../../contracts/messages.ts';
import type { RetrainingPolicy } from '../../contracts/plan.ts';
import { decide, evolve, initialState } from '../../domain/model/index.ts';
import type { ModelCommand, ModelEvent, ModelState } from '../../domain/model/index.ts';
import { driftEvent, retraining } from '../support/drift.ts';
import { evidence } from '../support/plans.ts';

const at = '2026-11-25T00:00:00.000Z';
const DAY = 86_400_000;
const day = (n: number): string => new Date(Date.parse('2013-06-01T00:00:00.000Z') + n * DAY).toISOString();

const usual: RetrainingPolicy = {
  minSeverity: 'critical',
  coolDownHours: 0,
  budgetPer30Days: 2,
  beyondBudget: 'hold',
  version: '3fa2c1d0',
  signals: {
    performance: { action: 'retrain' },
    data: { action: 'retrain', minSeverity: 'warning', persistence: { windows: 2, of: 3 } },
    quality: { action: 'incident', minSeverity: 'warning' },
    fairness: { action: 'ignore' },
  },
};

class Life {
  state: ModelState = initialState('flight-delays');
  readonly events: ModelEvent[] = [];
  private offset = 0;

  constructor(policy: Partial<RetrainingPolicy> = {}) {
    this.serve('1', policy);
  }

  serve(version: string, policy: Partial<RetrainingPolicy> = {}): void {
    this.say({ type: 'RequestSlot', version, purpose: 'release', at });
    const { trainedUntil: _, ...spec } = { ...retraining, policy: { ...usual, ...policy } };
    const fence = this.state.slot?.fence ?? 0;
    this.say({ type: 'Promote', version, fence, planRef: evidence('plan.json'), retraining: spec, at });
  }

  say(command: ModelCommand): ModelEvent[] {
    const events = decide(command, this.state);
    this.state = events.reduce(evolve, this.state);
    this.events.push(...events);
    return events;
  }

  /** Drift of a window of one day that ends on this day; answers with its bucket and reason. */
  drift(end: number, more: Partial<DriftSummary> = {}): string {
    const offset = this.offset++;
    const event = driftEvent(offset, { windowStart: day(end - 1), windowEnd: day(end), ...more });
    const [received] = this.say({
      type: 'ReceiveDrift',
      at,
      batch: { v: 1, stream: 'c/t', partition: 0, events: [event] },
    });
    const outcome = received?.type === 'DriftReceived' ? received.data.outcomes[0] : undefined;
    return `${outcome?.bucket}: ${outcome?.reason}`;
  }

  finish(outcome: 'released' | 'failed' | 'held' = 'failed', detail = 'why'): void {
    const decision = this.state.running?.decision ?? 'none';
    this.say({ type: 'FinishRetraining', decision, outcome, detail, at });
  }

  person(action: 'approve' | 'reject', by = 'olga'): ModelEvent[] {
    const decision = this.state.held?.decision ?? 'none';
    return this.say({ type: 'DecideRetraining', action, decision, by, reason: 'looked at it', at });
  }

  decided(): string[] {
    return this.events.flatMap((event) => (event.type === 'RetrainingDecided' ? [event.data.decision] : []));
  }
}

describe('the decision’s id', () => {
  test('is version, window and policy; the same evidence leads to one, whatever the kind', () => {
    const life = new Life();
    expect(life.drift(16)).toBe('started: log-loss 0.59 > 0.54');
    expect(life.decided()).toEqual(['1.2013-06-17T00-00Z.24h.3fa2c1d0']);
    life.finish();
    expect(life.drift(16, { kind: 'performance' })).toBe(
      'suppressed: retraining 1.2013-06-17T00-00Z.24h.3fa2c1d0 was decided on this evidence before',
    );
  });

  test('what a person rejected is not asked again on the same evidence', () => {
    const life = new Life({ budgetPer30Days: 1 });
    life.drift(1);
    life.finish();
    expect(life.drift(9)).toMatch(/^suppressed: budget: 1 retrainings in 30 days; .* is held$/);
    life.person('reject');
    expect(life.drift(9)).toMatch(/was decided on this evidence before$/);
  });
});

describe('what a kind leads to', () => {
  test('a kind that is ignored, and one without a rule, lead to nothing', () => {
    const life = new Life();
    expect(life.drift(1, { kind: 'fairness' })).toBe('suppressed: the policy leads from fairness to nothing');
    expect(life.drift(1, { kind: 'concept' })).toBe('suppressed: the policy leads from concept to nothing');
  });

  test('each kind has a severity of its own', () => {
    const life = new Life();
    expect(life.drift(1, { severity: 'warning' })).toBe('suppressed: severity warning is below critical');
    expect(life.drift(1, { kind: 'data', severity: 'warning' })).toMatch(/^suppressed: persistence/);
  });
});

describe('persistence', () => {
  const data = { kind: 'data', severity: 'warning' } as const;

  test('k of n windows, in event time, whatever order they come in', () => {
    const life = new Life();
    expect(life.drift(5, data)).toBe('suppressed: persistence: drift in 1 of 3 windows, 2 needed');
    expect(life.drift(5, data)).toBe('suppressed: persistence: drift in 1 of 3 windows, 2 needed');
    expect(life.drift(9, data)).toBe('suppressed: persistence: drift in 1 of 3 windows, 2 needed');
    expect(life.drift(7, data)).toMatch(/^started/);
  });

  test('windows of one kind do not count for another', () => {
    const life = new Life({ signals: { ...usual.signals, prediction: usual.signals!.data! } });
    life.drift(5, data);
    expect(life.drift(6, { kind: 'prediction', severity: 'warning' })).toMatch(
      /persistence: drift in 1 of 3/,
    );
  });

  test('another version begins without memory', () => {
    const life = new Life();
    life.drift(5, data);
    life.serve('2');
    expect(life.drift(6, { ...data, version: '2' })).toMatch(/persistence: drift in 1 of 3/);
  });
});

describe('re-arming', () => {
  const armed = (): Life => {
    const life = new Life({ rearmWindows: 2 });
    life.drift(1);
    life.finish('released');
    return life;
  };

  test('drift that goes on leads to no second decision', () => {
    const life = armed();
    expect(life.drift(2)).toMatch(/^suppressed: not armed: performance led to a decision/);
    expect(life.drift(4)).toMatch(/not armed/);
  });

  test('a cleared event re-arms, one about an older window does not', () => {
    const life = armed();
    life.drift(0, { verdict: 'no_drift', severity: null });
    expect(life.drift(2)).toMatch(/not armed/);
    life.drift(3, { verdict: 'no_drift', severity: null });
    expect(life.drift(4)).toMatch(/^started/);
  });

  test('so do two quiet windows', () => {
    expect(armed().drift(3)).toMatch(/not armed/);
    expect(armed().drift(4)).toMatch(/^started/);
  });

  test('a retraining that failed has mended nothing, so the same drift may ask again', () => {
    const life = new Life({ rearmWindows: 2 });
    life.drift(1);
    life.finish('failed');
    expect(life.drift(2)).toMatch(/^started/);
  });
});

describe('limits', () => {
  test('the day’s budget suppresses, the budget of 30 days holds for a person', () => {
    const life = new Life({ budgetPerDay: 1 });
    life.drift(1);
    life.finish();
    expect(life.drift(1.5)).toBe('suppressed: budget: 1 retrainings in 24 hours');
    life.drift(3);
    life.finish();
    expect(life.drift(6)).toMatch(
      /^suppressed: budget: 2 retrainings in 30 days; one more needs a person: .* is held$/,
    );
    expect(life.drift(7)).toMatch(/^coalesced: retraining 1.2013-06-07.* awaits a person$/);
    expect(life.decided()).toHaveLength(2);
    const [decided] = life.person('approve');
    expect(decided).toMatchObject({ data: { approval: { by: 'olga', reason: 'looked at it' } } });
    expect(life.state.outbox.at(-1)).toMatchObject({
      type: 'start-retraining',
      input: { approval: { by: 'olga' } },
    });
    expect(life.state.held).toBeNull();
  });

  test('evidence that is older than a decision starts nothing', () => {
    const life = new Life({ budgetPer30Days: 9 });
    life.drift(20);
    life.finish();
    expect(life.drift(10)).toMatch(/^suppressed: cool-down/);
  });
});

describe('while a retraining is under way', () => {
  test('first-only keeps nothing', () => {
    const life = new Life();
    life.drift(1);
    expect(life.drift(3)).toMatch(/^coalesced: retraining .* is under way$/);
    life.finish();
    expect(life.decided()).toHaveLength(1);
  });

  test('sequential keeps the first and starts it afterwards', () => {
    const life = new Life({ runStrategy: 'sequential' });
    life.drift(1);
    expect(life.drift(3)).toMatch(/waits for its end$/);
    expect(life.drift(5)).toMatch(/^coalesced: .* waits for its end$/);
    expect(life.state.running?.windowEnd).toBe(day(1));
    life.finish();
    expect(life.state.running?.windowEnd).toBe(day(3));
    expect(life.state.queued).toBeNull();
  });

  test('last-only keeps the newest evidence', () => {
    const life = new Life({ runStrategy: 'last-only' });
    for (const end of [1, 3, 5, 4]) life.drift(end);
    life.finish();
    expect(life.state.running?.windowEnd).toBe(day(5));
  });

  test('what waited is asked again under the rules, and dropped with the reason', () => {
    const life = new Life({ runStrategy: 'sequential', coolDownHours: 240 });
    life.drift(1);
    life.drift(3);
    life.finish('released');
    expect(life.events.at(-1)).toMatchObject({
      type: 'RetrainingDropped',
      data: { reason: expect.stringMatching(/^cool-down: 48 h of 240 h/) as string },
    });
    expect(life.state.running).toBeNull();
  });
});

describe('what no retraining can mend', () => {
  const broken = {
    kind: 'quality',
    severity: 'warning',
    headline: 'missing share of wind 0.98 > 0.1',
  } as const;

  test('raises one incident, and nothing is trained on its data until it is cleared', () => {
    const life = new Life();
    expect(life.drift(1, broken)).toMatch(
      /^suppressed: incident 1.quality.2013-06-02.*: no retraining mends it$/,
    );
    expect(life.state.outbox.at(-1)).toMatchObject({
      type: 'raise-incident',
      incident: { headline: broken.headline },
    });
    expect(life.drift(2, broken)).toMatch(/^suppressed: incident .* is open$/);
    expect(life.drift(2)).toMatch(/is open: a retraining would learn from broken input$/);
    expect(life.events.filter(({ type }) => type === 'IncidentRaised')).toHaveLength(1);
    life.drift(3, { ...broken, verdict: 'no_drift', severity: null });
    expect(life.events.at(-1)).toMatchObject({ type: 'IncidentCleared' });
    expect(life.drift(4)).toMatch(/^started/);
  });

  test('so does quality that is unresolved; of any other kind it only waits for somebody to look', () => {
    expect(new Life().drift(1, { ...broken, verdict: 'unresolved', severity: null })).toMatch(
      /^suppressed: incident/,
    );
    const waits = 'rejected: unresolved: a person has to look';
    expect(new Life().drift(1, { verdict: 'unresolved' })).toBe(waits);
    const heard = new Life({ signals: { feedback: { action: 'incident' } } });
    expect(heard.drift(1, { kind: 'feedback', verdict: 'unresolved', severity: null })).toBe(waits);
  });

  test('a plan from before, without rules for kinds, is judged as it was then', () => {
    const { signals: _, version: __, beyondBudget: ___, ...old } = usual;
    const life = new Life();
    life.say({ type: 'RequestSlot', version: '2', purpose: 'release', at });
    const spec = { ...retraining, policy: old };
    life.say({ type: 'Promote', version: '2', fence: 2, planRef: evidence('p'), retraining: spec, at });
    expect(life.drift(1, { ...broken, version: '2', severity: 'critical' })).toMatch(/^started/);
    expect(life.state.running?.decision).toBe('2.2013-06-02');
    expect(life.state.signals).toEqual({});
  });
});

describe('people', () => {
  test('start by hand: the state’s rules apply, cool-down and budget do not, and the reason is kept', () => {
    const life = new Life({ coolDownHours: 1000 });
    const start = { type: 'StartRetraining', by: 'olga', reason: 'new airline', at } as const;
    expect(life.say(start)).toMatchObject([
      { type: 'MessageRefused', data: { reason: expect.stringMatching(/`until`/) as string } },
    ]);
    expect(life.say({ ...start, until: day(3) })).toMatchObject([
      {
        type: 'RetrainingDecided',
        data: { windowEnd: day(3), approval: { by: 'olga', reason: 'new airline' } },
      },
    ]);
    expect(life.say({ ...start, until: day(3) })).toMatchObject([
      { type: 'MessageRefused', data: { reason: expect.stringMatching(/is under way$/) as string } },
    ]);
  });

  test('only those whom the policy names', () => {
    const life = new Life({ budgetPer30Days: 1, approvers: ['olga'] });
    life.drift(1);
    life.finish();
    life.drift(5);
    expect(life.person('approve', 'sam')).toMatchObject([
      { type: 'MessageRefused', data: { reason: 'sam may not decide on retrainings; olga may' } },
    ]);
    expect(life.person('approve').map(({ type }) => type)).toEqual(['RetrainingDecided']);
  });

  test('what its guard stopped is held, and approved it trains under a name of its own', () => {
    const life = new Life();
    life.drift(1);
    life.finish('held', 'label rate .23 -> .61');
    expect(life.state.held).toMatchObject({ why: 'label rate .23 -> .61', acceptBreach: true });
    life.person('approve');
    expect(life.state.running).toMatchObject({
      acceptBreach: true,
      decision: expect.stringMatching(/\.accepted$/) as string,
    });
  });

  test('what waits for a version that no longer serves is dropped', () => {
    const life = new Life({ budgetPer30Days: 1 });
    life.drift(1);
    life.finish();
    life.drift(5);
    life.drift(5, { kind: 'quality' });
    life.serve('2');
    const last = life.events.slice(-2);
    expect(last).toMatchObject([
      { type: 'RetrainingDropped', data: { reason: 'version 1 does not serve any more' } },
      { type: 'IncidentCleared' },
    ]);
    expect(life.state).toMatchObject({ held: null, incidents: [] });
  });
});

test('thirty days of ping-pong drift: no more retrainings than the budget, and everything has a reason', () => {
  const life = new Life({ budgetPer30Days: 3, budgetPerDay: 1, coolDownHours: 12, beyondBudget: 'suppress' });
  const said: string[] = [];
  for (let hour = 0; hour < 30 * 24; hour += 1) {
    const drifts = hour % 2 === 0;
    const window = { windowStart: day((hour - 1) / 24), windowEnd: day(hour / 24) };
    said.push(
      life.drift(hour / 24, { ...window, ...(drifts ? {} : { verdict: 'no_drift', severity: null }) }),
    );
    if (hour % 6 === 5) life.finish(hour % 4 === 3 ? 'released' : 'failed');
  }
  expect(life.decided()).toHaveLength(3);
  expect(said).toHaveLength(720);
  expect(said.every((line) => /^(started|coalesced|suppressed): ./.test(line))).toBe(true);
  expect(Object.values(life.state.received).reduce((sum, n) => sum + n, 0)).toBe(720);
});
