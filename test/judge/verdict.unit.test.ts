// Proves the verdict's rules: a lost guard rolls back, promotion needs proof and exposure, a broken split makes
// everything invalid, and what is not known stays inconclusive, with words that say what is missing.
import { describe, expect, it } from 'vitest';
import { CanaryJudge } from '../../domain/judge/index.ts';
import type { JudgeBin, JudgeConfig } from '../../domain/judge/index.ts';
import { errorsConfig, feed, meanBin, MINUTE, rateBin, stream, valueConfig } from './bins.ts';

const judgeOf = (config: JudgeConfig = errorsConfig): CanaryJudge => new CanaryJudge(config);

describe('fail', () => {
  it('rolls back a canary with twice the errors, and says so with units', () => {
    const verdict = feed(judgeOf(), stream(120, 2, 1)).verdict();
    expect(verdict).toMatchObject({ verdict: 'fail', action: 'rollback' });
    expect(verdict.reason).toMatch(
      /^errors is proven worse: 0\.0\d+ of requests in the canary against 0\.0\d+ of requests/,
    );
    expect(verdict.reason).toMatch(/harm at least \d+(\.\d+)? % of the baseline/);
    expect(verdict.metrics[0]!.state).toBe('harmful');
    expect(verdict.metrics[0]!.wouldChange).toContain('stays lost');
  });

  it('finds a flood of errors before the burn-in, on the fast path', () => {
    const judge = feed(judgeOf(), stream(12, 10, 2));
    expect(judge.verdict().verdict).toBe('fail');
    expect(judge.state().tests[0]!.lost!.path).toBe('fast');
  });

  it('stays failed when the canary recovers', () => {
    const judge = feed(judgeOf(), stream(15, 10, 2));
    const failed = judge.verdict();
    for (let t = 15; t < 400; t++) judge.observe(rateBin(t, 540, 6, 60, 0));
    expect(judge.verdict().reason).toBe(failed.reason);
    expect(judge.verdict().verdict).toBe('fail');
  });

  it('does not fail a proven harm that is also proven to be within the margin', () => {
    const config: JudgeConfig = { metrics: [{ ...valueConfig.metrics[0]!, margin: { absolute: 1 } }] };
    const judge = judgeOf(config);
    for (let t = 0; t < 40; t++) judge.observe(meanBin(t, 5 + (t % 3) * 0.01, 5.2 + (t % 2) * 0.01));
    const verdict = judge.verdict();
    expect(verdict.metrics[0]!.lowerBound).toBeGreaterThan(0);
    expect(verdict.verdict).toBe('pass');
  });

  it('fails only beyond the tolerance, where one is set', () => {
    const metric = { ...valueConfig.metrics[0]!, margin: { absolute: 0.5 } };
    const bins = Array.from({ length: 40 }, (_, t) => meanBin(t, 5 + (t % 3) * 0.6, 5.7 + (t % 2) * 0.5));
    expect(feed(judgeOf({ metrics: [metric] }), bins).verdict().verdict).toBe('fail');
    const tolerant = feed(judgeOf({ metrics: [{ ...metric, tolerance: 0.5 }] }), bins).verdict();
    expect(tolerant.verdict).toBe('inconclusive');
  });

  it('knows that a falling conversion hurts and a falling error rate does not', () => {
    const falling = Array.from({ length: 60 }, (_, t) => rateBin(t, 500, 100 + (t % 7), 100, 8 + (t % 3)));
    const conversions: JudgeConfig = {
      metrics: [{ ...errorsConfig.metrics[0]!, harmful: 'decrease', margin: { relative: 0.1 } }],
    };
    expect(feed(judgeOf(conversions), falling).verdict().verdict).toBe('fail');
    expect(feed(judgeOf(), falling).verdict().verdict).toBe('pass');
  });
});

