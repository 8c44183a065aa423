/**
 * Proves that a candidate is compared with the champion pair by pair: intervals cover what they say even when callers come again, a
 * bound decides and not the point, one slice that disagrees is found, and looking at many slices finds none by chance.
 */
import { describe, expect, test } from 'vitest';
import {
  compare,
  judgeBound,
  judgeShadow,
  pairedMean,
  pairedShare,
  shadowMetrics,
  type Pair,
  type ShadowLimits,
} from '../../domain/shadow/index.ts';
import { createRandom } from '../../domain/statistics/index.ts';

const LIMITS: ShadowLimits = {
  confidence: 0.95,
  maxFlipRate: 0.1,
  maxScoreShift: 0.05,
  maxSliceFlipRate: 0.25,
  maxSliceScoreShift: 0.15,
  sliceMinRows: 100,
  logLossMargin: 0.02,
  minLabels: 0,
  threshold: 0.5,
};

const clip = (score: number): number => Math.min(1, Math.max(0, score));

/** Requests of four carriers; `shiftOf` is what the candidate adds to the champion's score. */
function pairs(seed: number, count: number, shiftOf: (carrier: string) => number): Pair[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, n) => {
    const champion = random.next();
    const carrier = ['AA', 'B6', 'DL', 'UA'][random.integer(4)] ?? '';
    const candidate = clip(champion + shiftOf(carrier) + 0.02 * (random.next() - 0.5));
    const label = random.next() < champion ? 1 : 0;
    return { champion, candidate, unit: `caller-${n}`, slices: [carrier], label };
  });
}

const judge = (given: readonly Pair[], limits: Partial<ShadowLimits> = {}, declared = false) => {
  const all = { ...LIMITS, ...limits };
  return judgeShadow(compare(given, ['carrier'], all), all, declared);
};
const verdictOf = (checks: ReturnType<typeof judge>, name: string) =>
  checks.find((check) => check.name === name)?.verdict;

describe('intervals over callers', () => {
  test('with one request a caller they are the usual ones', () => {
    const values = [0.1, 0.4, -0.2, 0.3, 0.0];
    const { estimate, upper } = pairedMean(values, ['a', 'b', 'c', 'd', 'e'], 0.95);
    const mean = 0.12;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4);
    expect(estimate).toBeCloseTo(mean, 12);
    expect(upper - estimate).toBeCloseTo((1.959963984540054 * deviation) / Math.sqrt(5), 10);
  });

  test('a caller who asks five times counts as one, and the interval still covers', () => {
    const random = createRandom(5);
    let [covered, naive] = [0, 0];
    for (let run = 0; run < 1000; run++) {
      const values: number[] = [];
      const units: string[] = [];
      for (let caller = 0; caller < 60; caller++) {
        const own = random.next() - 0.5;
        for (let call = 0; call < 5; call++) {
          values.push(own + 0.01 * (random.next() - 0.5));
          units.push(`${caller}`);
        }
      }
      const clustered = pairedMean(values, units, 0.95);
      const alone = pairedMean(
        values,
        values.map((_, n) => `${n}`),
        0.95,
      );
      if (clustered.lower <= 0 && clustered.upper >= 0) covered++;
      if (alone.lower <= 0 && alone.upper >= 0) naive++;
    }
    expect(covered).toBeGreaterThan(920);
    expect(naive).toBeLessThan(700);
  });

  test('a share rests on callers: the same answers of fewer people are less certain', () => {
    const hits = Array.from({ length: 200 }, (_, n) => n % 20 < 5);
    const many = pairedShare(
      hits,
      hits.map((_, n) => `${n}`),
      0.95,
    );
    const few = pairedShare(
      hits,
      hits.map((_, n) => `${Math.floor(n / 5)}`),
      0.95,
    );
    expect(few.estimate).toBe(many.estimate);
    expect(few.upper - few.lower).toBeGreaterThan(1.8 * (many.upper - many.lower));
    const none = pairedShare(
      hits.map(() => false),
      hits.map(() => 'one'),
      0.95,
    );
    expect(none.upper).toBeGreaterThan(0.5);
  });

  test('one caller, and nobody at all, decide nothing', () => {
    expect(pairedMean([0.1, 0.2], ['a', 'a'], 0.95)).toMatchObject({ lower: -Infinity, upper: Infinity });
    const bound = { name: 'x', metric: 'x', what: 'x', limit: 0.1 };
    expect(judgeBound(bound, pairedMean([0.1, 0.2], ['a', 'a'], 0.95)).verdict).toBe('inconclusive');
    expect(judgeBound(bound, pairedMean([], [], 0.95)).verdict).toBe('error');
    expect(judgeBound({ ...bound, limit: Number.NaN }, pairedMean([0, 0], ['a', 'b'], 0.95)).verdict).toBe(
      'error',
    );
  });
});

