import { requireFiniteNumber, requireInRange } from '../statistics/error.ts';

export interface CusumOptions {
  /** Mean and standard deviation before any change. */
  readonly mean: number;
  readonly deviation: number;
  /** Half the shift to be found, in standard deviations, 0.5 unless told. */
  readonly slack?: number;
  /** Alarm above this, in standard deviations, 5 unless told. See `cusumRunLength`. */
  readonly threshold?: number;
  /** Which way the mean may move: `both` unless told. */
  readonly mode?: 'up' | 'down' | 'both';
}

export interface CusumSnapshot {
  readonly options: CusumOptions;
  readonly high: number;
  readonly low: number;
  readonly detected: boolean;
}

/**
 * Tabular CUSUM (Page 1954; Montgomery): C+ <- max(0, C+ + z - slack), C- <- max(0, C- - z - slack), z the standardised
 * value. The update after an alarm starts anew.
 */
export class Cusum {
  readonly #options: Required<CusumOptions>;
  #high = 0;
  #low = 0;
  #detected = false;

  /** @throws StatisticsError `OUT_OF_RANGE`, `NON_FINITE` for an impossible option */
  constructor(options: CusumOptions) {
    const { mean, deviation, slack = 0.5, threshold = 5, mode = 'both' } = options;
    requireFiniteNumber(mean, 'mean');
    requireInRange(deviation, 'deviation', Number.MIN_VALUE, Number.MAX_VALUE);
    requireInRange(slack, 'slack', 0, 1e6);
    requireInRange(threshold, 'threshold', Number.MIN_VALUE, 1e15);
    this.#options = { mean, deviation, slack, threshold, mode };
  }

  get driftDetected(): boolean {
    return this.#detected;
  }

  /** The larger of both sums, in standard deviations. */
  get statistic(): number {
    return Math.max(this.#high, this.#low);
  }

  reset(): void {
    this.#high = this.#low = 0;
    this.#detected = false;
  }

  /**
   * Takes one value; true when the mean has moved.
   *
   * @throws StatisticsError `NON_FINITE`
   */
  update(value: number): boolean {
    if (!Number.isFinite(value)) requireFiniteNumber(value, 'value');
    if (this.#detected) this.reset();
    const { mean, deviation, slack, threshold, mode } = this.#options;
    const z = (value - mean) / deviation;
    if (mode !== 'down') this.#high = Math.min(1e300, Math.max(0, this.#high + z - slack));
    if (mode !== 'up') this.#low = Math.min(1e300, Math.max(0, this.#low - z - slack));
    this.#detected = this.#high > threshold || this.#low > threshold;
    return this.#detected;
  }

  /** The whole state, plain JSON; `Cusum.restore` goes on from it. */
  snapshot(): CusumSnapshot {
    return { options: this.#options, high: this.#high, low: this.#low, detected: this.#detected };
  }

  static restore(snapshot: CusumSnapshot): Cusum {
    const detector = new Cusum(snapshot.options);
    detector.#high = snapshot.high;
    detector.#low = snapshot.low;
    detector.#detected = snapshot.detected;
    return detector;
  }
}

/**
 * Mean number of normal values until a one-sided CUSUM alarms, when their mean stands `shift` standard deviations from
 * the baseline (0: a false alarm). Siegmund's approximation (1985), within a few per cent; both sides together alarm
 * twice as often.
 */
export function cusumRunLength(slack: number, threshold: number, shift = 0): number {
  requireInRange(slack, 'slack', 0, 1e6);
  requireInRange(threshold, 'threshold', Number.MIN_VALUE, 1e15);
  requireFiniteNumber(shift, 'shift');
  const drift = shift - slack;
  const height = threshold + 1.166;
  if (drift === 0) return height * height;
  return (Math.exp(-2 * drift * height) + 2 * drift * height - 1) / (2 * drift * drift);
}