describe('fail on the fast path', () => {
  it('also where a decrease hurts: conversions that all but stop', () => {
    const config: JudgeConfig = {
      metrics: [{ ...errorsConfig.metrics[0]!, harmful: 'decrease', margin: { relative: 0.1 } }],
    };
    const judge = judgeOf(config);
    for (let t = 0; t < 8; t++) judge.observe(rateBin(t, 540, 160 + (t % 5), 60, 2));
    expect(judge.verdict().verdict).toBe('fail');
    const risen = judgeOf(config);
    for (let t = 0; t < 8; t++) risen.observe(rateBin(t, 540, 16 + (t % 5), 60, 20));
    expect(risen.verdict().metrics[0]!.eValue).toBeLessThan(1);
  });

  it('is off when events are seen to come in bursts', () => {
    const judge = judgeOf();
    for (let t = 0; t < 40; t++)
      judge.observe(rateBin(t, 540, t % 8 === 0 ? 60 : 0, 60, t % 8 === 4 ? 8 : 0));
    expect(judge.verdict().metrics[0]!.dispersion).toBeGreaterThan(4);
    expect(judge.verdict().metrics[0]!.fastPath).toBe(false);
    expect(feed(judgeOf(), stream(40, 1, 3)).verdict().metrics[0]!.fastPath).toBe(true);
  });
});

describe('pass', () => {
  it('promotes only on proof for every required metric', () => {
    const verdict = feed(judgeOf(), stream(300, 1, 3)).verdict();
    expect(verdict).toMatchObject({ verdict: 'pass', action: 'promote' });
    expect(verdict.metrics[0]!.upperBound).toBeLessThan(0.5);
    expect(verdict.reason).toMatch(
      /^Proven safe on errors \(harm at most .* % of the baseline, accepted 50 % of the baseline\) after 300 bins/,
    );
  });

  it('is kept waiting by one open required metric, and not by one that is not required', () => {
    const second = { name: 'rare', kind: 'rate', harmful: 'increase', margin: { relative: 0.01 } } as const;
    const bins = [...stream(300, 1, 3)].map((bin) => withCopy(bin, 'rare'));
    const open = feed(judgeOf({ metrics: [...errorsConfig.metrics, second] }), bins).verdict();
    expect(open.verdict).toBe('inconclusive');
    expect(open.reason).toContain('rare may still be worse by');
    const relaxed = feed(
      judgeOf({ metrics: [...errorsConfig.metrics, { ...second, required: false }] }),
      bins,
    ).verdict();
    expect(relaxed.verdict).toBe('pass');
  });

  it.each([
    ['bins', { bins: 400 }, '300 of 400 bins'],
    ['canary units', { canaryUnits: 1e6 }, 'of 1000000 canary units'],
    ['events', { events: 1e6 }, 'of 1000000 events'],
  ])('waits for the minimum exposure: %s', (_what, exposure, lacking) => {
    const verdict = feed(judgeOf({ ...errorsConfig, exposure }), stream(300, 1, 3)).verdict();
    expect(verdict.verdict).toBe('inconclusive');
    expect(verdict.exposure.met).toBe(false);
    expect(verdict.reason).toContain(lacking);
  });

  it('works with the few bins of a demo, and says which exposure was required', () => {
    const config: JudgeConfig = {
      metrics: [{ ...errorsConfig.metrics[0]!, margin: { absolute: 0.05 } }],
      exposure: { bins: 10, events: 5, canaryUnits: 100 },
    };
    const bins = Array.from({ length: 12 }, (_, t) => rateBin(t, 300, 3 + (t % 2), 100, t % 3 === 0 ? 2 : 1));
    const verdict = feed(judgeOf(config), bins).verdict();
    expect(verdict.verdict).toBe('pass');
    expect(verdict.exposure.required).toMatchObject({ bins: 10, events: 5, canaryUnits: 100, burnIn: 10 });
  });

  it('proves a canary without any error by its exposure, and not at once', () => {
    const config: JudgeConfig = {
      metrics: [{ ...errorsConfig.metrics[0]!, margin: { absolute: 0.002 } }],
      exposure: { events: 0 },
    };
    const judge = judgeOf(config);
    for (let t = 0; t < 40; t++) judge.observe(rateBin(t, 540, 0, 60, 0));
    expect(judge.verdict().verdict).toBe('inconclusive');
    for (let t = 40; t < 300; t++) judge.observe(rateBin(t, 540, 0, 60, 0));
    expect(judge.verdict().verdict).toBe('pass');
  });
});