describe('what a bound says', () => {
  const bound = { name: 'flips', metric: 'flip-rate', what: 'the share', limit: 0.1 };
  const of = (count: number, hits: number) =>
    judgeBound(
      bound,
      pairedShare(
        Array.from({ length: count }, (_, n) => n < hits),
        Array.from({ length: count }, (_, n) => `${n}`),
        0.95,
      ),
    );
  test('the interval decides, and not the point', () => {
    expect(of(1000, 50).verdict).toBe('pass');
    expect(of(1000, 150).verdict).toBe('fail');
    expect(of(60, 3).verdict).toBe('inconclusive'); // 5 % of 60 may be 14 %
    expect(of(60, 9).verdict).toBe('inconclusive'); // 15 % of 60 may be 8 %
  });
  test('says with how many pairs it would be decided, and so it is', () => {
    const { reason } = of(60, 3);
    const needed = Number(/about ([\d,]+) pairs/.exec(reason)?.[1]?.replaceAll(',', ''));
    expect(needed).toBeGreaterThan(60);
    expect(of(needed * 1.3, Math.round(needed * 1.3 * 0.05)).verdict).toBe('pass');
  });
});

describe('candidates', () => {
  test('one that agrees passes every check', () => {
    const checks = judge(pairs(1, 2000, () => 0));
    expect(checks.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual([
      'flips pass',
      'score-shift pass',
      'slice-flips pass',
      'slice-score-shift pass',
      'log-loss pass',
      'decisions pass',
    ]);
  });

  test('one that disagrees in one slice only is caught there, by name', () => {
    const checks = judge(
      pairs(2, 2000, (carrier) => (carrier === 'UA' ? 0.3 : 0)),
      { maxFlipRate: 0.2, maxScoreShift: 0.2 },
    );
    expect(verdictOf(checks, 'flips')).toBe('pass');
    expect(verdictOf(checks, 'score-shift')).toBe('pass');
    for (const name of ['slice-flips', 'slice-score-shift']) {
      const check = checks.find((one) => one.name === name);
      expect(check?.verdict).toBe('fail');
      expect(check?.reason).toMatch(/where carrier is UA .*worst of 4 slices/);
    }
  });

  test('one that is shifted without a single flip is caught by its scores', () => {
    const shifted = pairs(3, 1000, () => 0).map((pair) => ({ ...pair, champion: 0.2, candidate: 0.4 }));
    const checks = judge(shifted);
    expect(verdictOf(checks, 'flips')).toBe('pass');
    expect(verdictOf(checks, 'score-shift')).toBe('fail');
    const lower = judge(shifted.map((pair) => ({ ...pair, candidate: 0.05 })));
    expect(lower.find(({ name }) => name === 'score-shift')?.reason).toMatch(/downwards\) is 0.15/);
    expect(verdictOf(lower, 'score-shift')).toBe('fail');
  });

  test('the candidate’s own log-loss is told under the name that every stage has for it', () => {
    const given = pairs(4, 400, () => 0).map((pair, n): Pair => {
      const label = n % 4 === 0 ? null : n % 4 === 1 ? 0 : 1;
      return { ...pair, candidate: 0.8, label };
    });
    const found = shadowMetrics(compare(given, ['carrier'], LIMITS))['log-loss'];
    const mean = (-2 * Math.log(0.8) - Math.log(0.2)) / 3;
    expect(found).toMatchObject({ unit: 'nats', samples: 300 });
    expect(found?.value).toBeCloseTo(mean, 12);
    expect([found?.lower, found?.upper].map((bound) => Math.abs((bound ?? 0) - mean))).toEqual([
      expect.closeTo((found?.upper ?? 0) - mean, 12),
      expect.closeTo((found?.upper ?? 0) - mean, 12),
    ]);
  });

  test('one that is worse where the truth came is caught, and one that is better is not', () => {
    const worse = pairs(4, 3000, () => 0).map((pair) => ({ ...pair, candidate: 1 - pair.champion }));
    const checks = judge(worse, {
      maxFlipRate: 1,
      maxScoreShift: 1,
      maxSliceFlipRate: 1,
      maxSliceScoreShift: 1,
    });
    expect(verdictOf(checks, 'log-loss')).toBe('fail');
    expect(verdictOf(checks, 'decisions')).toBe('fail');
    const better = worse.map(({ champion, candidate, ...rest }) => ({
      ...rest,
      champion: candidate,
      candidate: champion,
    }));
    const turned = judge(better, {}, true);
    expect(turned.map(({ verdict }) => verdict)).toEqual(['pass', 'pass']);
  });

  test('the declared answer is no champion to agree with: only quality is judged beside it', () => {
    const declared = pairs(5, 2000, () => 0).map((pair) => ({ ...pair, champion: 0.23 }));
    expect(judge(declared, {}, true).map(({ name }) => name)).toEqual(['log-loss', 'decisions']);
  });

  test('too few labels are told, and stop only a plan that asked for them', () => {
    const unlabelled = pairs(6, 500, () => 0).map((pair) => ({ ...pair, label: null }));
    const told = judge(unlabelled).find(({ name }) => name === 'log-loss');
    expect(told).toMatchObject({ verdict: 'inconclusive', severity: 'warning' });
    const asked = judge(unlabelled, { minLabels: 200 }).find(({ name }) => name === 'log-loss');
    expect(asked).toMatchObject({ verdict: 'inconclusive', severity: 'blocking' });
    expect(asked?.reason).toMatch(/200 more/);
  });

  test('slices that are too small are counted and not judged', () => {
    const few = pairs(7, 300, () => 0);
    const check = judge(few, { sliceMinRows: 290 }).find(({ name }) => name === 'slice-flips');
    expect(check).toMatchObject({ verdict: 'inconclusive', severity: 'warning' });
    expect(check?.reason).toMatch(/4 slices have fewer than 290 rows/);
  });
});

test('fifty slices of a candidate at the limit fail no more often than the confidence says', () => {
  const random = createRandom(9);
  let failed = 0;
  for (let run = 0; run < 200; run++) {
    const given: Pair[] = Array.from({ length: 6000 }, (_, n) => {
      const flip = random.next() < 0.25;
      return {
        champion: 0.4,
        candidate: flip ? 0.6 : 0.4,
        unit: `${n}`,
        slices: [`s${n % 50}`],
        label: null,
      };
    });
    if (verdictOf(judge(given), 'slice-flips') === 'fail') failed++;
  }
  // Each tail holds half of the 5 %; without the correction three runs of four would fail.
  expect(failed / 200).toBeLessThan(0.06);
});

test('metrics are finite, and what was not measured is not there', () => {
  const metrics = shadowMetrics(
    compare(
      pairs(8, 40, () => 0),
      ['carrier'],
      LIMITS,
    ),
  );
  for (const metric of Object.values(metrics))
    expect([metric.value, metric.lower ?? 0, metric.upper ?? 0].every(Number.isFinite)).toBe(true);
  expect(metrics['worst-slice-flip-rate']).toBeUndefined();
  expect(Object.keys(shadowMetrics(compare([], [], LIMITS)))).toEqual(['labelled']);
});
