import { requireFiniteNumber, requireInRange, StatisticsError } from '../statistics/error.ts';

/** What a value looks like before any change. */
export type Baseline =
  /** Values from 0 to 1 (an error, a late flight, a rank) whose mean is `mean` before the change, strictly between 0 and 1. */
  | { readonly kind: 'bounded'; readonly mean: number }
  /** Values that are normal, or lighter in the tails, with this mean and standard deviation before the change. */
  | { readonly kind: 'normal'; readonly mean: number; readonly deviation: number };

export interface ShiryaevRobertsOptions {
  /** One baseline, or one for each feature of a row. */
  readonly baseline: Baseline | readonly Baseline[];
  /** Mean number of updates to a false alarm is at least this, 100,000 unless told. */
  readonly averageRunLength?: number;
  /** Which way the mean may move: `up` unless told. */
  readonly mode?: 'up' | 'down' | 'both';
  /**
   * The sizes of change that are listened for. Bounded: ratios of means above 1 (downwards their inverse), 1.1 to 10
   * unless told. Normal: shifts in standard deviations, 0.25 to 2 unless told.
   */
  readonly alternatives?: readonly number[];
}

export interface ShiryaevRobertsSnapshot {
  readonly options: ShiryaevRobertsOptions;
  readonly evidence: readonly number[];
  readonly detected: boolean;
}

const RATIOS = [1.1, 1.25, 1.5, 2, 3, 5, 10];
const SHIFTS = [0.25, 0.5, 1, 2];
/** JSON has no infinity; above every sensible threshold nothing more is learnt. */
const MOST = 1e300;

/**
 * Mixture Shiryaev-Roberts e-detector (Shin, Ramdas and Rinaldo 2022). For every feature and alternative
 * R <- (R + 1) L(x), L a likelihood ratio with mean at most 1 before the change; alarm when the mean of all R exceeds A.
 * R - t is a martingale, so the mean run length to a false alarm is at least A, whatever the dependence between features.
 * The promise holds for the stated baseline: a mean guessed too low (mode `up`) breaks it. The update after an alarm starts
 * anew.
 */
export class ShiryaevRoberts {
  readonly #options: ShiryaevRobertsOptions;
  readonly #threshold: number;
  readonly #features: number;
  /** Bounded: L = 1 + slope (x - mean). Normal: L = exp(slope z - slope^2 / 2). One entry a feature and alternative. */
  readonly #slopes: Float64Array;
  /** exp(-slope^2 / 2) of each slope. */
  readonly #scales: Float64Array;
  /** Of each normal feature whose shifts double one after the other: how many there are one way; 0 for any other. */
  readonly #ladders: Int32Array;
  readonly #isNormal: boolean[];
  readonly #means: Float64Array;
  readonly #deviations: Float64Array;
  /** Alternatives of feature i stand from starts[i] to starts[i + 1]. */
  readonly #starts: Int32Array;
  readonly #evidence: Float64Array;
  readonly #row = new Float64Array(1);
  #sum = 0;
  #detected = false;