describe('inconclusive', () => {
  it('is the verdict before the first bin, with null for what is not known', () => {
    const verdict = judgeOf().verdict();
    expect(verdict).toMatchObject({ verdict: 'inconclusive', action: 'continue', at: null });
    expect(verdict.metrics[0]).toMatchObject({
      effect: null,
      lowerBound: null,
      upperBound: null,
      state: 'unmeasured',
      eValue: 1,
    });
  });

  it('never promotes for lack of evidence: after the longest time it holds and asks a person', () => {
    const config: JudgeConfig = {
      metrics: [{ ...errorsConfig.metrics[0]!, margin: { relative: 0.01 } }],
      maximumMinutes: 90,
    };
    const judge = feed(judgeOf(config), stream(89, 1, 3));
    expect(judge.verdict().action).toBe('continue');
    const last = [...stream(90, 1, 3)].at(-1)!;
    judge.observe(last);
    expect(judge.verdict()).toMatchObject({ verdict: 'inconclusive', action: 'hold' });
    expect(judge.verdict().reason).toMatch(/longest time of 90 minutes.*A person decides/);
  });

  it('reads a bin without traffic as nothing: not as zero errors, not as a failure', () => {
    const judge = feed(judgeOf(), stream(50, 1, 4));
    const before = judge.verdict();
    for (let t = 50; t < 60; t++) judge.observe(rateBin(t, 540, 5, 0, 0));
    const after = judge.verdict();
    expect(after.metrics[0]).toMatchObject({
      effect: before.metrics[0]!.effect,
      eValue: before.metrics[0]!.eValue,
      bins: 50,
    });
    expect(after.exposure.emptyBins).toBe(10);
  });

  it('holds when traffic stays away', () => {
    const judge = judgeOf({ ...errorsConfig, noData: { emptyBins: 5 } });
    for (let t = 0; t < 5; t++) judge.observe(rateBin(t, 540, 5, 0, 0));
    expect(judge.verdict()).toMatchObject({ verdict: 'inconclusive', action: 'hold' });
    expect(judge.verdict().reason).toContain('No traffic in one of the arms for 5 bins');
  });

  it('counts the run of empty bins anew when traffic returns', () => {
    const judge = judgeOf({ ...errorsConfig, noData: { emptyBins: 5 } });
    for (let t = 0; t < 9; t++) judge.observe(rateBin(t, 540, 5, t === 4 ? 60 : 0, 0));
    expect(judge.verdict().action).toBe('continue');
  });

  it('does not believe a metric whose rows are missing more often in one arm', () => {
    const judge = judgeOf();
    for (const bin of stream(300, 1, 3)) {
      const { count, events } = bin.arms.canary.metrics.errors!;
      judge.observe({
        ...bin,
        arms: {
          ...bin.arms,
          canary: { units: count, metrics: { errors: { count, events: events!, missing: count } } },
        },
      });
    }
    const verdict = judge.verdict();
    expect(verdict.verdict).toBe('inconclusive');
    expect(verdict.metrics[0]!.state).toBe('unmeasured');
    expect(verdict.metrics[0]!.wouldChange).toContain('50.0 points apart');
  });

  it('says when the question would be settled', () => {
    const verdict = feed(judgeOf(), stream(60, 1, 3)).verdict();
    expect(verdict.metrics[0]!.state).toBe('undecided');
    expect(verdict.metrics[0]!.wouldChange).toMatch(
      /Proven (safe|harmful) in about \d+ more minutes if the harm stays/,
    );
  });
});

describe('the outlook', () => {
  const steady = (t: number): JudgeBin => meanBin(t, 5 + ((t * 5) % 8) * 0.25, 5.1 + ((t * 3) % 8) * 0.25);

  it('is right about the time when things go on as now', () => {
    const config: JudgeConfig = {
      metrics: [{ ...valueConfig.metrics[0]!, margin: { absolute: 0.4 }, tolerance: 0.4 }],
    };
    const judge = feed(
      judgeOf(config),
      Array.from({ length: 40 }, (_, t) => steady(t)),
    );
    const promised = /Proven safe in about (\d+) more minutes/.exec(judge.verdict().metrics[0]!.wouldChange);
    let t = 40;
    while (judge.verdict().metrics[0]!.state === 'undecided' && t < 2000) judge.observe(steady(t++));
    expect(judge.verdict().verdict).toBe('pass');
    expect(Number(promised![1])).toBeGreaterThan(0.6 * (t - 40));
    expect(Number(promised![1])).toBeLessThan(1.6 * (t - 40));
  });
});

