// Proves that bad input is a typed error with the path of the fault, never a number, and leaves no trace in the memory.
import { describe, expect, it } from 'vitest';
import {
  CanaryJudge,
  collectArm,
  forecast,
  JudgeError,
  kayentaJudge,
  planOf,
  winsorise,
} from '../../domain/judge/index.ts';
import type { JudgeBin, JudgeConfig, JudgeErrorCode } from '../../domain/judge/index.ts';
import { createRandom } from '../../domain/statistics/random.ts';
import { errorsConfig, feed, meanBin, MINUTE, rateBin, stream, valueConfig } from './bins.ts';

function refused(act: () => unknown, code: JudgeErrorCode, path: string): void {
  let error: unknown;
  try {
    act();
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(JudgeError);
  expect(error).toMatchObject({ name: 'JudgeError', code, path });
  expect((error as Error).message.startsWith(`${path}: `)).toBe(true);
}

const good = rateBin(0, 100, 1, 100, 1);
const withArm = (change: object): JudgeBin => ({
  ...good,
  arms: { ...good.arms, canary: { ...good.arms.canary, ...change } },
});
const withErrors = (errors: object): JudgeBin => withArm({ metrics: { errors } });

describe('a bin is refused', () => {
  it.each<[string, JudgeBin, JudgeErrorCode, string]>([
    ['NaN units', withArm({ units: NaN }), 'NON_FINITE', 'bin.arms.canary.units'],
    ['infinite units', withArm({ units: Infinity }), 'NON_FINITE', 'bin.arms.canary.units'],
    ['negative units', withArm({ units: -1 }), 'OUT_OF_RANGE', 'bin.arms.canary.units'],
    ['negative assignments', withArm({ assigned: -1 }), 'OUT_OF_RANGE', 'bin.arms.canary.assigned'],
    [
      'NaN in a covariate',
      withArm({ covariates: { a: { b: NaN } } }),
      'NON_FINITE',
      'bin.arms.canary.covariates.a.b',
    ],
    ['a missing metric', withArm({ metrics: {} }), 'MISSING', 'bin.arms.canary.metrics.errors'],
    [
      'a NaN count',
      withErrors({ count: NaN, events: 1 }),
      'NON_FINITE',
      'bin.arms.canary.metrics.errors.count',
    ],
    [
      'a negative count',
      withErrors({ count: -1, events: 0 }),
      'OUT_OF_RANGE',
      'bin.arms.canary.metrics.errors.count',
    ],
    [
      'an infinite count',
      withErrors({ count: Infinity, events: 0 }),
      'NON_FINITE',
      'bin.arms.canary.metrics.errors.count',
    ],
    [
      'negative missing',
      withErrors({ count: 1, events: 0, missing: -1 }),
      'OUT_OF_RANGE',
      'bin.arms.canary.metrics.errors.missing',
    ],
    ['no events', withErrors({ count: 10 }), 'NON_FINITE', 'bin.arms.canary.metrics.errors.events'],
    [
      'NaN events',
      withErrors({ count: 10, events: NaN }),
      'NON_FINITE',
      'bin.arms.canary.metrics.errors.events',
    ],
    [
      'negative events',
      withErrors({ count: 10, events: -2 }),
      'OUT_OF_RANGE',
      'bin.arms.canary.metrics.errors.events',
    ],
    [
      'more events than rows',
      withErrors({ count: 10, events: 11 }),
      'OUT_OF_RANGE',
      'bin.arms.canary.metrics.errors.events',
    ],
    [
      'a text for a number',
      withErrors({ count: 10, events: '1' }),
      'NON_FINITE',
      'bin.arms.canary.metrics.errors.events',
    ],
    ['no such time', { ...good, start: 'yesterday' }, 'NON_FINITE', 'bin.start'],
    ['an end before the start', { ...good, end: 0 }, 'OUT_OF_RANGE', 'bin.end'],
    ['negative late rows', { ...good, late: -1 }, 'OUT_OF_RANGE', 'bin.late'],
    [
      'an intended split of 0',
      { ...good, intended: { baseline: 1, canary: 0 } },
      'OUT_OF_RANGE',
      'bin.intended.canary',
    ],
    [
      'no canary arm',
      { ...good, arms: { baseline: good.arms.baseline } as never },
      'MISSING',
      'bin.arms.canary',
    ],
  ])('with %s', (_what, bin, code, path) => {
    const judge = new CanaryJudge(errorsConfig);
    const before = JSON.stringify(judge.state());
    refused(() => judge.observe(bin), code, path);
    expect(JSON.stringify(judge.state())).toBe(before);
  });

  it('with sums that no rows can have, or outside the declared bounds', () => {
    const path = 'bin.arms.canary.metrics.value';
    const bin = (sum: number, sumOfSquares: number): JudgeBin => {
      const base = meanBin(0, 1, 1, 10);
      return {
        ...base,
        arms: { ...base.arms, canary: { units: 10, metrics: { value: { count: 10, sum, sumOfSquares } } } },
      };
    };
    refused(() => new CanaryJudge(valueConfig).observe(bin(100, 5)), 'OUT_OF_RANGE', `${path}.sumOfSquares`);
    refused(() => new CanaryJudge(valueConfig).observe(bin(NaN, 5)), 'NON_FINITE', `${path}.sum`);
    refused(() => new CanaryJudge(valueConfig).observe(bin(1, -5)), 'OUT_OF_RANGE', `${path}.sumOfSquares`);
    const bounded: JudgeConfig = { metrics: [{ ...valueConfig.metrics[0]!, bounds: [0, 2] }] };
    refused(() => new CanaryJudge(bounded).observe(bin(50, 300)), 'OUT_OF_RANGE', `${path}.sum`);
    new CanaryJudge(bounded).observe(bin(10, 12));
  });

  it('without its latency, or with more slow calls than calls', () => {
    const config: JudgeConfig = { metrics: [], latency: { quantiles: { p99: { thresholdMs: 50 } } } };
    const bin = (latency?: object): JudgeBin => {
      const arm = { units: 5, metrics: {}, ...(latency === undefined ? {} : { latency: latency as never }) };
      return {
        start: 0,
        end: MINUTE,
        arms: { baseline: { units: 5, metrics: {}, latency: { total: 5, above: { p99: 1 } } }, canary: arm },
      };
    };
    const at = 'bin.arms.canary.latency';
    refused(() => new CanaryJudge(config).observe(bin()), 'MISSING', at);
    refused(
      () => new CanaryJudge(config).observe(bin({ total: 5, above: {} })),
      'MISSING',
      `${at}.above.p99`,
    );
    refused(
      () => new CanaryJudge(config).observe(bin({ total: 5, above: { p99: 6 } })),
      'OUT_OF_RANGE',
      `${at}.above.p99`,
    );
    refused(
      () => new CanaryJudge(config).observe(bin({ total: -5, above: { p99: 0 } })),
      'OUT_OF_RANGE',
      `${at}.total`,
    );
  });

  it('when it comes twice, too early, or repeats a segment', () => {
    const judge = feed(new CanaryJudge(errorsConfig), [rateBin(3, 10, 0, 10, 0)]);
    refused(() => judge.observe(rateBin(3, 10, 0, 10, 0)), 'OUT_OF_ORDER', 'bin');
    refused(() => judge.observe(rateBin(3, 10, 0, 10, 0, { segment: 'a' })), 'OUT_OF_ORDER', 'bin');
    refused(() => judge.observe(rateBin(2, 10, 0, 10, 0)), 'OUT_OF_ORDER', 'bin.start');
    judge.observe(rateBin(4, 10, 0, 10, 0, { segment: 'a' }));
    refused(() => judge.observe(rateBin(4, 10, 0, 10, 0, { segment: 'a' })), 'OUT_OF_ORDER', 'bin');
    refused(() => judge.observe(rateBin(4, 10, 0, 10, 0)), 'OUT_OF_ORDER', 'bin');
    judge.observe(rateBin(4, 10, 0, 10, 0, { segment: 'b' }));
  });
});

describe('a configuration is refused', () => {
  const metric = errorsConfig.metrics[0]!;
  const latency = { quantiles: { p99: { thresholdMs: 50 } } };
  it.each<[string, JudgeConfig, string]>([
    ['nothing to judge', { metrics: [] }, 'config.metrics'],
    ['nothing required', { metrics: [{ ...metric, required: false }] }, 'config.metrics'],
    ['a name used twice', { metrics: [metric, metric] }, 'config.metrics[1].name'],
    ['an empty name', { metrics: [{ ...metric, name: '' }] }, 'config.metrics[0].name'],
    ['an unknown kind', { metrics: [{ ...metric, kind: 'median' as never }] }, 'config.metrics[0].kind'],
    [
      'an unknown direction',
      { metrics: [{ ...metric, harmful: 'up' as never }] },
      'config.metrics[0].harmful',
    ],
    [
      'a margin of 0',
      { metrics: [{ ...metric, margin: { absolute: 0 } }] },
      'config.metrics[0].margin.absolute',
    ],
    [
      'a NaN margin',
      { metrics: [{ ...metric, margin: { relative: NaN } }] },
      'config.metrics[0].margin.relative',
    ],
    [
      'a tolerance above the margin',
      { metrics: [{ ...metric, tolerance: 0.6 }] },
      'config.metrics[0].tolerance',
    ],
    ['a weight of 0', { metrics: [{ ...metric, weight: 0 }] }, 'config.metrics[0].weight'],
    ['bounds the wrong way round', { metrics: [{ ...metric, bounds: [2, 1] }] }, 'config.metrics[0].bounds'],
    ['an alpha of 1', { ...errorsConfig, alpha: 1 }, 'config.alpha'],
    ['a proof alpha of 0', { ...errorsConfig, proofAlpha: 0 }, 'config.proofAlpha'],
    ['half a retry', { ...errorsConfig, retry: 0.5 }, 'config.retry'],
    ['a negative retry', { ...errorsConfig, retry: -1 }, 'config.retry'],
    ['too short a burn-in', { ...errorsConfig, burnIn: 2 }, 'config.burnIn'],
    ['no time', { ...errorsConfig, maximumMinutes: 0 }, 'config.maximumMinutes'],
    [
      'an intended split of nothing',
      { ...errorsConfig, intended: { baseline: 0, canary: 1 } },
      'config.intended.baseline',
    ],
    ['no quantile', { ...errorsConfig, latency: { quantiles: {} } }, 'config.latency.quantiles'],
    [
      'a latency margin above 1',
      { ...errorsConfig, latency: { quantiles: { p99: { thresholdMs: 5, margin: 2 } } } },
      'config.latency.quantiles.p99.margin',
    ],
    [
      'a negative threshold',
      { ...errorsConfig, latency: { quantiles: { p99: { thresholdMs: -5 } } } },
      'config.latency.quantiles.p99.thresholdMs',
    ],
    [
      'a latency weight of 0',
      { ...errorsConfig, latency: { ...latency, weight: 0 } },
      'config.latency.weight',
    ],
  ])('with %s', (_what, config, path) => refused(() => planOf(config), 'BAD_CONFIG', path));
});

describe('a state is refused', () => {
  const state = feed(new CanaryJudge(errorsConfig), stream(3, 1, 1)).state();
  it('of another configuration or version', () => {
    refused(() => CanaryJudge.fromState(valueConfig, state), 'BAD_STATE', 'state.tests');
    refused(
      () => CanaryJudge.fromState(errorsConfig, { ...state, version: 2 as never }),
      'BAD_STATE',
      'state.version',
    );
  });
});

describe('other inputs are refused', () => {
  it('rows that are not numbers', () => {
    const rows = (value: number | boolean | null) => [{ values: { errors: value } }];
    refused(() => collectArm(rows(NaN), errorsConfig), 'NON_FINITE', 'rows[0].values.errors');
    refused(() => collectArm(rows(0.5), errorsConfig), 'OUT_OF_RANGE', 'rows[0].values.errors');
    expect(collectArm([...rows(true), ...rows(0), ...rows(null)], errorsConfig).metrics.errors).toEqual({
      count: 2,
      missing: 1,
      events: 1,
    });
    const latency: JudgeConfig = { ...errorsConfig, latency: { quantiles: { p50: { thresholdMs: 5 } } } };
    refused(() => collectArm([{ values: {}, latencyMs: -1 }], latency), 'OUT_OF_RANGE', 'rows[0].latencyMs');
  });

  it('and rows beyond the declared bounds are drawn to them', () => {
    expect([-5, 1, 9].map((value) => winsorise(value, [0, 2]))).toEqual([0, 1, 2]);
    const bounded: JudgeConfig = { metrics: [{ ...valueConfig.metrics[0]!, bounds: [0, 2] }] };
    const arm = collectArm([{ values: { value: 1000 } }, { values: { value: 1 } }], bounded);
    expect(arm.metrics.value).toEqual({ count: 2, missing: 0, sum: 3, sumOfSquares: 5 });
  });

  it('forecasts of traffic that does not fit', () => {
    const random = createRandom(1);
    const traffic = {
      unitsPerMinute: 10,
      steps: [{ share: 0.1, minutes: 10 }],
      metrics: { errors: { value: 0.01 } },
    };
    refused(
      () => forecast(errorsConfig, { ...traffic, unitsPerMinute: NaN }, random),
      'BAD_CONFIG',
      'traffic.unitsPerMinute',
    );
    refused(() => forecast(errorsConfig, { ...traffic, steps: [] }, random), 'BAD_CONFIG', 'traffic.steps');
    refused(
      () => forecast(errorsConfig, { ...traffic, steps: [{ share: 1, minutes: 1 }] }, random),
      'BAD_CONFIG',
      'traffic.steps[0].share',
    );
    refused(
      () => forecast(errorsConfig, { ...traffic, steps: [{ share: 0.5, minutes: 0 }] }, random),
      'BAD_CONFIG',
      'traffic.steps[0].minutes',
    );
    refused(
      () => forecast(errorsConfig, { ...traffic, metrics: {} }, random),
      'BAD_CONFIG',
      'traffic.metrics.errors',
    );
    refused(
      () => forecast(errorsConfig, { ...traffic, metrics: { errors: { value: 2 } } }, random),
      'BAD_CONFIG',
      'traffic.metrics.errors.value',
    );
    refused(
      () => forecast(valueConfig, { ...traffic, metrics: { value: { value: 2 } } }, random),
      'BAD_CONFIG',
      'traffic.metrics.value.deviation',
    );
  });

  it('Kayenta’s input: infinities, nothing, weights above 100', () => {
    refused(() => kayentaJudge([]), 'MISSING', 'metrics');
    refused(
      () => kayentaJudge([{ name: 'm', baseline: [1, Infinity], canary: [1] }]),
      'NON_FINITE',
      'm.baseline[1]',
    );
    const metric = { name: 'm', baseline: [1], canary: [1], groups: ['a'] };
    refused(() => kayentaJudge([metric], { groupWeights: { a: 101 } }), 'BAD_CONFIG', 'groupWeights');
  });
});
