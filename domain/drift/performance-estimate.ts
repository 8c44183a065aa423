import {
  requireAllInRange,
  requireFinite,
  requireInRange,
  requireNonEmpty,
  type Sample,
} from '../statistics/error.ts';
import type { Interval } from '../statistics/proportion.ts';
import { normalQuantile } from '../statistics/special.ts';
import { calibrate, type IsotonicCalibration } from '../quality/isotonic.ts';
import { LOG_LOSS_CLIP } from '../quality/loss.ts';

/** What the metrics of a window should be if the calibration still holds. `null`: not defined for this window. */
export interface PerformanceEstimate {
  readonly rows: number;
  /** Expected share of events, with the interval that labels drawn from the calibrated chances would stay in. */
  readonly eventRate: Interval;
  readonly accuracy: Interval;
  readonly logLoss: Interval;
  readonly brier: Interval;
  readonly auc: number | null;
  /** Expected rows of each kind at the threshold. */
  readonly confusion: {
    readonly truePositives: number;
    readonly falsePositives: number;
    readonly falseNegatives: number;
    readonly trueNegatives: number;
  };
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

/**
 * Confidence-based performance estimate: metrics of rows whose labels have not come, from calibrated chances alone. It
 * assumes that the relation of score and outcome is the old one, so it sees a change of the mix of rows and not a change of the
 * concept: it may warn and hold, never promote. Log-loss and Brier are those of the raw scores (which must be chances).
 * Intervals hold the calibration to be exact, and cover the luck of the labels only.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `NON_FINITE`, `OUT_OF_RANGE`
 */
export function estimatePerformance(
  scores: Sample,
  calibration: IsotonicCalibration,
  options: { readonly threshold?: number; readonly confidence?: number } = {},
): PerformanceEstimate {
  const { threshold = 0.5, confidence = 0.95 } = options;
  requireNonEmpty(scores, 'scores');
  requireAllInRange(scores, 'scores', 0, 1);
  requireFinite([threshold], 'threshold');
  requireInRange(confidence, 'confidence', 1e-6, 1 - 1e-12);
  const z = normalQuantile(1 - (1 - confidence) / 2);
  const chances = Float64Array.from(scores, (score) => calibrate(calibration, score));
  const loss = new Expectation();
  const square = new Expectation();
  const right = new Expectation();
  const events = new Expectation();
  let [truePositives, falsePositives, falseNegatives, trueNegatives] = [0, 0, 0, 0];
  for (let i = 0; i < scores.length; i++) {
    const p = chances[i]!;
    const s = scores[i]!;
    const clipped = Math.min(1 - LOG_LOSS_CLIP, Math.max(LOG_LOSS_CLIP, s));
    const positive = s >= threshold;
    if (positive) {
      truePositives += p;
      falsePositives += 1 - p;
    } else {
      falseNegatives += p;
      trueNegatives += 1 - p;
    }
    loss.add(p, -Math.log(clipped), -Math.log(1 - clipped));
    square.add(p, (1 - s) ** 2, s ** 2);
    right.add(p, positive ? 1 : 0, positive ? 0 : 1);
    events.add(p, 1, 0);
  }
  const predicted = truePositives + falsePositives;
  const actual = truePositives + falseNegatives;
  return {
    rows: scores.length,
    eventRate: events.interval(z, confidence, 1),
    accuracy: right.interval(z, confidence, 1),
    logLoss: loss.interval(z, confidence, Infinity),
    brier: square.interval(z, confidence, 1),
    auc: expectedAuc(scores, chances),
    confusion: { truePositives, falsePositives, falseNegatives, trueNegatives },
    precision: predicted > 0 ? truePositives / predicted : null,
    recall: actual > 0 ? truePositives / actual : null,
    f1: predicted + actual > 0 ? (2 * truePositives) / (predicted + actual) : null,
  };
}

/** Mean over rows of a quantity that is `ifEvent` with chance p and `ifNot` else, and its variance. */
class Expectation {
  #rows = 0;
  #sum = 0;
  #variance = 0;

  add(p: number, ifEvent: number, ifNot: number): void {
    this.#rows++;
    this.#sum += p * ifEvent + (1 - p) * ifNot;
    this.#variance += p * (1 - p) * (ifEvent - ifNot) ** 2;
  }

  interval(z: number, confidence: number, most: number): Interval {
    const estimate = this.#sum / this.#rows;
    const half = (z * Math.sqrt(this.#variance)) / this.#rows;
    return {
      estimate,
      lower: Math.max(0, estimate - half),
      upper: Math.min(most, estimate + half),
      confidence,
    };
  }
}

/** AUC when each row is an event with weight p and none with weight 1 - p; ties half. */
function expectedAuc(scores: Sample, chances: Float64Array): number | null {
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let pairs = 0;
  let below = 0;
  let events = 0;
  for (let start = 0; start < order.length;) {
    let p = 0;
    let q = 0;
    let end = start;
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) {
      p += chances[order[end]!]!;
      q += 1 - chances[order[end++]!]!;
    }
    pairs += p * (below + q / 2);
    below += q;
    events += p;
    start = end;
  }
  return events > 0 && below > 0 ? pairs / (events * below) : null;
}
