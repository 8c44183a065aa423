import { bootstrapInterval } from '../statistics/bootstrap.ts';
import { requireInRange, type Sample } from '../statistics/error.ts';
import type { Interval } from '../statistics/proportion.ts';
import type { Random } from '../statistics/random.ts';
import { quantileOfSorted, sortedSample } from '../statistics/sorting.ts';
import { requireProbabilities } from './loss.ts';

/** How chances are put into bins: `mass` (about as many rows in each) or `width`. Both closed on the right. */
export type CalibrationBinning = 'mass' | 'width';

export interface CalibrationOptions {
  /** `mass` unless told. */
  readonly binning?: CalibrationBinning;
  /** 10 unless told. */
  readonly bins?: number;
}

/** A bin of a reliability diagram. */
export interface CalibrationBin {
  readonly rows: number;
  /** Mean chance in the bin. */
  readonly meanProbability: number;
  /** Share of events in the bin. */
  readonly eventShare: number;
}

/**
 * Inner edges of the bins of chances. `mass`: quantiles of the chances, numpy's linear ones, so tied chances stay together
 * and repeated edges leave bins empty; `width`: multiples of 1 / bins. A chance belongs to the bin whose right edge it
 * reaches, as in scikit-learn's `calibration_curve`.
 */
function innerEdges(probabilities: Sample, binning: CalibrationBinning, bins: number): number[] {
  requireInRange(bins, 'bins', 1, 100_000);
  if (binning === 'width') return Array.from({ length: bins - 1 }, (_, i) => (i + 1) / bins);
  const sorted = sortedSample(probabilities, 'probabilities');
  return Array.from({ length: bins - 1 }, (_, i) => quantileOfSorted(sorted, (i + 1) / bins));
}

/** Number of edges below the value: the bin that is closed on the right. */
function binBelow(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The reliability diagram: bins that hold rows, from low to high chances.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `LENGTH_MISMATCH`, `NON_FINITE`, `OUT_OF_RANGE`
 */
export function calibrationBins(
  labels: Sample,
  probabilities: Sample,
  options: CalibrationOptions = {},
): CalibrationBin[] {
  const { binning = 'mass', bins = 10 } = options;
  requireProbabilities(labels, probabilities);
  const edges = innerEdges(probabilities, binning, bins);
  const sums = Array.from({ length: bins }, () => ({ rows: 0, probability: 0, events: 0 }));
  for (let i = 0; i < labels.length; i++) {
    const bin = sums[binBelow(edges, probabilities[i]!)]!;
    bin.rows++;
    bin.probability += probabilities[i]!;
    bin.events += labels[i]!;
  }
  return sums
    .filter(({ rows }) => rows > 0)
    .map(({ rows, probability, events }) => ({
      rows,
      meanProbability: probability / rows,
      eventShare: events / rows,
    }));
}

/**
 * Expected calibration error: the mean distance of chance and share of events over bins, weighted by rows. Ten bins of equal
 * mass unless told. It is biased upwards by about sqrt(bins / rows): gate on Brier or log-loss, and read this with
 * {@link eceInterval}.
 *
 * @throws StatisticsError as {@link calibrationBins}
 */
export function ece(labels: Sample, probabilities: Sample, options: CalibrationOptions = {}): number {
  let sum = 0;
  for (const bin of calibrationBins(labels, probabilities, options)) {
    sum += bin.rows * Math.abs(bin.meanProbability - bin.eventShare);
  }
  return sum / labels.length;
}

/**
 * Bootstrap percentile interval for {@link ece}, over rows; bins are made anew in each resample. Because the error is biased
 * upwards, the interval lies high too: its upper end is a bound that is safe to gate on.
 *
 * @throws StatisticsError as {@link calibrationBins}
 */
export function eceInterval(
  labels: Sample,
  probabilities: Sample,
  options: CalibrationOptions & {
    readonly random: Random;
    readonly resamples?: number;
    readonly confidence?: number;
  },
): Interval {
  const { random, resamples = 500, confidence = 0.95, ...binning } = options;
  const estimate = ece(labels, probabilities, binning);
  const drawnLabels = new Float64Array(labels.length);
  const drawn = new Float64Array(labels.length);
  return bootstrapInterval(
    labels.length,
    estimate,
    (positions) => {
      positions.forEach((row, i) => {
        drawnLabels[i] = labels[row]!;
        drawn[i] = probabilities[row]!;
      });
      return ece(drawnLabels, drawn, binning);
    },
    random,
    { resamples, confidence },
  );
}

/** The parts of a Brier score: brier = reliability - resolution + uncertainty + within. */
export interface BrierDecomposition {
  readonly brier: number;
  /** How far chances are from shares of events; 0 is perfect. */
  readonly reliability: number;
  /** How far the bins' shares differ from the overall share; more is better. */
  readonly resolution: number;
  /** Variance of the outcome: the score of always answering the overall share. */
  readonly uncertainty: number;
  /** What binning leaves over (variance of chances within bins less twice their covariance with outcomes). */
  readonly within: number;
}

/**
 * Murphy's decomposition (1973) over bins, with the remainder within bins (Stephenson, Coelho and Jolliffe 2008), so that the
 * parts add up exactly whatever the bins. Ten bins of equal mass unless told.
 *
 * @throws StatisticsError as {@link calibrationBins}
 */
export function brierDecomposition(
  labels: Sample,
  probabilities: Sample,
  options: CalibrationOptions = {},
): BrierDecomposition {
  const bins = calibrationBins(labels, probabilities, options);
  const n = labels.length;
  let events = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    events += labels[i]!;
    squares += (probabilities[i]! - labels[i]!) ** 2;
  }
  const rate = events / n;
  let reliability = 0;
  let resolution = 0;
  for (const bin of bins) {
    reliability += (bin.rows / n) * (bin.meanProbability - bin.eventShare) ** 2;
    resolution += (bin.rows / n) * (bin.eventShare - rate) ** 2;
  }
  const brier = squares / n;
  const uncertainty = rate * (1 - rate);
  return {
    brier,
    reliability,
    resolution,
    uncertainty,
    within: brier - (reliability - resolution + uncertainty),
  };
}
