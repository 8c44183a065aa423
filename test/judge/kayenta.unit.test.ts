// Proves that the comparison judge classifies as Kayenta documents and tests (its own cases, figures to two decimals),
// and that our judge sees what people reported it blind to: spinnaker#6278, kayenta#780, kayenta#426, tiny scales.
import { describe, expect, it } from 'vitest';
import { CanaryJudge, kayentaJudge, kayentaMannWhitney } from '../../domain/judge/index.ts';
import type { JudgeConfig, KayentaMetric, KayentaOptions, Verdict } from '../../domain/judge/index.ts';
import { errorsConfig, feed, meanBin, MINUTE, rateBin, valueConfig } from './bins.ts';

const around10 = [
  9.78, 10.59, 7.84, 9.32, 8.38, 8.94, 8.27, 9.75, 11.62, 9.28, 8.15, 10.56, 13.5, 11.05, 6.95, 12.52, 9.02,
  4.92, 11.25, 11.6, 8.44, 11.11, 10.7, 8.92, 10.09, 11.42, 9.38, 7.8, 10.62, 11.91,
];
const alsoAround10 = [
  11.15, 9.96, 7.07, 7.3, 9.79, 9.6, 6.19, 12.35, 10.37, 8.61, 9.91, 10.36, 14.21, 10.95, 10.22, 11.74, 10.91,
  12.82, 8.1, 8.5, 12.11, 13.27, 10.11, 6.95, 6.21, 10.16, 8.35, 8.38, 7.0, 10.76,
];
const around20 = [
  20.88, 21.79, 19.71, 15.86, 19.51, 19.39, 22.93, 17.16, 18.66, 23.42, 24.06, 22.63, 21.98, 21.66, 20.07,
  22.12, 16.44, 21.56, 21.0, 17.78, 17.81, 18.54, 20.56, 19.55, 21.77, 21.81, 20.96, 20.98, 19.11, 16.98,
];
const repeat = (n: number, value: number): number[] => new Array<number>(n).fill(value);

function classify(
  canary: number[],
  baseline: number[],
  more: Partial<KayentaMetric> = {},
  options: KayentaOptions = {},
) {
  return kayentaJudge([{ name: 'm', canary, baseline, ...more }], options).metrics[0]!.classification;
}

describe('Kayenta’s own classifications', () => {
  const own = { tolerance: 0.1, confidence: 0.95 };
  it.each<[string, number[], number[], 'increase' | 'decrease' | 'either', string]>([
    ['the same middle passes', around10, alsoAround10, 'either', 'Pass'],
    ['twice as high is High', around20, alsoAround10, 'either', 'High'],
    ['half as high is Low', around10, around20, 'either', 'Low'],
    ['Low does not count where an increase hurts', around10, around20, 'increase', 'Pass'],
    ['High does not count where a decrease hurts', around20, alsoAround10, 'decrease', 'Pass'],
    ['High counts where an increase hurts', around20, alsoAround10, 'increase', 'High'],
    ['Low counts where a decrease hurts', around10, around20, 'decrease', 'Low'],
    ['all points equal', [1, 1, 1], [1, 1], 'decrease', 'Pass'],
    ['the same points in another order', [1, 2, 3, 4, 5], [5, 4, 3, 2, 1], 'decrease', 'Pass'],
    ['one leading zero', [0, 1, 1, 1, 1], [1, 1, 1, 1, 1], 'decrease', 'Pass'],
    ['no canary data', [], [1, 2, 3, 4, 5], 'decrease', 'Nodata'],
  ])('%s', (_name, canary, baseline, direction, expected) => {
    expect(classify(canary, baseline, { direction }, own)).toBe(expected);
  });

  it('uses 98 % and a quarter of the estimate unless told', () => {
    const result = kayentaJudge([{ name: 'm', canary: around20, baseline: alsoAround10 }]).metrics[0]!;
    expect(result.classification).toBe('High');
    expect(result.interval![0]).toBeGreaterThan(0.25 * result.estimate!);
    // A shift that is certain but whose interval begins below the tolerance: passes only because of it.
    const shifted = alsoAround10.map((x, i) => x + 1.4 + (i % 5) * 0.1);
    expect(classify(shifted, alsoAround10)).toBe('Pass');
    expect(classify(shifted, alsoAround10, {}, { tolerance: 0 })).toBe('High');
  });

  it('removes NaN, or reads it as 0', () => {
    expect(classify([NaN, NaN], [1, 2])).toBe('Nodata');
    expect(classify([NaN, NaN], [1, 2], { mustHaveData: true })).toBe('NodataFailMetric');
    const gaps = around20.map((x, i) => (i % 2 === 0 ? NaN : x));
    expect(classify(gaps, alsoAround10, { direction: 'increase' })).toBe('High');
    expect(classify(gaps, alsoAround10, { direction: 'increase', nanStrategy: 'replace' })).toBe('Pass');
  });

  it('fails only from the allowed ratio of means', () => {
    expect(classify(around20, alsoAround10, { effectSize: { allowedIncrease: 1.5 } })).toBe('High');
    expect(classify(around20, alsoAround10, { effectSize: { allowedIncrease: 3 } })).toBe('Pass');
    expect(classify(around10, around20, { effectSize: { allowedDecrease: 0.6 } })).toBe('Low');
    expect(classify(around10, around20, { effectSize: { allowedDecrease: 0.3 } })).toBe('Pass');
  });
});

