// Proves that no answer of a stage is believed as it comes: a report passes as it is, what is none says why, the checks of the release file
// are judged whatever the stage says, and no input at all makes a throw or an unfounded pass.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CheckSpec } from '../../contracts/plan.ts';
import { LONGEST_REPORT, readReport } from '../../domain/release/read-report.ts';
import { evidence, report, stage } from '../support/plans.ts';

const rule = { name: 'rule', metric: 'share', severity: 'blocking', reason: 'share is 0.9' } as const;
const limit: CheckSpec = { name: 'auc', metric: 'auc', min: 0.6, severity: 'blocking' };
const judgedBy = (...checks: CheckSpec[]) => stage('crew', { checks });

function why(raw: unknown): string {
  const read = readReport(raw, judgedBy());
  return read.ok ? 'a report' : read.why;
}

describe('a report', () => {
  test('is taken as it came, under the name of its step', () => {
    const whole = {
      ...report('pass', 'another name'),
      checks: [{ ...rule, verdict: 'pass' }],
      metrics: { auc: { value: 0.7, unit: '1', samples: 10, lower: 0.6, upper: 0.8 } },
      envelope: {
        requests: 10,
        latencyMs: { p50: 1, p95: 2, p99: 3, p999: 4 },
        throughputPerSecond: 5,
        errorRate: 0,
      },
      evidence: [evidence('crew-report.json')],
    };
    expect(readReport(whole, judgedBy())).toEqual({ ok: true, report: { ...whole, stage: 'crew' } });
  });

  test('fails by a check of the release file that the stage did not make', () => {
    const raw = { ...report('pass'), metrics: { auc: { value: 0.5, unit: '1' } } };
    expect(readReport(raw, judgedBy(limit))).toMatchObject({
      ok: true,
      report: {
        verdict: 'fail',
        summary: expect.stringContaining('auc: auc is 0.5') as string,
        checks: [{ name: 'auc', verdict: 'fail' }],
      },
    });
  });

  test('errs where a check of the release file was not measured, and passes with a failed warning', () => {
    expect(readReport(report('pass'), judgedBy(limit))).toMatchObject({ report: { verdict: 'error' } });
    const warning = judgedBy({ ...limit, severity: 'warning' });
    expect(readReport(report('pass'), warning)).toMatchObject({ report: { verdict: 'pass' } });
  });

  test('has one result for each check of the release file, and that is ours', () => {
    const own = { name: 'auc', metric: 'auc', severity: 'blocking', verdict: 'pass', reason: 'trust me' };
    const raw = { ...report('pass'), checks: [own], metrics: { auc: { value: 0.5, unit: '1' } } };
    const read = readReport(raw, judgedBy(limit));
    expect(read).toMatchObject({ report: { verdict: 'fail', checks: [{ name: 'auc', verdict: 'fail' }] } });
    expect(read.ok && read.report.checks).toHaveLength(1);
  });

  test('may be stricter than its checks', () => {
    const raw = { ...report('fail'), checks: [{ ...rule, verdict: 'pass' }] };
    expect(readReport(raw, judgedBy())).toMatchObject({ ok: true, report: { verdict: 'fail' } });
  });
});

describe('what is no report', () => {
  test.each([
    [undefined, 'it is empty'],
    [null, 'it is empty'],
    [[], 'it is a list'],
    ['pass', 'it is a string'],
    [{ undecodable: 'Unexpected token N' }, 'it is no JSON (Unexpected token N); NaN and Infinity'],
    [{ ...report('pass'), verdict: undefined }, '`verdict` is missing'],
    [
      { ...report('pass'), verdict: 'passed' },
      '`verdict` is "passed"; it is pass, fail, inconclusive or error',
    ],
    [{ ...report('pass'), summary: ' ' }, '`summary` is " ", and not a text'],
    [{ ...report('pass'), seconds: -1 }, '`seconds` is -1, and not a finite number from 0 on'],
    [{ ...report('pass'), checks: {} }, '`checks` is {}, and not a list'],
    [{ ...report('pass'), checks: [7] }, '`checks[0]` is a number'],
    [{ ...report('pass'), checks: [{ ...rule, verdict: 1 }] }, '`checks[0].verdict` is 1'],
    [
      { ...report('pass'), checks: [{ ...rule, verdict: 'pass', severity: 'low' }] },
      '`checks[0].severity` is "low"; it is blocking or warning',
    ],
    [{ ...report('pass'), metrics: [] }, '`metrics` is [], and not an object'],
    [{ ...report('pass'), metrics: { auc: { value: null, unit: '1' } } }, '`metrics.auc.value` is null'],
    [{ ...report('pass'), metrics: { auc: { value: NaN, unit: '1' } } }, '`metrics.auc.value` is null'],
    [
      { ...report('pass'), metrics: { auc: { value: 1, unit: '1', lower: '0' } } },
      '`metrics.auc.lower` is "0"',
    ],
    [{ ...report('pass'), metrics: { auc: { value: 1 } } }, '`metrics.auc.unit` is missing'],
    [{ ...report('pass'), envelope: { requests: 1 } }, '`envelope.throughputPerSecond` is missing'],
    [{ ...report('pass'), evidence: [{ ...evidence('a'), sha256: 'A' }] }, '`evidence[0].sha256` is "A"'],
    [{ ...report('pass'), evidence: [{ ...evidence('a'), bytes: 'b' }] }, '`evidence[0].bytes` is "b"'],
    [{ ...report('pass'), summary: 'x'.repeat(LONGEST_REPORT) }, 'characters, and 100000 are allowed'],
    [
      { ...report('pass'), checks: [{ ...rule, verdict: 'fail' }] },
      'its verdict is pass, and its blocking check rule says fail',
    ],
    [{ ...report('inconclusive'), checks: [{ ...rule, verdict: 'error' }] }, 'its verdict is inconclusive'],
  ])('%j', (raw, what) => {
    expect(why(raw)).toContain('the stage crew answered with what is no report: ');
    expect(why(raw)).toContain(what);
  });

  test('whatever it is, it neither throws nor passes', () => {
    const keys = ['stage', 'verdict', 'summary', 'checks', 'metrics', 'evidence', 'seconds', 'undecodable'];
    const part = fc.oneof(fc.jsonValue(), fc.constantFrom('pass', NaN, undefined, [], {}));
    const raw = fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom(...keys), part));
    fc.assert(
      fc.property(raw, (given) => {
        const read = readReport(given, judgedBy(limit));
        if (read.ok && read.report.verdict === 'pass')
          expect(read.report.metrics['auc']?.value).toBeGreaterThanOrEqual(0.6);
      }),
    );
  });
});
