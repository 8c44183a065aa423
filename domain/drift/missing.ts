import { chiSquareTwoSample } from '../statistics/contingency.ts';
import type { Finding } from './decide.ts';
import type { Measured } from './feature-drift.ts';

export interface MissingOptions {
  /** The smallest change of the missing share that counts, 0.01 unless told. */
  readonly missingLimit?: number;
  /** Below this many values a side a feature is `unresolved`, 30 unless told. */
  readonly minimumRows?: number;
}

/** Rows of one side, and how many of them lack the value. */
export interface Presence {
  readonly missing: number;
  readonly rows: number;
}

/** Tests the share of missing values by chi-square, with Yates' correction where an expected count is below 5. */
export function compareMissing(
  feature: string,
  kind: Measured['kind'],
  reference: Presence,
  current: Presence,
  options: MissingOptions,
): Finding {
  const { missingLimit = 0.01, minimumRows = 30 } = options;
  const n = reference.rows;
  const m = current.rows;
  const measured: Measured = {
    feature,
    kind,
    aspect: 'missing',
    referenceRows: n,
    currentRows: m,
    statistic: null,
    effect: null,
    pValue: null,
    measures: {},
  };
  if (n < minimumRows || m < minimumRows) {
    const because = `${n} reference and ${m} current rows, at least ${minimumRows} needed on each side`;
    return { measured, because };
  }
  const left = [reference.missing, n - reference.missing];
  const right = [current.missing, m - current.missing];
  const plain = chiSquareTwoSample(left, right);
  const test = plain.smallestExpected < 5 ? chiSquareTwoSample(left, right, { continuity: true }) : plain;
  const change = current.missing / m - reference.missing / n;
  return {
    measured: {
      ...measured,
      statistic: { name: 'chiSquare', value: test.statistic },
      effect: { name: 'missingShareChange', value: Math.abs(change), limit: missingLimit },
      pValue: test.pValue,
      measures: { referenceMissingShare: reference.missing / n, currentMissingShare: current.missing / m },
    },
  };
}
