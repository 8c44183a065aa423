import { requireFiniteNumber, requireInRange } from '../statistics/error.ts';

export interface AdwinOptions {
  /** Smaller is more careful: the chance of a false cut, 0.002 unless told. */
  readonly delta?: number;
  /** Cuts are tested every so many updates, 32 unless told. */
  readonly clock?: number;
  /** Buckets kept of each size before two are merged, 5 unless told. */
  readonly maxBuckets?: number;
  /** Both sides of a cut must be at least this long, 5 unless told. */
  readonly minWindowLength?: number;
  /** No test before the window is longer than this, 10 unless told. */
  readonly gracePeriod?: number;
}

/**
 * ADWIN, the adaptive window of Bifet and Gavaldà (2007): keeps an exponential histogram of the recent past and cuts off its
 * older part when the means of two sub-windows differ too much. Agrees update by update with river 0.26: every bucket
 * boundary is tested, and the update after a detection starts an empty window. Memory O(log width).
 */
export class Adwin {
  readonly #delta: number;
  readonly #clock: number;
  readonly #maxBuckets: number;
  readonly #minWindowLength: number;
  readonly #gracePeriod: number;
  /** Slots a level: one more than is kept, for the bucket that triggers a merge. */
  readonly #slots: number;
  /** Bucket totals and sums of squared deviations, level by level, oldest first within a level. */
  #totals: Float64Array;
  #deviations: Float64Array;
  /** Buckets in use a level; level i holds buckets of 2^i values. */
  #used: Int32Array;
  #levels = 1;
  #width = 0;
  #total = 0;
  #variance = 0;
  #ticks = 0;
  #detected = false;

  /** @throws StatisticsError `OUT_OF_RANGE` for an impossible option */
  constructor(options: AdwinOptions = {}) {
    const { delta = 0.002, clock = 32, maxBuckets = 5, minWindowLength = 5, gracePeriod = 10 } = options;
    requireInRange(delta, 'delta', Number.MIN_VALUE, 1);
    requireInRange(clock, 'clock', 1, 2 ** 31);
    requireInRange(maxBuckets, 'maxBuckets', 2, 1000);
    requireInRange(minWindowLength, 'minWindowLength', 1, 2 ** 31);
    requireInRange(gracePeriod, 'gracePeriod', 0, 2 ** 31);
    this.#delta = delta;
    this.#clock = clock;
    this.#maxBuckets = maxBuckets;
    this.#minWindowLength = minWindowLength;
    this.#gracePeriod = gracePeriod;
    this.#slots = maxBuckets + 1;
    this.#totals = new Float64Array(64 * this.#slots);
    this.#deviations = new Float64Array(64 * this.#slots);
    this.#used = new Int32Array(64);
  }

  /** Whether the last update found a change. */
  get driftDetected(): boolean {
    return this.#detected;
  }

  /** Values in the window. */
  get width(): number {
    return this.#width;
  }

  get total(): number {
    return this.#total;
  }

  /** Sum of squared deviations from the window's mean (river calls this the variance). */
  get variance(): number {
    return this.#variance;
  }

  /** Mean of the window; 0 when it is empty. */
  get estimation(): number {
    return this.#width === 0 ? 0 : this.#total / this.#width;
  }

  /** Empties the window. */
  reset(): void {
    this.#used.fill(0);
    this.#levels = 1;
    this.#width = this.#total = this.#variance = this.#ticks = 0;
    this.#detected = false;
  }

