/** The distances between two distribution functions that one walk over both sorted samples gives. */
export interface Sweep {
  /** Kolmogorov-Smirnov distance. */
  readonly ks: number;
  /** Wasserstein distance, in the values' unit. */
  readonly wasserstein: number;
}

/**
 * Both distances in one merge, the inner loop of a drift report. The walk is over single values, not over groups of ties:
 * within a tie the step in x is 0, so the area is right, and the KS distance is looked at only where x moves on.
 */
export function sweep(reference: Float64Array, current: Float64Array): Sweep {
  const n = reference.length;
  const m = current.length;
  const stepN = 1 / n;
  const stepM = 1 / m;
  let i = 0;
  let j = 0;
  let ks = 0;
  let area = 0;
  let a = reference[0]!;
  let b = current[0]!;
  let previous = a < b ? a : b;
  while (i < n && j < m) {
    const value = a < b ? a : b;
    if (value !== previous) {
      let gap = i * stepN - j * stepM;
      if (gap < 0) gap = -gap;
      if (gap > ks) ks = gap;
      area += gap * (value - previous);
      previous = value;
    }
    if (a <= b) a = reference[++i]!;
    else b = current[++j]!;
  }
  // One side is used up: its share is 1 from here on.
  const rest = i < n ? reference : current;
  const share = i < n ? stepN : stepM;
  for (let k = i < n ? i : j; k < rest.length; k++) {
    const value = rest[k]!;
    if (value !== previous) {
      const gap = 1 - k * share;
      if (gap > ks) ks = gap;
      area += gap * (value - previous);
      previous = value;
    }
  }
  return { ks, wasserstein: area };
}
