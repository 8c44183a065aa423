// Proves that the statistics agree with scipy, statsmodels, scikit-learn, fairlearn and river: every case that
// test/reference/make_cases.py wrote, to 1e-9 unless the case says otherwise, and a typed error for every bad input.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as drift from '../../domain/drift/index.ts';
import * as fair from '../../domain/fairness/index.ts';
import * as quality from '../../domain/quality/index.ts';
import * as statistics from '../../domain/statistics/index.ts';
import { cook, type Recipe } from './recipe.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

interface Case {
  readonly id: string;
  readonly call: string;
  readonly args: readonly Json[];
  readonly oracle?: string;
  readonly expected?: Json;
  readonly tolerance?: number;
  readonly error?: string;
}

interface Detector {
  readonly driftDetected: boolean;
  update(value: number): boolean;
}

const { cases } = JSON.parse(readFileSync(new URL('../reference/cases.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

/** Text that stands for a number JSON lacks, and recipes, become what they mean. */
function revive(value: Json): unknown {
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  if (Array.isArray(value)) return value.map(revive);
  if (typeof value === 'object' && value !== null) {
    if ('recipe' in value) return cook(value as unknown as Recipe);
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, revive(one)]));
  }
  return value;
}

function alarms(detector: Detector, values: readonly number[]): number[] {
  const found: number[] = [];
  values.forEach((value, i) => {
    if (detector.update(value)) found.push(i);
  });
  return found;
}

const plain = { ...statistics, ...quality, ...drift } as unknown as Record<
  string,
  (...args: never[]) => unknown
>;

/** Calls whose answer in the cases is put together from several of ours. */
const assembled: Record<string, (...args: never[]) => unknown> = {
  isotonic(labels: number[], scores: number[], grid: number[] = []) {
    const calibration = quality.isotonicCalibration(scores, labels);
    return grid.map((score) => quality.calibrate(calibration, score));
  },
  classification(labels: number[], probabilities: number[]) {
    const metrics = quality.classificationMetrics(quality.classificationSums(labels, probabilities));
    const { accuracy, precision, recall, f1, confusion } = metrics;
    return {
      ...confusion,
      accuracy: accuracy?.estimate ?? null,
      precision: precision?.estimate ?? null,
      recall: recall?.estimate ?? null,
      f1: f1?.estimate ?? null,
    };
  },
  regression(truth: number[], predictions: number[]) {
    const { rmse, mae, r2 } = quality.regressionMetrics(quality.regressionSums(truth, predictions));
    return { rmse: rmse.estimate, mae: mae.estimate, r2: r2?.estimate ?? null };
  },
  fairness(labels: number[], predictions: number[], groups: string[]) {
    const report = fair.fairness(labels, predictions, groups, { minimumRows: 0, minimumEvents: 0 });
    return {
      demographicParityDifference: report.demographicParity.difference,
      demographicParityRatio: report.demographicParity.ratio,
      equalizedOddsDifference: report.equalizedOdds.difference,
      equalizedOddsRatio: report.equalizedOdds.ratio,
      equalOpportunityDifference: report.equalOpportunity.difference,
    };
  },
  fairnessAudit(labels: number[], scores: number[], groups: string[]) {
    const input = { of: 'group', labels, scores, groups, threshold: 0.5 };
    const { measures, calibration, rates } = fair.auditFairness(input, { minimumRows: 0, minimumEvents: 0 });
    const [pair] = calibration.pairs;
    const byGroup = calibration.groups.map(({ group, calibration: one }) => [
      group,
      one.measurable ? one : null,
    ]);
    return {
      demographicParity: measures['demographic-parity'].difference,
      equalizedOdds: measures['equalized-odds'].difference,
      predictiveParity: measures['predictive-parity'].difference,
      predictiveParityRatio: rates.disparities.precision.ratio,
      calibration: measures['calibration-within-groups'].difference,
      byGroup: Object.fromEntries(
        calibration.groups.map(({ group, calibration: one }) => [group, one.measurable && one.estimate]),
      ),
      pair,
      first: byGroup[0]?.[1],
    };
  },
  adwin(parts: number[][], options: drift.AdwinOptions) {
    const adwin = new drift.Adwin(options);
    const found = alarms(adwin, parts.flat());
    return { found, width: adwin.width, total: adwin.total, variance: adwin.variance };
  },
  pageHinkley(parts: number[][], options: drift.PageHinkleyOptions) {
    return { found: alarms(new drift.PageHinkley(options), parts.flat()) };
  },
};

function run({ call, args }: Case): unknown {
  const target = assembled[call] ?? plain[call];
  if (target === undefined) throw new Error(`no function stands for "${call}"`);
  return target(...(args.map(revive) as never[]));
}

/** Compares what is expected with what came; what came may hold more. */
function agree(actual: unknown, expected: unknown, tolerance: number, where: string): void {
  if (typeof expected === 'number') {
    expect(typeof actual, where).toBe('number');
    const gap = Math.abs((actual as number) - expected);
    // Below 1e-290 doubles lose their digits, and two ways of rounding may differ.
    const allowed = tolerance * Math.max(Math.abs(expected), 1e-290);
    // An expected 0 that the case gives a tolerance of its own is compared in absolute terms.
    const limit = expected === 0 && tolerance !== 1e-9 ? tolerance : allowed;
    expect(gap <= limit, `${where}: ${String(actual)} is not ${expected}`).toBe(true);
  } else if (Array.isArray(expected)) {
    expect((actual as unknown[]).length, where).toBe(expected.length);
    expected.forEach((one, i) => agree((actual as unknown[])[i], one, tolerance, `${where}[${i}]`));
  } else if (typeof expected === 'object' && expected !== null) {
    for (const [key, one] of Object.entries(expected)) {
      agree((actual as Record<string, unknown>)[key], one, tolerance, `${where}.${key}`);
    }
  } else expect(actual, where).toBe(expected);
}

test('there are at least 400 cases, from every oracle', () => {
  expect(cases.length).toBeGreaterThanOrEqual(400);
  const oracles = cases.map(({ oracle }) => oracle ?? '').join(' ');
  for (const name of ['scipy', 'statsmodels', 'sklearn', 'fairlearn', 'river'])
    expect(oracles).toContain(name);
});

describe.each([...new Set(cases.map(({ call }) => call))])('%s', (call) => {
  test.each(cases.filter((one) => one.call === call && one.error === undefined))(
    '$id agrees with $oracle',
    (one) => {
      agree(run(one), revive(one.expected ?? null), one.tolerance ?? 1e-9, one.id);
    },
  );

  test.each(cases.filter((one) => one.call === call && one.error !== undefined))(
    '$id is refused: $error',
    (one) => {
      let refusal: unknown;
      try {
        run(one);
      } catch (error) {
        refusal = error;
      }
      expect(refusal).toBeInstanceOf(statistics.StatisticsError);
      expect((refusal as statistics.StatisticsError).code).toBe(one.error);
    },
  );
});
