// Proves how rows become an arm's part of a bin: what is counted, summed, winsorised and missing, which calls are slow, which
// levels of a covariate were met; and how numbers, times and harms are written for people.
import { describe, expect, it } from 'vitest';
import { readCell, timeOf } from '../../domain/judge/bin.ts';
import { asHarm, asNumber, asTime, asValue } from '../../domain/judge/format.ts';
import { CanaryJudge, collectArm, planOf, winsorise } from '../../domain/judge/index.ts';
import type { ArmBin, JudgeConfig, JudgeRow } from '../../domain/judge/index.ts';
import { rateBin } from './bins.ts';

const config: JudgeConfig = {
  metrics: [
    { name: 'errors', kind: 'rate', harmful: 'increase', margin: { absolute: 0.01 } },
    { name: 'loss', kind: 'mean', harmful: 'increase', margin: { absolute: 1 }, bounds: [0, 10] },
    { name: 'revenue', kind: 'amount', harmful: 'decrease', margin: { absolute: 1 } },
  ],
};
const row = (errors: boolean | number | null, loss: number | null, more: object = {}): JudgeRow => ({
  values: { errors, loss, revenue: 2 },
  ...more,
});

describe('rows of an arm', () => {
  it('are counted by kind, and what is missing is in no sum', () => {
    const arm = collectArm([row(true, 3), row(false, 14), row(1, -2), row(0, null), row(null, 4)], config);
    expect(arm).toEqual({
      units: 5,
      metrics: {
        errors: { count: 4, missing: 1, events: 2 },
        loss: { count: 4, missing: 1, sum: 17, sumOfSquares: 125 },
        revenue: { count: 5, missing: 0, sum: 10, sumOfSquares: 20 },
      },
    });
  });

  it('are held within declared bounds', () => {
    expect([-1, 0, 5, 10, 11].map((value) => winsorise(value, [0, 10]))).toEqual([0, 0, 5, 10, 10]);
    expect(winsorise(11, undefined)).toBe(11);
  });

  it('add up to the same bits in any order', () => {
    const losses = [1e-9, 9, 0.1, 0.7, 1e-5, 3.3];
    const forwards = collectArm(
      losses.map((loss) => row(0, loss)),
      config,
    ).metrics.loss!;
    const sorted = [...losses].sort((a, b) => a - b);
    expect(
      collectArm(
        losses.toReversed().map((loss) => row(0, loss)),
        config,
      ).metrics.loss,
    ).toEqual(forwards);
    expect(forwards.sum).toBe(sorted.reduce((a, b) => a + b, 0));
    expect(forwards.sumOfSquares).toBe(sorted.reduce((a, b) => a + b * b, 0));
  });

  it('count as slow above a threshold, not at it, and only with a latency', () => {
    const timed: JudgeConfig = {
      ...config,
      latency: { quantiles: { p50: { thresholdMs: 10 }, p99: { thresholdMs: 50 } } },
    };
    const rows = [5, 10, 11, 50, 51].map((latencyMs) => row(0, 1, { latencyMs }));
    expect(collectArm([...rows, row(0, 1)], timed).latency).toEqual({ total: 5, above: { p50: 3, p99: 1 } });
    expect(collectArm(rows, config).latency).toBeUndefined();
  });

  it('tell how often each level of a covariate was met', () => {
    const rows = ['JFK', 'EWR', 'JFK'].map((origin) => row(0, 1, { covariates: { origin } }));
    expect(collectArm([...rows, row(0, 1)], config).covariates).toEqual({ origin: { JFK: 2, EWR: 1 } });
    expect('covariates' in collectArm([row(0, 1)], config)).toBe(false);
  });
});

