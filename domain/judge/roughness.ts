import type { Cell } from './bin.ts';

/**
 * How much rougher the baseline runs from bin to bin than independent rows would: its events may come in bursts, its
 * rows in clusters. The canary is taken to be as rough, because a canary that was lucky shows few bursts and, for the
 * very same reason, little variance; its own variance must not vouch for its safety alone.
 */
export interface Roughness {
  /** The open slice's rows, both arms. */
  openBaseline: Cell;
  openCanary: Cell;
  /** Closed slices, and the last one's means and the variance that the baseline's mean would have. */
  slices: number;
  baseline: number;
  canary: number;
  variance: number;
  /** Sums over neighbouring slices: squared steps of the baseline, its steps times the canary's, expected squares. */
  steps: number;
  shared: number;
  expected: number;
}

const emptyCell = (): Cell => ({ x: 0, n: 0, ss: 0, missing: 0 });

export function newRoughness(): Roughness {
  return {
    openBaseline: emptyCell(),
    openCanary: emptyCell(),
    slices: 0,
    baseline: 0,
    canary: 0,
    variance: 0,
    steps: 0,
    shared: 0,
    expected: 0,
  };
}

/** Adds one stratum's rows to the open slice. */
export function addRows(own: Roughness, canary: Cell, baseline: Cell): void {
  for (const [open, cell] of [
    [own.openCanary, canary],
    [own.openBaseline, baseline],
  ] as const) {
    open.x += cell.x;
    open.n += cell.n;
    open.ss += cell.ss;
  }
}

/** Closes the slice. Steps from one slice to the next leave slow rhythms out. */
export function closeRoughness(own: Roughness): void {
  const baseline = own.openBaseline.x / own.openBaseline.n;
  const canary = own.openCanary.x / own.openCanary.n;
  const variance = rowVariance(own.openBaseline) / own.openBaseline.n;
  if (own.slices > 0) {
    const step = baseline - own.baseline;
    own.steps += step * step;
    own.shared += step * (canary - own.canary);
    own.expected += variance + own.variance;
  }
  own.slices++;
  own.baseline = baseline;
  own.canary = canary;
  own.variance = variance;
  own.openBaseline = emptyCell();
  own.openCanary = emptyCell();
}

/** Sample variance of the rows of a cell. */
export function rowVariance(cell: Cell): number {
  if (cell.n < 2) return 0;
  const mean = cell.x / cell.n;
  return (Math.max(cell.ss / cell.n - mean * mean, 0) * cell.n) / (cell.n - 1);
}

/** Measured variance of the baseline's steps over that of independent rows, at least 1, without what both arms share. */
export function roughnessOf(own: Roughness): number {
  if (!(own.expected > 0)) return 1;
  return Math.max(1, (own.steps - Math.max(0, own.shared)) / own.expected);
}