describe('invalid', () => {
  const intended = { baseline: 90, canary: 10 };

  it('comes before every metric when the split is not the one asked for', () => {
    const judge = judgeOf({ ...errorsConfig, intended });
    for (let t = 0; t < 60; t++) judge.observe(rateBin(t, 500, 5, 100, 40));
    const verdict = judge.verdict();
    expect(verdict).toMatchObject({ verdict: 'invalid', action: 'hold' });
    expect(verdict.reason).toMatch(
      /^Sample-ratio mismatch: \d+ of \d+ assignments went to the canary where about \d+ were intended/,
    );
  });

  it('accepts a split that is right, at steps of growing weight', () => {
    const judge = judgeOf();
    for (let t = 0; t < 200; t++) {
      const canary = [1, 5, 25][Math.floor(t / 70)]!;
      judge.observe(
        rateBin(t, 10 * (100 - canary) + (t % 5) - 2, 9, 10 * canary, 0, {
          intended: { baseline: 100 - canary, canary },
        }),
      );
    }
    expect(judge.verdict().verdict).not.toBe('invalid');
  });

  it('counts assignments, not requests, where routing is sticky', () => {
    const sticky = (t: number): JudgeBin => {
      const bin = rateBin(t, 540, 5, 90, 1);
      return {
        ...bin,
        arms: {
          baseline: { ...bin.arms.baseline, assigned: 90 },
          canary: { ...bin.arms.canary, assigned: 10 },
        },
      };
    };
    const judge = judgeOf({ ...errorsConfig, intended });
    for (let t = 0; t < 200; t++) judge.observe(sticky(t));
    expect(judge.verdict().verdict).not.toBe('invalid');
  });

  it('sees a covariate that is not balanced, and names it', () => {
    const judge = judgeOf();
    for (let t = 0; t < 120; t++) {
      const bin = rateBin(t, 540, 5, 60, 1);
      judge.observe({
        ...bin,
        arms: {
          baseline: {
            ...bin.arms.baseline,
            covariates: { origin: { JFK: 270, EWR: 270 }, day: { week: 540 } },
          },
          canary: { ...bin.arms.canary, covariates: { origin: { JFK: 45, EWR: 15 }, day: { week: 60 } } },
        },
      });
    }
    expect(judge.verdict().verdict).toBe('invalid');
    expect(judge.verdict().reason).toContain('origin = ');
  });

  it('does not take chance for imbalance because there are many levels to look at', () => {
    const bins = (levels: number, crooked: number): CanaryJudge => {
      const spread = (each: number, first: number): Record<string, number> =>
        Object.fromEntries(Array.from({ length: levels }, (_, i) => [`level${i}`, i === 0 ? first : each]));
      const bin = rateBin(0, 540, 5, 60, 1);
      const arms = {
        baseline: { ...bin.arms.baseline, covariates: { cell: spread(9000, 900) } },
        canary: { ...bin.arms.canary, covariates: { cell: spread(1000, crooked) } },
      };
      return feed(judgeOf(), [{ ...bin, arms }]);
    };
    let crooked = 100;
    while (bins(2, crooked).verdict().verdict !== 'invalid') crooked++;
    expect(crooked).toBeLessThan(200);
    expect(bins(400, crooked).verdict().verdict).not.toBe('invalid');
  });

  it('is settled by what came first: a failed release stays failed, an invalid one invalid', () => {
    const failed = feed(judgeOf({ ...errorsConfig, intended }), stream(15, 10, 2));
    failed.observe(rateBin(20, 5000, 5, 5000, 4));
    expect(failed.verdict().verdict).toBe('fail');
    const invalid = judgeOf({ ...errorsConfig, intended });
    invalid.observe(rateBin(0, 5000, 5, 5000, 5));
    const { reason } = invalid.verdict();
    for (let t = 1; t < 40; t++) invalid.observe(rateBin(t, 900, 5, 100, 60));
    expect(invalid.verdict().verdict).toBe('invalid');
    expect(reason).toContain('Sample-ratio mismatch');
  });

  it('says invalid first, when split and metric break in the same bin', () => {
    const judge = judgeOf({ ...errorsConfig, intended });
    judge.observe(rateBin(0, 5000, 5, 5000, 4000));
    expect(judge.verdict().verdict).toBe('invalid');
    expect(judge.state().tests[0]!.lost).not.toBeNull();
  });
});

