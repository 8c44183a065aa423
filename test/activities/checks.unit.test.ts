/**
 * Proves that a check never passes on a number that is not there: what was not measured is an error, a small sample is
 * inconclusive, limits count on their edge, and the worst blocking check decides the stage.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CheckSpec } from '../../contracts/plan.ts';
import type { CheckResult, Metrics, Verdict } from '../../contracts/report.ts';
import { asCount, asNumber, judgeChecks, worstVerdict } from '../../domain/plan/index.ts';

const auc = (more: Partial<CheckSpec>): CheckSpec => ({
  name: 'auc',
  metric: 'auc',
  severity: 'blocking',
  ...more,
});
const judge = (spec: CheckSpec, metrics: unknown): CheckResult => {
  const [result] = judgeChecks([spec], metrics as Metrics);
  if (result === undefined) throw new Error('a check without a result');
  return result;
};
const of = (value: unknown, samples?: number): unknown => ({
  auc: { value, unit: '1', ...(samples === undefined ? {} : { samples }) },
});

describe('a metric that was not measured', () => {
  it.each([
    ['no metrics at all', {}],
    ['another metric', { brier: { value: 0.1, unit: '1' } }],
    ['NaN', of(Number.NaN)],
    ['an infinity, which would pass every minimum', of(Number.POSITIVE_INFINITY)],
    ['null, which is what JSON makes of NaN', of(null)],
    ['a text that looks like a number', of('0.9')],
    ['null in place of the metric', { auc: null }],
    ['a metric without a value', { auc: { unit: '1' } }],
  ])('is an error: %s', (_, metrics) => {
    for (const limits of [{ min: 0.5 }, { max: 0.5 }, { min: 0.5, minSamples: 10 }]) {
      expect(judge(auc(limits), metrics).verdict).toBe('error');
    }
  });

  it('is an error too when its name is one that every object has', () => {
    expect(judge(auc({ metric: 'constructor', min: 0 }), {}).verdict).toBe('error');
  });
});

describe('limits', () => {
  it.each<[string, Partial<CheckSpec>, number, Verdict]>([
    ['on the minimum', { min: 0.62 }, 0.62, 'pass'],
    ['below the minimum', { min: 0.62 }, 0.6199, 'fail'],
    ['on the maximum', { max: 0.2 }, 0.2, 'pass'],
    ['above the maximum', { max: 0.2 }, 0.2001, 'fail'],
    ['between both', { min: 0.1, max: 0.2 }, 0.15, 'pass'],
    ['zero is a limit and a value', { max: 0 }, 0, 'pass'],
    ['a negative value', { min: -1 }, -2, 'fail'],
  ])('%s', (_, limits, value, verdict) => {
    expect(judge(auc(limits), of(value)).verdict).toBe(verdict);
  });

  it('that are missing or no numbers make an error, not a pass', () => {
    expect(judge(auc({}), of(0.9)).verdict).toBe('error');
    expect(judge(auc({ min: Number.NaN }), of(0.9)).verdict).toBe('error');
    expect(judge(auc({ min: null as unknown as number }), of(0.9)).verdict).toBe('error');
  });
});

describe('a sample that is too small', () => {
  it('is inconclusive, however good or bad the value, and says what it needs', () => {
    for (const value of [0.1, 0.99]) {
      const result = judge(auc({ min: 0.62, minSamples: 1000 }), of(value, 999));
      expect(result.verdict).toBe('inconclusive');
      expect(result.reason).toMatch(/999 samples.*1,000 are needed.*1 more/);
    }
    expect(judge(auc({ min: 0.62, minSamples: 1000 }), of(0.7, 1000)).verdict).toBe('pass');
  });

  it('is an error when nobody counted it', () => {
    expect(judge(auc({ min: 0.62, minSamples: 1000 }), of(0.7)).verdict).toBe('error');
  });
});

describe('a reason', () => {
  it('is one sentence with numbers and units', () => {
    const latency = judgeChecks([{ name: 'fast', metric: 'latency-p99', max: 25, severity: 'warning' }], {
      'latency-p99': { value: 31.25, unit: 'ms', samples: 12_000 },
    });
    expect(latency).toEqual([
      {
        name: 'fast',
        metric: 'latency-p99',
        severity: 'warning',
        verdict: 'fail',
        reason: 'latency-p99 is 31.25 ms on 12,000 samples, above the most allowed 25 ms by 6.25',
      },
    ]);
    expect(judge(auc({ min: 0.62 }), of(0.69)).reason).toBe('auc is 0.69, as asked: at least 0.62');
  });

  it('writes numbers the same on every machine', () => {
    expect([asNumber(0.123456), asNumber(1e-9), asNumber(1_234_567.8), asCount(999), asCount(1e6)]).toEqual([
      '0.1235',
      '1e-9',
      '1,234,568',
      '999',
      '1,000,000',
    ]);
  });
});

describe('the worst verdict', () => {
  const result = (verdict: Verdict, severity: CheckResult['severity'] = 'blocking'): CheckResult => ({
    name: 'x',
    metric: 'x',
    verdict,
    severity,
    reason: '',
  });

  it('is fail, error, inconclusive, pass, in that order', () => {
    const order: Verdict[] = ['fail', 'error', 'inconclusive', 'pass'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...order), { minLength: 1, maxLength: 6 }), (verdicts) => {
        const worst = order[Math.min(...verdicts.map((verdict) => order.indexOf(verdict)))];
        expect(worstVerdict(verdicts.map((verdict) => result(verdict)))).toBe(worst);
      }),
    );
  });

  it('does not listen to warnings', () => {
    expect(worstVerdict([result('fail', 'warning'), result('pass')])).toBe('pass');
    expect(worstVerdict([result('error', 'warning')])).toBe('pass');
    expect(worstVerdict([])).toBe('pass');
  });
});
