// Proves that a review decides by bounds and not by points: what is proven to be within the margin passes, what is proven to be beyond
// fails, and between the two it says how many samples would decide. The intervals cover what they should.
import { describe, expect, test } from 'vitest';
import {
  compareCost,
  compareCount,
  compareDrift,
  compareErrors,
  compareFeedback,
  compareLatency,
  compareQuality,
  lossOf,
  samplesNeeded,
  type DriftFacts,
} from '../../domain/review/index.ts';
import { newcombeInterval, wilsonInterval } from '../../domain/statistics/proportion.ts';
import { createRandom } from '../../domain/statistics/index.ts';
import type { Metric } from '../../contracts/report.ts';

const metric = (value: number, half: number, samples = 1000): Metric => ({
  value,
  lower: value - half,
  upper: value + half,
  unit: '1',
  samples,
});
const sandbox = (found: Metric) => ({ ...found, from: 'sandbox' });
const WEEK = 7 * 86_400_000;

describe('a loss', () => {
  test('of two proportions has the interval that Newcombe made of the same intervals', () => {
    const [a, b] = [wilsonInterval(56, 70), wilsonInterval(48, 80)];
    const asMetric = ({ estimate, lower, upper }: typeof a): Metric => ({
      value: estimate,
      lower,
      upper,
      unit: '1',
    });
    const { lower, upper } = newcombeInterval(56, 70, 48, 80);
    const loss = lossOf(asMetric(a), asMetric(b), 'higher');
    expect(loss.lower).toBeCloseTo(lower, 12);
    expect(loss.upper).toBeCloseTo(upper, 12);
  });

  test('covers the true one in 95 % of simulated reviews, and 93 % at least', () => {
    const random = createRandom(7);
    const draw = (n: number, p: number): Metric => {
      let hits = 0;
      for (let i = 0; i < n; i++) hits += Number(random.next() < p);
      const { estimate, lower, upper } = wilsonInterval(hits, n);
      return { value: estimate, lower, upper, unit: '1', samples: n };
    };
    let covered = 0;
    for (let run = 0; run < 1000; run++) {
      const { lower, upper } = lossOf(draw(400, 0.2), draw(150, 0.26), 'lower');
      covered += Number(lower <= 0.06 && 0.06 <= upper);
    }
    expect(covered / 1000).toBeGreaterThanOrEqual(0.93);
    expect(covered / 1000).toBeLessThanOrEqual(0.97);
  });

  test('is proven to be within its margin by as many samples as were asked for', () => {
    const before = metric(0.7, 0.01);
    const needed = samplesNeeded(before, metric(0.69, 0.05, 400), 'higher', 0.05);
    const then = metric(0.69, 0.05 * Math.sqrt(400 / needed!), needed!);
    expect(lossOf(before, then, 'higher').upper).toBeCloseTo(0.05, 3);
    expect(samplesNeeded(before, metric(0.6, 0.05), 'higher', 0.05)).toBeNull();
    expect(samplesNeeded(metric(0.7, 0.05), metric(0.69, 0.05), 'higher', 0.05)).toBeNull();
  });
});

describe('quality', () => {
  const verdictOf = (observed: Metric | null): string | undefined =>
    compareQuality({ auc: sandbox(metric(0.7, 0.01)) }, observed ? { auc: observed } : {}, { auc: 0.05 })[0]
      ?.check.verdict;

  test.each([
    ['proven to be near enough', metric(0.69, 0.02), 'pass'],
    ['proven to be too far', metric(0.6, 0.02), 'fail'],
    ['better than predicted', metric(0.8, 0.02), 'pass'],
    ['open', metric(0.66, 0.03), 'inconclusive'],
    ['not there', null, 'inconclusive'],
    ['no number', { ...metric(0.69, 0.02), lower: Number.NaN }, 'inconclusive'],
  ])('%s', (_, observed, verdict) => expect(verdictOf(observed)).toBe(verdict));

  test('that no stage predicted is only a warning', () => {
    expect(compareQuality({}, { auc: metric(0.7, 0.01) }, { auc: 0.05 })[0]?.check).toMatchObject({
      verdict: 'inconclusive',
      severity: 'warning',
    });
  });
});