describe('Kayenta’s scores', () => {
  const pass = { canary: [1, 2, 3], baseline: [3, 2, 1] };
  const high = { canary: around20, baseline: alsoAround10 };
  const low = { canary: around10, baseline: around20 };
  const score = (metrics: Omit<KayentaMetric, 'name'>[], options?: KayentaOptions) =>
    kayentaJudge(
      metrics.map((metric, i) => ({ name: `m${i}`, ...metric })),
      options,
    );

  it.each<[string, Omit<KayentaMetric, 'name'>[], Record<string, number>, number]>([
    ['one that passes', [pass], {}, 100],
    ['one that fails', [high], {}, 0],
    ['one of two', [pass, high], {}, 50],
    ['one of three', [pass, high, low], {}, 100 / 3],
    [
      'groups of 75 and 25',
      [
        { ...pass, groups: ['a'] },
        { ...pass, groups: ['a'] },
        { ...high, groups: ['b'] },
      ],
      { a: 75, b: 25 },
      75,
    ],
    [
      'groups of 50 and 50',
      [
        { ...pass, groups: ['a'] },
        { ...high, groups: ['a'] },
        { ...high, groups: ['b'] },
      ],
      { a: 50, b: 50 },
      25,
    ],
    [
      'groups without weights share what is left',
      [
        { ...pass, groups: ['a'] },
        { ...high, groups: ['b'] },
      ],
      { a: 40 },
      40,
    ],
    ['no data', [{ canary: [], baseline: [1] }], {}, 0],
    ['no data beside one that passes', [{ canary: [], baseline: [1] }, pass], {}, 100],
    ['a critical metric that fails', [pass, { ...high, critical: true }], {}, 0],
    ['a critical metric that passes beside one that fails', [low, { ...pass, critical: true }], {}, 50],
    [
      'a critical metric below its critical ratio',
      [pass, { ...high, critical: true, effectSize: { criticalIncrease: 5 } }],
      {},
      50,
    ],
  ])('%s', (_name, metrics, groupWeights, expected) => {
    expect(score(metrics, { groupWeights }).score).toBeCloseTo(expected, 9);
  });

  it('are Pass, Marginal or Fail by two thresholds', () => {
    const thresholds = { pass: 90, marginal: 50 };
    expect(score([pass], { thresholds }).classification).toBe('Pass');
    expect(score([pass, high], { thresholds }).classification).toBe('Marginal');
    expect(score([high, low, pass], { thresholds }).classification).toBe('Fail');
    expect(score([{ canary: [], baseline: [1] }]).classification).toBe('Nodata');
  });
});