  /**
   * Takes one value; true when a change is found.
   *
   * @throws StatisticsError `NON_FINITE`
   */
  update(value: number): boolean {
    if (!Number.isFinite(value)) requireFiniteNumber(value, 'value');
    if (this.#detected) this.reset();
    this.#insert(value);
    this.#ticks++;
    if (this.#ticks % this.#clock === 0 && this.#width > this.#gracePeriod) this.#detected = this.#shrink();
    return this.#detected;
  }

  #insert(value: number): void {
    const slot = this.#used[0]!++;
    this.#totals[slot] = value;
    this.#deviations[slot] = 0;
    const before = this.#width++;
    if (before > 0) {
      const gap = value - this.#total / before;
      this.#variance += (before * gap * gap) / this.#width;
    }
    this.#total += value;
    if (this.#used[0] === this.#slots) this.#compress();
  }

  /** Merges the two oldest buckets of every level that overflows into one of the next. */
  #compress(): void {
    const slots = this.#slots;
    const totals = this.#totals;
    const deviations = this.#deviations;
    for (let level = 0, size = 1; this.#used[level] === slots; level++, size *= 2) {
      const base = level * slots;
      const next = base + slots;
      if (level + 1 === this.#levels) this.#levels++;
      const gap = totals[base]! / size - totals[base + 1]! / size;
      const to = next + this.#used[level + 1]!++;
      totals[to] = totals[base]! + totals[base + 1]!;
      deviations[to] = deviations[base]! + deviations[base + 1]! + (size * size * gap * gap) / (size + size);
      for (let slot = base + 2; slot < next; slot++) {
        totals[slot - 2] = totals[slot]!;
        deviations[slot - 2] = deviations[slot]!;
      }
      this.#used[level] = slots - 2;
    }
  }

  /** Drops the oldest bucket. */
  #drop(): void {
    const level = this.#levels - 1;
    const base = level * this.#slots;
    const size = 2 ** level;
    const total = this.#totals[base]!;
    this.#width -= size;
    this.#total -= total;
    const gap = total / size - this.#total / this.#width;
    this.#variance -= this.#deviations[base]! + (size * this.#width * gap * gap) / (size + this.#width);
    this.#totals.copyWithin(base, base + 1, base + this.#slots);
    this.#deviations.copyWithin(base, base + 1, base + this.#slots);
    if (--this.#used[level]! === 0) this.#levels--;
  }

  #shrink(): boolean {
    let found = false;
    while (this.#hasCut()) {
      found = true;
      this.#drop();
    }
    return found;
  }

  /** Whether some bucket boundary splits the window into two parts whose means differ too much. */
  #hasCut(): boolean {
    const shortest = this.#minWindowLength;
    const totals = this.#totals;
    const slots = this.#slots;
    const width = this.#width;
    const logTerm = Math.log((2 * Math.log(width)) / this.#delta);
    const spread = 2 * (this.#variance / width) * logTerm;
    let n0 = 0;
    let u0 = 0;
    let n1 = width;
    let u1 = this.#total;
    for (let level = this.#levels - 1; level >= 0; level--) {
      const size = 2 ** level;
      const base = level * slots;
      const end = base + this.#used[level]!;
      for (let slot = base; slot < end; slot++) {
        n0 += size;
        n1 -= size;
        u0 += totals[slot]!;
        u1 -= totals[slot]!;
        if (n1 < shortest) return false;
        if (n0 < shortest) continue;
        const inverse = 1 / (n0 - shortest + 1) + 1 / (n1 - shortest + 1);
        const limit = Math.sqrt(inverse * spread) + (2 / 3) * logTerm * inverse;
        if (Math.abs(u0 / n0 - u1 / n1) > limit) return true;
      }
    }
    return false;
  }

  /** The whole state, plain JSON; `Adwin.restore` goes on from it. */
  snapshot(): AdwinSnapshot {
    const buckets: [number, number][][] = [];
    for (let level = 0; level < this.#levels; level++) {
      const base = level * this.#slots;
      buckets.push(
        Array.from({ length: this.#used[level]! }, (_, i) => [
          this.#totals[base + i]!,
          this.#deviations[base + i]!,
        ]),
      );
    }
    return {
      options: {
        delta: this.#delta,
        clock: this.#clock,
        maxBuckets: this.#maxBuckets,
        minWindowLength: this.#minWindowLength,
        gracePeriod: this.#gracePeriod,
      },
      buckets,
      width: this.#width,
      total: this.#total,
      variance: this.#variance,
      ticks: this.#ticks,
      detected: this.#detected,
    };
  }

  static restore(snapshot: AdwinSnapshot): Adwin {
    const adwin = new Adwin(snapshot.options);
    snapshot.buckets.forEach((level, i) => {
      adwin.#used[i] = level.length;
      level.forEach(([total, deviation], j) => {
        adwin.#totals[i * adwin.#slots + j] = total;
        adwin.#deviations[i * adwin.#slots + j] = deviation;
      });
    });
    adwin.#levels = snapshot.buckets.length;
    adwin.#width = snapshot.width;
    adwin.#total = snapshot.total;
    adwin.#variance = snapshot.variance;
    adwin.#ticks = snapshot.ticks;
    adwin.#detected = snapshot.detected;
    return adwin;
  }
}

export interface AdwinSnapshot {
  readonly options: AdwinOptions;
  /** A level's buckets as [total, sum of squared deviations], oldest first. */
  readonly buckets: readonly (readonly (readonly [number, number])[])[];
  readonly width: number;
  readonly total: number;
  readonly variance: number;
  readonly ticks: number;
  readonly detected: boolean;
}