  /** @throws StatisticsError `OUT_OF_RANGE` for an impossible option, `EMPTY_SAMPLE` without features or alternatives */
  constructor(options: ShiryaevRobertsOptions) {
    const { baseline, averageRunLength = 100_000, mode = 'up', alternatives } = options;
    requireInRange(averageRunLength, 'averageRunLength', 1, 1e15);
    const baselines: readonly Baseline[] = 'kind' in baseline ? [baseline] : baseline;
    const slopes = baselines.map((one) => slopesOf(one, mode, alternatives));
    if (slopes.length === 0 || slopes.some((list) => list.length === 0)) {
      throw new StatisticsError(
        'EMPTY_SAMPLE',
        'alternatives',
        'There is a feature without an alternative (a ratio must keep the mean below 1). Pass smaller ones.',
      );
    }
    this.#options = options;
    this.#features = baselines.length;
    this.#slopes = Float64Array.from(slopes.flat());
    this.#scales = this.#slopes.map((slope) => Math.exp(-0.5 * slope * slope));
    this.#ladders = Int32Array.from(baselines, (one, i) =>
      one.kind === 'normal' ? ladderOf(slopes[i]!) : 0,
    );
    this.#isNormal = baselines.map(({ kind }) => kind === 'normal');
    this.#means = Float64Array.from(baselines, ({ mean }) => mean);
    this.#deviations = Float64Array.from(baselines, (one) => (one.kind === 'normal' ? one.deviation : 1));
    this.#starts = new Int32Array(baselines.length + 1);
    slopes.forEach((list, i) => (this.#starts[i + 1] = this.#starts[i]! + list.length));
    this.#evidence = new Float64Array(this.#slopes.length);
    this.#threshold = averageRunLength * this.#slopes.length;
  }

  /** Whether the last update raised the alarm. */
  get driftDetected(): boolean {
    return this.#detected;
  }

  /** Mean of R over features and alternatives: the alarm rises when it exceeds `averageRunLength`. */
  get evidence(): number {
    return this.#sum / this.#evidence.length;
  }

  /** Forgets everything. */
  reset(): void {
    this.#evidence.fill(0);
    this.#sum = 0;
    this.#detected = false;
  }

  /**
   * Takes one value of a detector with one feature; true when the change is proven.
   *
   * @throws StatisticsError `NON_FINITE`, `OUT_OF_RANGE` for a bounded value outside 0 to 1, `LENGTH_MISMATCH`
   */
  update(value: number): boolean {
    if (this.#features !== 1) return this.updateAll([value]);
    this.#row[0] = value;
    return this.#step(this.#row);
  }

  /**
   * Takes one row, a value for each feature; true when the change is proven.
   *
   * @throws StatisticsError as {@link update}
   */
  updateAll(row: ArrayLike<number>): boolean {
    if (row.length !== this.#features) {
      throw new StatisticsError(
        'LENGTH_MISMATCH',
        'row',
        `row has ${row.length} values, the detector watches ${this.#features} features. Pass one value for each.`,
      );
    }
    return this.#step(row);
  }

  #step(row: ArrayLike<number>): boolean {
    for (let f = 0; f < this.#features; f++) {
      const value = row[f]!;
      if (!Number.isFinite(value)) requireFiniteNumber(value, `row[${f}]`);
      if (!this.#isNormal[f] && (value < 0 || value > 1)) requireInRange(value, `row[${f}]`, 0, 1);
    }
    if (this.#detected) this.reset();
    const evidence = this.#evidence;
    const slopes = this.#slopes;
    const scales = this.#scales;
    let sum = 0;
    for (let f = 0; f < this.#features; f++) {
      const end = this.#starts[f + 1]!;
      const start = this.#starts[f]!;
      const gap = (row[f]! - this.#means[f]!) / this.#deviations[f]!;
      const rungs = this.#ladders[f]!;
      if (rungs > 0) {
        // An exponential costs as much as all the rest; the usual shifts double, and fall as they rise: one is enough.
        let weight = Math.exp(slopes[start]! * gap);
        let other = 1 / weight;
        const both = end - start > rungs;
        for (let i = start; i < start + rungs; i++) {
          const next = (evidence[i]! + 1) * (weight * scales[i]!);
          const kept = next < MOST ? next : MOST;
          evidence[i] = kept;
          sum += kept;
          weight *= weight;
          if (!both) continue;
          const nextDown = (evidence[i + rungs]! + 1) * (other * scales[i]!);
          const keptDown = nextDown < MOST ? nextDown : MOST;
          evidence[i + rungs] = keptDown;
          sum += keptDown;
          other *= other;
        }
      } else if (this.#isNormal[f]) {
        for (let i = start; i < end; i++) {
          const next = (evidence[i]! + 1) * (Math.exp(slopes[i]! * gap) * scales[i]!);
          const kept = next < MOST ? next : MOST;
          evidence[i] = kept;
          sum += kept;
        }
      } else {
        for (let i = start; i < end; i++) {
          const next = (evidence[i]! + 1) * (1 + slopes[i]! * gap);
          evidence[i] = next;
          sum += next;
        }
      }
    }
    this.#sum = sum;
    this.#detected = sum > this.#threshold;
    return this.#detected;
  }

  /** The whole state, plain JSON; `ShiryaevRoberts.restore` goes on from it. */
  snapshot(): ShiryaevRobertsSnapshot {
    return { options: this.#options, evidence: [...this.#evidence], detected: this.#detected };
  }

  static restore(snapshot: ShiryaevRobertsSnapshot): ShiryaevRoberts {
    const detector = new ShiryaevRoberts(snapshot.options);
    detector.#evidence.set(snapshot.evidence);
    detector.#sum = snapshot.evidence.reduce((sum, value) => sum + value, 0);
    detector.#detected = snapshot.detected;
    return detector;
  }
}

function slopesOf(
  baseline: Baseline,
  mode: 'up' | 'down' | 'both',
  alternatives: readonly number[] | undefined,
): number[] {
  const signs = mode === 'up' ? [1] : mode === 'down' ? [-1] : [1, -1];
  if (baseline.kind === 'normal') {
    requireFiniteNumber(baseline.mean, 'baseline.mean');
    requireInRange(baseline.deviation, 'baseline.deviation', Number.MIN_VALUE, Number.MAX_VALUE);
    const shifts = alternatives ?? SHIFTS;
    for (const shift of shifts) requireInRange(shift, 'alternatives', 1e-6, 20);
    return signs.flatMap((sign) => shifts.map((shift) => sign * shift));
  }
  const { mean } = baseline;
  requireInRange(mean, 'baseline.mean', 1e-12, 1 - 1e-12);
  const ratios = alternatives ?? RATIOS;
  for (const ratio of ratios) requireInRange(ratio, 'alternatives', 1 + 1e-6, 1e6);
  return signs.flatMap((sign) =>
    ratios
      .map((ratio) => (sign > 0 ? mean * ratio : mean / ratio))
      .filter((changed) => changed < 1)
      .map((changed) => (changed - mean) / (mean * (1 - mean))),
  );
}

/** Number of slopes one way where each is twice the one before and the rest are their opposites; 0 where not. */
function ladderOf(slopes: readonly number[]): number {
  const opposite = slopes.indexOf(-slopes[0]!);
  const rungs = opposite > 0 ? opposite : slopes.length;
  const doubles = slopes.every((slope, i) =>
    i < rungs ? i === 0 || slope === 2 * slopes[i - 1]! : slope === -slopes[i - rungs]!,
  );
  return doubles && (slopes.length === rungs || slopes.length === 2 * rungs) ? rungs : 0;
}
