import {
  requireFinite,
  requireFiniteNumber,
  requireInRange,
  requireNonEmpty,
  requireSameLength,
  StatisticsError,
  type Sample,
} from '../statistics/error.ts';
import type { Interval } from '../statistics/proportion.ts';
import { normalQuantile } from '../statistics/special.ts';
import { meanInterval } from './classification.ts';
import { ExactSum } from './exact-sum.ts';

/** Moments of truth t (less `centre`) and error e, by name: t2e2 is the sum of t^2 e^2. */
const MOMENTS = ['t1', 't2', 't3', 't4', 'e2', 'e4', 't1e2', 't2e2', 'absolute'] as const;
type Moment = (typeof MOMENTS)[number];

/**
 * Everything that RMSE, MAE and R2 need from a shard of rows: plain JSON, merges to the very bits of the whole. The
 * first two moments of the truth are exact, so R2 is right even when the truth is far from 0; its interval also needs
 * higher ones, so pass a rough mean of the truth as `centre` there.
 */
export interface RegressionSums {
  readonly schema: 1;
  readonly rows: number;
  readonly centre: number;
  /** Parts of the exact sums. */
  readonly moments: Readonly<Record<Moment, readonly number[]>>;
}

/**
 * The sums of one shard.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `LENGTH_MISMATCH`, `NON_FINITE`, `OUT_OF_RANGE` when a square overflows
 */
export function regressionSums(truth: Sample, predictions: Sample, centre = 0): RegressionSums {
  requireNonEmpty(truth, 'truth');
  requireSameLength(truth, predictions, 'truth', 'predictions');
  requireFinite(truth, 'truth');
  requireFinite(predictions, 'predictions');
  requireFiniteNumber(centre, 'centre');
  const sums = Object.fromEntries(MOMENTS.map((name) => [name, new ExactSum()])) as Record<Moment, ExactSum>;
  for (let i = 0; i < truth.length; i++) {
    const t = truth[i]! - centre;
    const e = predictions[i]! - truth[i]!;
    const tt = t * t;
    const ee = e * e;
    if (!Number.isFinite(tt * tt) || !Number.isFinite(ee * ee) || !Number.isFinite(tt * ee)) {
      throw new StatisticsError(
        'OUT_OF_RANGE',
        'truth',
        `Row ${i} (truth ${truth[i]}, prediction ${predictions[i]}) overflows when squared twice. Scale both down.`,
        i,
      );
    }
    sums.t1.add(t);
    sums.t2.addProduct(t, t);
    sums.t3.add(tt * t);
    sums.t4.add(tt * tt);
    sums.e2.add(ee);
    sums.e4.add(ee * ee);
    sums.t1e2.add(t * ee);
    sums.t2e2.add(tt * ee);
    sums.absolute.add(Math.abs(e));
  }
  return { schema: 1, rows: truth.length, centre, moments: toParts(sums) };
}

function toParts(sums: Record<Moment, ExactSum>): RegressionSums['moments'] {
  return Object.fromEntries(MOMENTS.map((name) => [name, sums[name].toJSON()])) as Record<Moment, number[]>;
}

/**
 * The sums of two shards with different rows as those of both.
 *
 * @throws StatisticsError `LENGTH_MISMATCH` when their centres differ
 */
export function mergeRegressionSums(a: RegressionSums, b: RegressionSums): RegressionSums {
  if (a.centre !== b.centre) {
    throw new StatisticsError(
      'LENGTH_MISMATCH',
      'b',
      `The shards were centred at ${a.centre} and ${b.centre}. Use one centre for all.`,
    );
  }
  const sums = Object.fromEntries(
    MOMENTS.map((name) => {
      const sum = new ExactSum(a.moments[name]);
      sum.merge(new ExactSum(b.moments[name]));
      return [name, sum];
    }),
  ) as Record<Moment, ExactSum>;
  return { schema: 1, rows: a.rows + b.rows, centre: a.centre, moments: toParts(sums) };
}