describe('what Kayenta does not see, and this judge does', () => {
  const small: JudgeConfig = { ...valueConfig, exposure: { bins: 10, canaryUnits: 100 } };
  const judged = (config: JudgeConfig, canary: number[], baseline: number[]): Verdict =>
    feed(
      new CanaryJudge(config),
      canary.map((value, t) => meanBin(t, baseline[t]!, value)),
    ).verdict();

  it('spinnaker#6278: 7 of 10 points at 100 against a baseline of 1', () => {
    const [canary, baseline] = [[...repeat(7, 100), ...repeat(3, 1)], repeat(10, 1)];
    expect(classify(canary, baseline)).toBe('Pass');
    expect(classify([...repeat(8, 100), 1, 1], baseline)).toBe('High');
    // The same points as they come from a canary that fails most of the time.
    const mixed = [100, 100, 1, 100, 100, 1, 100, 1, 100, 100];
    expect(classify(mixed, baseline)).toBe('Pass');
    expect(judged(small, mixed, baseline).verdict).toBe('fail');
    // Seven bad minutes in a row and then three good ones are not ten witnesses: not a pass, and soon a failure.
    expect(judged(small, canary, baseline).verdict).toBe('inconclusive');
    const longer = Array.from({ length: 40 }, (_, t) => canary[t % 10]!);
    expect(judged(small, longer, repeat(40, 1)).verdict).toBe('fail');
  });

  it('kayenta#780: another spread around the same middle', () => {
    const steady = [10, 10.1, 10.2, 10.3, 10.4, 10.5, 10.6, 17, 17.1, 17.2, 17.3, 17.4, 17.5, 17.6, 17.7];
    const wild = [1, 100, 4, 101, 5, 102, 6, 103, 7, 104, 8, 105, 9, 106, 17];
    expect(classify(wild, steady)).toBe('Pass');
    expect(classify(steady, wild)).toBe('Pass');
    // One point a minute, as calls slower than the steady arm's own 90th percentile.
    const config: JudgeConfig = { metrics: [], latency: { quantiles: { p90: { thresholdMs: 17.6 } } } };
    const arm = (value: number) => ({
      units: 50,
      metrics: {},
      latency: { total: 50, above: { p90: value > 17.6 ? 50 : 0 } },
    });
    const judge = new CanaryJudge(config);
    for (let t = 0; t < 45; t++) {
      const arms = { baseline: arm(steady[t % 15]!), canary: arm(wild[t % 15]!) };
      judge.observe({ start: t * MINUTE, end: (t + 1) * MINUTE, arms });
    }
    expect(judge.verdict().verdict).toBe('fail');
  });

  it('kayenta#426: a few errors where there used to be none', () => {
    const errors = [0, 1, 2, 1, 0, 0];
    expect(classify(errors, repeat(6, 0), { direction: 'increase' })).toBe('Pass');
    const judge = new CanaryJudge(errorsConfig);
    for (let t = 0; t < 6; t++) judge.observe(rateBin(t, 500, 0, 500, errors[t]!));
    // Four events prove little, and are never a pass.
    expect(judge.verdict().verdict).toBe('inconclusive');
    let failedAt = Infinity;
    for (let t = 6; t < 60 && failedAt === Infinity; t++) {
      judge.observe(rateBin(t, 500, 0, 500, errors[t % 6]!));
      if (judge.verdict().verdict === 'fail') failedAt = t;
    }
    expect(failedAt).toBeLessThanOrEqual(40);
  });

  it.each([1, 1e-5, 1e5])('does not care for the scale of a metric: values times %f', (scale) => {
    const metric = { ...valueConfig.metrics[0]!, margin: { absolute: scale } };
    const noise = (t: number): number => 5 + ((t * 7) % 11) / 10;
    const run = (shift: number): Verdict =>
      judged(
        { metrics: [metric] },
        Array.from({ length: 60 }, (_, t) => scale * (noise(t + 3) + shift)),
        Array.from({ length: 60 }, (_, t) => scale * noise(t)),
      );
    expect(run(0.8).verdict).toBe('fail');
    expect(run(0).verdict).toBe('pass');
  });
});

describe('Kayenta’s Mann-Whitney variant by name', () => {
  const low = Array.from({ length: 30 }, (_, i) => 10 + (i % 7));
  const shifted = (by: number): number[] => low.map((value) => value + by);

  it('classifies a shift that is clear of a quarter of itself, either way', () => {
    expect(kayentaMannWhitney(shifted(9), low)).toMatchObject({ classification: 'High', estimate: 9 });
    expect(kayentaMannWhitney(low, shifted(9))).toMatchObject({ classification: 'Low', estimate: -9 });
    expect(kayentaMannWhitney(low, low.toReversed()).classification).toBe('Pass');
  });

  it('uses 98 % and a quarter unless told, as the whole judge does', () => {
    const said = kayentaMannWhitney(shifted(2), low);
    expect(said).toEqual(kayentaMannWhitney(shifted(2), low, { tolerance: 0.25, confidence: 0.98 }));
    const [metric] = kayentaJudge([{ name: 'm', canary: shifted(2), baseline: low }]).metrics;
    expect(metric).toMatchObject({
      classification: said.classification,
      estimate: said.estimate,
      interval: [said.lower, said.upper],
    });
    expect(kayentaMannWhitney(shifted(9), low, { tolerance: 1 }).classification).toBe('Pass');
  });
});
