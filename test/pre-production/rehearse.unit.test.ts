/**
 * Proves that a recorded peak is played again with its bursts, at the rate that was asked, and that what must hold meanwhile is judged by
 * counts: one request too many fails, an unsigned item asks people, and a layer without a number is no pass.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { samplesIn } from '../../activities/stages/pre-production/emitted.ts';
import { checkPreProduction } from '../../client/pre-production-checks.ts';
import {
  busiestWindow,
  checklistCheck,
  evenArrivals,
  layerChecks,
  lostCheck,
  peakArrivals,
  toggleCheck,
} from '../../domain/pre-production/index.ts';
import { people } from '../support/plans.ts';

const ascending = fc
  .array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 200 })
  .map((times) => times.sort((a, b) => a - b));

describe('the busiest window', () => {
  test('is the one with the most requests, whatever comes before and after', () => {
    const { from, to, perSecond } = busiestWindow([0, 900, 5000, 5100, 5200, 5900, 6100, 9000], 1000);
    expect([from, to, perSecond]).toEqual([2, 6, 4]);
  });
  test('no other window of that length holds more', () => {
    fc.assert(
      fc.property(ascending, fc.integer({ min: 1, max: 20_000 }), (times, windowMs) => {
        const { from, to } = busiestWindow(times, windowMs);
        expect(times[to - 1]! - times[from]!).toBeLessThan(windowMs);
        const most = Math.max(
          ...times.map((start) => times.filter((at) => at >= start && at < start + windowMs).length),
        );
        expect(to - from).toBe(most);
      }),
    );
  });
  test('of nothing is nothing', () => {
    expect(busiestWindow([], 1000)).toMatchObject({ perSecond: 0 });
    expect(peakArrivals([], { multiple: 2, leastPerSecond: 10, seconds: 1, windowMs: 1000 }).calls).toEqual(
      [],
    );
  });
});

describe('played again', () => {
  const times = [0, 10, 20, 500, 990];
  test('twice as fast, over and over until the time is over, and a burst stays a burst', () => {
    const { calls, perSecond, multiple } = peakArrivals(times, {
      multiple: 2,
      leastPerSecond: 1,
      seconds: 1,
      windowMs: 1000,
    });
    expect([perSecond, multiple]).toEqual([10, 2]);
    expect(calls.map(({ atMs }) => atMs)).toEqual([0, 5, 10, 250, 495, 500, 505, 510, 750, 995]);
    expect(calls.map(({ position }) => position)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
  });
  test('faster where twice a quiet peak would try nothing', () => {
    const { perSecond, multiple } = peakArrivals(times, {
      multiple: 2,
      leastPerSecond: 100,
      seconds: 1,
      windowMs: 1000,
    });
    expect([perSecond, multiple]).toEqual([100, 20]);
  });
  test('the rate is what was asked, and moments never go back', () => {
    fc.assert(
      fc.property(ascending, fc.integer({ min: 1, max: 50 }), (given, multiple) => {
        const plan = { multiple, leastPerSecond: 20, seconds: 5, windowMs: 10_000 };
        const { calls, perSecond } = peakArrivals(given, plan);
        expect(Math.abs(calls.length / 5 - perSecond) / perSecond).toBeLessThan(1.01);
        for (let n = 1; n < calls.length; n++)
          expect(calls[n]!.atMs).toBeGreaterThanOrEqual(calls[n - 1]!.atMs);
      }),
    );
  });
  test('evenly where nobody has called yet', () => {
    const { calls } = evenArrivals(3, { multiple: 1, leastPerSecond: 4, seconds: 1, windowMs: 1 });
    expect(calls).toEqual([0, 1, 2, 3].map((n) => ({ position: n % 3, atMs: n * 250 })));
  });
});

describe('what must hold', () => {
  test('one request too many is too many, and no requests are no proof', () => {
    expect(lostCheck('peak', { calls: 1000, lost: 1 }, 0.001).verdict).toBe('pass');
    expect(lostCheck('peak', { calls: 1000, lost: 2, why: 'connection lost' }, 0.001)).toMatchObject({
      verdict: 'fail',
      reason: '2 of 1,000 requests were lost (connection lost), 0.1 % are allowed',
    });
    expect(lostCheck('peak', { calls: 0, lost: 0 }, 0.001).verdict).toBe('fail');
    expect(lostCheck('restart', { calls: 9, lost: 0 }, 0, { holds: false }).verdict).toBe('fail');
  });
  test('each layer keeps its own budget, and one without a number is an error', () => {
    const budgets = { network: 10, gateway: 10, model: 10 };
    const { checks, metrics } = layerChecks({ network: [1, 2], gateway: [11], model: [] }, budgets);
    expect(checks.map(({ verdict }) => verdict)).toEqual(['pass', 'fail', 'error']);
    expect(metrics).toEqual({
      'latency-network-p99': { value: 2, unit: 'ms', samples: 2 },
      'latency-gateway-p99': { value: 11, unit: 'ms', samples: 1 },
    });
    expect(layerChecks({ network: [Number.NaN], gateway: [1], model: [1] }, budgets).checks[0]?.verdict).toBe(
      'error',
    );
  });
  test('a switch is believed only when all calls show it', () => {
    expect(toggleCheck({ calls: 60, servedWhileOff: 0, missingWhenOn: 0 }).verdict).toBe('pass');
    expect(toggleCheck({ calls: 60, servedWhileOff: 1, missingWhenOn: 0 }).verdict).toBe('fail');
    expect(toggleCheck({ calls: 60, servedWhileOff: 0, missingWhenOn: 1 }).verdict).toBe('fail');
    expect(toggleCheck({ calls: 0, servedWhileOff: 0, missingWhenOn: 0 }).verdict).toBe('fail');
  });
});

describe('the check list', () => {
  const plan = { people, requester: 'rita' };
  const passed = { name: 'peak', metric: 'x', severity: 'blocking', verdict: 'pass', reason: '' } as const;
  test.each([
    [{ item: 'a', check: 'peak' }, 'pass'],
    [{ item: 'a', check: 'toggle' }, 'error'],
    [{ item: 'a', signedBy: 'sam' }, 'pass'],
    [{ item: 'a', signedBy: 'rita' }, 'inconclusive'],
    [{ item: 'a', signedBy: 'eve' }, 'inconclusive'],
    [{ item: 'a' }, 'inconclusive'],
  ])('%j is %s', (item, verdict) => {
    expect(checklistCheck([item], [passed], plan).verdict).toBe(verdict);
  });
  test('is as good as its worst item, and names each that is open', () => {
    const failed = { ...passed, verdict: 'fail' } as const;
    const { verdict, reason } = checklistCheck(
      [{ item: 'rota' }, { item: 'load', check: 'peak' }],
      [failed],
      plan,
    );
    expect([verdict, reason]).toEqual([
      'fail',
      '2 of 2 items of the check list are open: rota (nobody has signed it); load (peak says fail)',
    ]);
  });
});

test('a metric is emitted when it has a sample with a number', () => {
  const text =
    '# HELP a_total x\n# TYPE a_total counter\na_total{model="m x"} 3\nb_sum NaN\nc 1.5e3\nd_bucket{le="+Inf"} 2\n';
  expect([...samplesIn(text)]).toEqual(['a_total', 'c', 'd_bucket']);
});

describe('lint', () => {
  const spec = { people, requester: 'rita', data: { 'runbook-bad-version': { path: 'x.md' } } };
  const saidOf = (parameters: Record<string, never> | object, data: object = spec.data) =>
    checkPreProduction(
      { stage: 'pre-production', parameters: parameters as Record<string, never>, checks: [] },
      [],
      { ...spec, data: data as typeof spec.data },
    ).map(({ severity, what }) => `${severity}: ${what}`);
  test('says nothing of one that is whole', () => {
    expect(
      saidOf({
        checklist: [
          { item: 'rota', signedBy: 'sam' },
          { item: 'load', check: 'peak' },
        ],
      }),
    ).toEqual([]);
  });
  test('tells of a runbook that is nowhere, of signatures that do not count, and of a spike that nobody would notice', () => {
    expect(saidOf({}, {})).toEqual(['error: spec.data has no file runbook-bad-version, which rolls back']);
    expect(saidOf({ checklist: [{ item: 'rota', signedBy: 'rita' }] })[0]).toMatch(
      /error: rita asked for the release/,
    );
    expect(saidOf({ checklist: [{ item: 'rota' }] })[0]).toMatch(/warning: nobody has signed "rota"/);
    expect(saidOf({ slowMs: 2000 })[0]).toMatch(/error: spikeMs is not above slowMs/);
  });
});