describe('the budget', () => {
  it('is shared by weight, double for critical metrics, and by thirds within latency', () => {
    const verdict = judgeOf({
      metrics: [
        { ...errorsConfig.metrics[0]!, critical: true },
        { name: 'value', kind: 'mean', harmful: 'decrease', margin: { absolute: 1 } },
      ],
      latency: {
        quantiles: { p50: { thresholdMs: 10 }, p90: { thresholdMs: 20 }, p99: { thresholdMs: 50 } },
      },
    }).verdict();
    const { byMetric, total } = verdict.alphaSpent;
    expect(total).toBe(0.05);
    expect(byMetric.errors).toBeCloseTo(0.025, 12);
    expect(byMetric.value).toBeCloseTo(0.0125, 12);
    expect(byMetric['latency.p99']).toBeCloseTo(0.0125 / 3, 12);
    expect(Object.values(byMetric).reduce((a, b) => a + b, 0)).toBeCloseTo(0.05, 12);
  });

  it.each([
    [0, 0.05],
    [1, 0.025],
    [2, 0.0125],
  ])('gives retry %i a chance of %f, for aborts and for proofs', (retry, alpha) => {
    const { alphaSpent } = judgeOf({ ...errorsConfig, retry }).verdict();
    expect(alphaSpent).toMatchObject({ total: alpha, proof: alpha, retry });
  });
});

describe('latency and segments', () => {
  it('fails on a tail that the middle does not show', () => {
    const config: JudgeConfig = {
      metrics: [],
      latency: { quantiles: { p50: { thresholdMs: 10 }, p99: { thresholdMs: 50 } } },
    };
    const judge = judgeOf(config);
    for (let t = 0; t < 60; t++) {
      const arm = (units: number, p50: number, p99: number) => ({
        units,
        metrics: {},
        latency: { total: units, above: { p50, p99 } },
      });
      judge.observe({
        start: t * MINUTE,
        end: (t + 1) * MINUTE,
        arms: {
          baseline: arm(5000, 2500 + (t % 9), 50 + (t % 5)),
          canary: arm(500, 250 + (t % 7), 14 + (t % 3)),
        },
      });
    }
    const verdict = judge.verdict();
    expect(verdict.verdict).toBe('fail');
    expect(verdict.reason).toContain('latency.p99');
    expect(verdict.reason).toContain('share of calls above 50 ms');
    expect(verdict.metrics[0]!.state).not.toBe('harmful');
  });

  it('is not fooled by segments of different rates in different shares (Simpson)', () => {
    // Within each segment the canary is exactly as good; it only serves more of the bad segment.
    const judge = judgeOf({ metrics: [{ ...errorsConfig.metrics[0]!, margin: { absolute: 0.01 } }] });
    for (let t = 0; t < 100; t++) {
      const wobble = t % 2;
      judge.observe(rateBin(t, 900, 9 + wobble, 100, 1, { segment: 'good' }));
      judge.observe(rateBin(t, 100, 20 + wobble, 100, 20 - wobble, { segment: 'bad' }));
    }
    expect(Math.abs(judge.verdict().metrics[0]!.effect!)).toBeLessThan(0.01);
    expect(judge.verdict().verdict).not.toBe('fail');
    // The last slice waits for more segments.
    expect(judge.verdict().exposure.bins).toBe(99);
  });
});

describe('history', () => {
  it('gives the bound over time with the margin, thinned to what was asked for', () => {
    const judge = feed(judgeOf({ ...errorsConfig, historyPoints: 50 }), stream(300, 1, 3));
    const [errors] = judge.history();
    expect(errors).toMatchObject({ name: 'errors', margin: 0.5, tolerance: 0, relative: true, lostAt: null });
    expect(errors!.points.length).toBeGreaterThan(20);
    expect(errors!.points.length).toBeLessThanOrEqual(51);
    const last = errors!.points.at(-1)!;
    const [metric] = judge.verdict().metrics;
    expect(last).toEqual({
      at: judge.verdict().at,
      effect: metric!.effect,
      lower: metric!.lowerBound,
      upper: metric!.upperBound,
    });
    expect(errors!.points[0]!.upper).toBeNull();
    expect([...errors!.points].map((p) => p.at).sort()).toEqual(errors!.points.map((p) => p.at));
  });
});

function withCopy(bin: JudgeBin, name: string): JudgeBin {
  const add = (arm: JudgeBin['arms']['canary']) => ({
    ...arm,
    metrics: { ...arm.metrics, [name]: arm.metrics.errors! },
  });
  return { ...bin, arms: { baseline: add(bin.arms.baseline), canary: add(bin.arms.canary) } };
}
