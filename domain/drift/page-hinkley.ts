import { requireFiniteNumber, requireInRange } from '../statistics/error.ts';

export interface PageHinkleyOptions {
  /** No alarm before this many values, 30 unless told. */
  readonly minInstances?: number;
  /** Deviations from the mean below this do not count, 0.005 unless told; in the values' unit. */
  readonly delta?: number;
  /** Alarm when the cumulated deviation leaves its extreme by more, 50 unless told. */
  readonly threshold?: number;
  /** Forgetting factor of the cumulated deviation, 0.9999 unless told. */
  readonly alpha?: number;
  /** Which way the mean may move: `both` unless told. */
  readonly mode?: 'up' | 'down' | 'both';
}

interface PageHinkleyState {
  readonly count: number;
  readonly mean: number;
  readonly increase: number;
  readonly decrease: number;
  /** Null before the first value. */
  readonly lowest: number | null;
  readonly highest: number;
  readonly detected: boolean;
}

export interface PageHinkleySnapshot {
  readonly options: PageHinkleyOptions;
  readonly state: PageHinkleyState;
}

/**
 * The Page-Hinkley test (Page 1954) against a running mean, update by update as river 0.26: forgetting factor, the
 * highest cumulated deviation starting at -1, and a fresh start with the update after an alarm.
 */
export class PageHinkley {
  readonly #minInstances: number;
  readonly #delta: number;
  readonly #threshold: number;
  readonly #alpha: number;
  readonly #mode: 'up' | 'down' | 'both';
  #count = 0;
  #mean = 0;
  #increase = 0;
  #decrease = 0;
  #lowest = Infinity;
  #highest = -1;
  #detected = false;

  /** @throws StatisticsError `OUT_OF_RANGE` for an impossible option */
  constructor(options: PageHinkleyOptions = {}) {
    const { minInstances = 30, delta = 0.005, threshold = 50, alpha = 1 - 0.0001, mode = 'both' } = options;
    requireInRange(minInstances, 'minInstances', 0, Number.MAX_SAFE_INTEGER);
    requireInRange(delta, 'delta', 0, Number.MAX_VALUE);
    requireInRange(threshold, 'threshold', 0, Number.MAX_VALUE);
    requireInRange(alpha, 'alpha', 0, 1);
    this.#minInstances = minInstances;
    this.#delta = delta;
    this.#threshold = threshold;
    this.#alpha = alpha;
    this.#mode = mode;
  }

  /** Whether the last update raised the alarm. */
  get driftDetected(): boolean {
    return this.#detected;
  }

  /** Forgets everything. */
  reset(): void {
    this.#count = this.#mean = this.#increase = this.#decrease = 0;
    this.#lowest = Infinity;
    this.#highest = -1;
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
    this.#count++;
    this.#mean += (value - this.#mean) / this.#count;
    const deviation = value - this.#mean;
    this.#increase = this.#alpha * this.#increase + deviation - this.#delta;
    this.#decrease = this.#alpha * this.#decrease + deviation + this.#delta;
    if (this.#increase < this.#lowest) this.#lowest = this.#increase;
    if (this.#decrease > this.#highest) this.#highest = this.#decrease;
    if (this.#count >= this.#minInstances) {
      const up = this.#mode !== 'down' && this.#increase - this.#lowest > this.#threshold;
      const down = this.#mode !== 'up' && this.#highest - this.#decrease > this.#threshold;
      this.#detected = up || down;
    }
    return this.#detected;
  }

  /** The whole state, plain JSON; `PageHinkley.restore` goes on from it. */
  snapshot(): PageHinkleySnapshot {
    return {
      options: {
        minInstances: this.#minInstances,
        delta: this.#delta,
        threshold: this.#threshold,
        alpha: this.#alpha,
        mode: this.#mode,
      },
      state: {
        count: this.#count,
        mean: this.#mean,
        increase: this.#increase,
        decrease: this.#decrease,
        lowest: this.#lowest === Infinity ? null : this.#lowest,
        highest: this.#highest,
        detected: this.#detected,
      },
    };
  }

  static restore({ options, state }: PageHinkleySnapshot): PageHinkley {
    const detector = new PageHinkley(options);
    detector.#count = state.count;
    detector.#mean = state.mean;
    detector.#increase = state.increase;
    detector.#decrease = state.decrease;
    detector.#lowest = state.lowest ?? Infinity;
    detector.#highest = state.highest;
    detector.#detected = state.detected;
    return detector;
  }
}