describe('service', () => {
  const predicted = {
    'latency-p50': { value: 10, unit: 'ms', from: 'shadow' },
    'latency-p99': { value: 50, unit: 'ms', from: 'shadow' },
  };
  const p99 = (latencies: readonly number[]) =>
    compareLatency(predicted, { latencies, requests: latencies.length, unanswered: 0 }, 2)[1]?.check.verdict;

  test('a tail is judged by its ranks, and needs some requests', () => {
    const quick = Array.from({ length: 2000 }, (_, n) => (n * 60) / 2000);
    expect(p99(quick)).toBe('pass');
    expect(p99(quick.map((ms, n) => (n % 20 === 0 ? 500 : ms)))).toBe('fail');
    expect(p99(quick.slice(0, 200))).toBe('inconclusive');
  });

  test('errors are judged by their bounds', () => {
    const verdict = (unanswered: number, requests: number): string =>
      compareErrors(null, { latencies: [], requests, unanswered }, 0.01).check.verdict;
    expect([verdict(0, 1000), verdict(30, 1000), verdict(9, 1000), verdict(0, 0)]).toEqual([
      'pass',
      'fail',
      'inconclusive',
      'inconclusive',
    ]);
  });
});

describe('drift', () => {
  const rehearsed = {
    'detection-delay-windows': { value: 2, unit: 'windows' },
    'detection-delay-windows-p90': { value: 3, unit: 'windows' },
    'false-alarm-interval-windows': { value: 4, unit: 'windows' },
  };
  const facts = (broken: readonly boolean[], alarms: readonly number[], more: Partial<DriftFacts> = {}) =>
    compareDrift({
      windows: broken.map((one, n) => ({ start: n * WEEK, end: (n + 1) * WEEK, broken: one })),
      windowMs: WEEK,
      alarms: alarms.map((n) => (n + 1) * WEEK),
      rehearsed,
      ...more,
    }).map(({ observed, check }) => [check.verdict, observed?.value ?? null]);
  const calm = Array.from({ length: 8 }, () => false);

  test('alarms without a loss are counted, and too many of them were not foreseen', () => {
    expect(facts(calm, [])[0]).toEqual(['pass', null]);
    expect(facts(calm, [1, 5])[0]).toEqual(['pass', 4]);
    expect(facts(calm, [0, 1, 2, 3, 4, 5])[0]).toEqual(['fail', 8 / 6]);
    expect(facts(calm.slice(0, 2), [])[0]).toEqual(['inconclusive', null]);
  });

  test('an alarm is late when nine of ten rehearsed ones came sooner', () => {
    const turns = [false, true, true, true, true];
    expect(facts(turns, [2])[1]).toEqual(['pass', 2]);
    expect(facts(turns, [4])[1]).toEqual(['fail', 4]);
    expect(facts(turns, [])[1]).toEqual(['fail', null]);
    expect(facts(turns.slice(0, 3), [])[1]).toEqual(['inconclusive', null]);
    expect(facts(calm, [])[1]).toEqual(['inconclusive', null]);
    expect(facts(turns, [2], { rehearsed: null })[1]).toEqual(['inconclusive', 2]);
  });
});

describe('people', () => {
  const said = (negative: number, all: number, where = 'JFK') =>
    Array.from({ length: all }, (_, n) => ({ negative: n < negative, slices: { origin: where } }));
  const limits = { maxNegative: 0.1, minAnswers: 30 };

  test('what users say is judged by its bounds, and the worst slice is named', () => {
    expect(compareFeedback(said(2, 200), limits).check.verdict).toBe('pass');
    expect(compareFeedback(said(15, 25), limits).check).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('5 more are needed') as string,
    });
    const both = [...said(2, 100, 'JFK'), ...said(60, 100, 'EWR')];
    expect(compareFeedback(both, limits).check).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('worst is origin EWR with 60 of 100') as string,
    });
    expect(compareFeedback([], limits).check.verdict).toBe('inconclusive');
  });

  test('an incident that nobody predicted is one too many', () => {
    expect(compareCount('incidents', [], 0).check.verdict).toBe('pass');
    expect(compareCount('incidents', ['the wind sensor is dead'], 0).check.reason).toContain('dead');
  });
});

test('a cost that was not measured says why, and what nothing foresaw is open', () => {
  const line = { metric: 'gate-hours', unit: 'h', predicted: null } as const;
  const verdicts = compareCost([
    { ...line, observed: { value: 3 }, most: 4 },
    { ...line, observed: { value: 5 }, most: 4 },
    { ...line, observed: { value: Number.NaN }, most: 4 },
    { ...line, observed: { notMeasured: 'nobody looked' }, most: 4 },
    { ...line, observed: { value: 5 }, most: null },
  ]).map(({ check }) => check.verdict);
  expect(verdicts).toEqual(['pass', 'fail', 'inconclusive', 'inconclusive', 'inconclusive']);
});
