import { StatisticsError } from '../statistics/error.ts';

const SPLIT = 134217729;

/**
 * A sum of doubles without rounding error (Shewchuk 1997): kept as a few numbers that do not overlap. Sums of shards
 * merge to the very bits of the sum over all rows, in any order.
 */
export class ExactSum {
  #parts: number[];

  constructor(parts: readonly number[] = []) {
    this.#parts = [];
    for (const part of parts) this.add(part);
  }

  add(value: number): void {
    if (!Number.isFinite(value)) {
      throw new StatisticsError(
        'NON_FINITE',
        'value',
        `Cannot add ${value} to a sum. Scale the values down first.`,
      );
    }
    const parts = this.#parts;
    let x = value;
    let kept = 0;
    for (let i = 0; i < parts.length; i++) {
      const y = parts[i]!;
      const sum = x + y;
      const small = Math.abs(x) >= Math.abs(y) ? y - (sum - x) : x - (sum - y);
      if (small !== 0) parts[kept++] = small;
      x = sum;
    }
    if (!Number.isFinite(x)) {
      throw new StatisticsError('OUT_OF_RANGE', 'value', 'The sum overflows. Scale the values down first.');
    }
    parts.length = kept;
    if (x !== 0) parts.push(x);
  }

  /** Adds a x b without rounding it (Dekker's product). |a| and |b| up to about 1e150. */
  addProduct(a: number, b: number): void {
    const product = a * b;
    this.add(product);
    if (product === 0 || Math.abs(product) < 1e-250 || Math.abs(a) > 1e290 || Math.abs(b) > 1e290) return;
    const aLow = a - high(a);
    const bLow = b - high(b);
    this.add(aLow * bLow - (product - high(a) * high(b) - aLow * high(b) - high(a) * bLow));
  }

  merge(other: ExactSum): void {
    for (const part of other.#parts) this.add(part);
  }

  /** The sum, rounded once. */
  value(): number {
    const parts = this.#parts;
    let i = parts.length - 1;
    if (i < 0) return 0;
    let sum = parts[i]!;
    let rest = 0;
    while (i > 0 && rest === 0) {
      const x = sum;
      const y = parts[--i]!;
      sum = x + y;
      rest = y - (sum - x);
    }
    // Half-way cases: the part below decides the direction.
    if (i > 0 && ((rest < 0 && parts[i - 1]! < 0) || (rest > 0 && parts[i - 1]! > 0))) {
      const doubled = rest * 2;
      const x = sum + doubled;
      if (doubled === x - sum) sum = x;
    }
    return sum;
  }

  /**
   * The sum as plain JSON for `new ExactSum(parts)`: first the rounded sum, then the rounded rest, and so on. Equal sums
   * give equal parts, in whatever order they were added.
   */
  toJSON(): number[] {
    const rest = new ExactSum(this.#parts);
    const parts: number[] = [];
    for (let part = rest.value(); part !== 0; part = rest.value()) {
      parts.push(part);
      rest.add(-part);
    }
    return parts;
  }
}

function high(value: number): number {
  const c = SPLIT * value;
  return c - (c - value);
}