export interface RegressionMetrics {
  readonly rows: number;
  readonly rmse: Interval;
  readonly mae: Interval;
  /** 1 - squared error / variance of the truth; null when the truth never varies. */
  readonly r2: Interval | null;
}

/**
 * RMSE (root of the normal interval of the mean squared error), MAE (normal interval of a mean) and R2 (delta method on
 * squared error and variance, no normality assumed), values as scikit-learn's.
 */
export function regressionMetrics(sums: RegressionSums, confidence = 0.95): RegressionMetrics {
  requireInRange(confidence, 'confidence', 1e-6, 1 - 1e-12);
  const { rows, moments } = sums;
  requireInRange(rows, 'rows', 1, Number.MAX_SAFE_INTEGER);
  const squared = meanInterval(rows, moments.e2, moments.e4, confidence);
  return {
    rows,
    rmse: {
      estimate: Math.sqrt(squared.estimate),
      lower: Math.sqrt(squared.lower),
      upper: Math.sqrt(squared.upper),
      confidence,
    },
    mae: meanInterval(rows, moments.absolute, moments.e2, confidence),
    r2: r2Of(sums, confidence),
  };
}

/** n sum t^2 - (sum t)^2, without cancellation: sums and products are exact until the end. */
function scatter(rows: number, t1: readonly number[], t2: readonly number[]): number {
  const total = new ExactSum();
  for (const part of t2) total.addProduct(part, rows);
  for (const a of t1) for (const b of t1) total.addProduct(-a, b);
  return total.value();
}

function r2Of({ rows: n, moments }: RegressionSums, confidence: number): Interval | null {
  const scatterOfTruth = scatter(n, moments.t1, moments.t2);
  if (!(scatterOfTruth > 0)) return null;
  const value = (name: Moment): number => new ExactSum(moments[name]).value() / n;
  const variance = scatterOfTruth / n / n;
  const loss = value('e2');
  const estimate = 1 - loss / variance;
  if (n < 3) return { estimate, lower: -Number.MAX_VALUE, upper: 1, confidence };
  const m1 = value('t1');
  const m2 = value('t2');
  // Central moments of the truth, and its second one weighted by squared error.
  const fourth = value('t4') - 4 * m1 * value('t3') + 6 * m1 * m1 * m2 - 3 * m1 ** 4;
  const mixed = value('t2e2') - 2 * m1 * value('t1e2') + m1 * m1 * loss;
  const ratio = loss / variance;
  const influence =
    (value('e4') -
      loss * loss -
      2 * ratio * (mixed - loss * variance) +
      ratio * ratio * (fourth - variance * variance)) /
    (variance * variance);
  const half = normalQuantile(1 - (1 - confidence) / 2) * Math.sqrt(Math.max(0, influence) / n);
  return { estimate, lower: estimate - half, upper: Math.min(1, estimate + half), confidence };
}

/** Root mean squared error, as scikit-learn's `root_mean_squared_error`. */
export function rmse(truth: Sample, predictions: Sample): number {
  return regressionMetrics(regressionSums(truth, predictions)).rmse.estimate;
}

/** Mean absolute error, as scikit-learn's `mean_absolute_error`. */
export function mae(truth: Sample, predictions: Sample): number {
  return regressionMetrics(regressionSums(truth, predictions)).mae.estimate;
}

/**
 * Coefficient of determination, as scikit-learn's `r2_score`.
 *
 * @throws StatisticsError `DEGENERATE` when the truth never varies
 */
export function r2(truth: Sample, predictions: Sample): number {
  const interval = regressionMetrics(regressionSums(truth, predictions)).r2;
  if (interval === null) {
    throw new StatisticsError(
      'DEGENERATE',
      'truth',
      'truth never varies, so R2 is not defined. Use RMSE or MAE.',
    );
  }
  return interval.estimate;
}