describe('the numbers of an arm', () => {
  const plan = planOf({ ...config, latency: { quantiles: { p99: { thresholdMs: 50 } } } });
  const test = (name: string) => plan.tests.find((one) => one.name === name)!;
  const read = (arm: ArmBin, name: string) => {
    const cell = { x: 9, n: 9, ss: 9, missing: 9 };
    readCell(arm, test(name), 'arm', cell);
    return cell;
  };
  const sums = (count: number, sum: number, sumOfSquares: number) => ({ count, sum, sumOfSquares });

  it('are per row for a mean and per unit for an amount', () => {
    const arm = { units: 7, metrics: { loss: sums(4, 8, 20), revenue: sums(4, 8, 20) } };
    expect(read(arm, 'loss')).toEqual({ x: 8, n: 4, ss: 20, missing: 0 });
    expect(read(arm, 'revenue')).toEqual({ x: 8, n: 7, ss: 20, missing: 0 });
  });

  it('are nothing where an idle arm says nothing', () => {
    const nothing = { x: 0, n: 0, ss: 0, missing: 0 };
    for (const name of ['errors', 'loss', 'latency.p99'])
      expect(read({ units: 0, metrics: {} }, name)).toEqual(nothing);
    for (const name of ['errors', 'loss', 'latency.p99'])
      expect(() => read({ units: 1, metrics: {} }, name)).toThrow('not in the bin');
  });

  it('may lie on the edge of what is possible, and not beyond', () => {
    const loss = (count: number, sum: number, squares: number) =>
      read({ units: 4, metrics: { loss: sums(count, sum, squares) } }, 'loss');
    expect(loss(4, 40, 400)).toMatchObject({ x: 40 });
    expect(loss(4, 0, 0)).toMatchObject({ x: 0 });
    expect(() => loss(4, 40.1, 500)).toThrow('outside the declared bounds 0 to 10');
    expect(() => loss(4, -0.1, 500)).toThrow('outside the declared bounds 0 to 10');
    expect(() => loss(4, 8, 15.9)).toThrow('is too small for a sum of 8 over 4 rows');
    expect(loss(4, 8, 16)).toMatchObject({ ss: 16 });
    expect(loss(0, 0, 0)).toMatchObject({ n: 0 });
  });

  it('have times in ISO 8601 or milliseconds', () => {
    expect(timeOf('1970-01-01T00:01:00Z', 'at')).toBe(60_000);
    expect(timeOf(5, 'at')).toBe(5);
    for (const value of ['soon', NaN, Infinity, null as never])
      expect(() => timeOf(value, 'bin.start')).toThrow('is not a time');
  });
});

describe('numbers for people', () => {
  it('have three digits, and all before the point', () => {
    expect([0, 0.012345, -12.345, 999.4, 1000.4, 1234.5, -123_456].map(asNumber)).toEqual([
      '0',
      '0.0123',
      '-12.3',
      '999',
      '1000',
      '1235',
      '-123456',
    ]);
    expect(asNumber(1e9)).toBe('1000000000');
    expect(asNumber(1_234_567_890)).toBe('1230000000');
    expect(asNumber(-0)).toBe('0');
  });

  it('have their unit, a share of the baseline, or say that there is none', () => {
    expect(asHarm({ relative: true, unit: 'ms' }, 0.1234)).toBe('12.3 % of the baseline');
    expect(asHarm({ relative: false, unit: 'ms' }, 0.1234)).toBe('0.123 ms');
    expect(asHarm({ relative: false, unit: '' }, 0.1234)).toBe('0.123');
    expect(asHarm({ relative: false }, 0.1234)).toBe('0.123');
    expect(asHarm({ relative: true }, null)).toBe('not bounded');
    expect(asValue({ unit: 'EUR' }, 3)).toBe('3 EUR');
    expect([asValue({ unit: '' }, 3), asValue({}, 3), asValue({ unit: 'EUR' }, null)]).toEqual([
      '3',
      '3',
      'no value',
    ]);
  });

  it('have times without fractions of a second', () => {
    expect(asTime(1_234)).toBe('1970-01-01T00:00:01Z');
  });
});

describe('a saved judge', () => {
  it('is taken back by its own configuration alone', () => {
    const judge = new CanaryJudge(config);
    expect(CanaryJudge.fromState(config, judge.state()).state()).toEqual(judge.state());
    expect(() => CanaryJudge.fromState({ metrics: config.metrics.slice(1) }, judge.state())).toThrow(
      'judges errors, loss, revenue, the configuration loss, revenue',
    );
    expect(() => CanaryJudge.fromState(config, { ...judge.state(), version: 2 as never })).toThrow(
      'this judge writes 1',
    );
  });

  it('has a history that ends now, with each moment once', () => {
    const rates: JudgeConfig = { metrics: config.metrics.slice(0, 1), historyPoints: 4 };
    const judge = new CanaryJudge(rates);
    expect(judge.history()).toMatchObject([{ name: 'errors', points: [], lostAt: null }]);
    expect(judge.state()).toMatchObject({ open: false, segments: [], tests: [{ open: false, history: [] }] });
    for (let t = 0; t < 11; t++) {
      judge.observe(rateBin(t, 100, t % 2, 100, 1));
      const times = judge.history()[0]!.points.map(({ at }) => Date.parse(at));
      expect(times.at(-1)).toBe((t + 1) * 60_000);
      expect(new Set(times).size).toBe(times.length);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
  });
});
