import type { Plan } from './config.ts';
import { newRoughness } from './roughness.ts';
import type { Roughness } from './roughness.ts';
import { newSeries, WIDTHS } from './series.ts';
import type { Series } from './series.ts';
import { FAST_GRID, SPLIT_GRID } from './tilt.ts';

/** Numbers seen of one arm by one test. */
export interface Seen {
  rows: number;
  total: number;
  missing: number;
}

/** What was known when a guard was lost. */
export interface Lost {
  at: number;
  path: 'fast' | 'slow';
  /** Natural logarithm of the e-value. */
  logE: number;
  /** Lower bound of the harm, where the slow path had one. */
  lower: number | null;
  /** Values of the two arms until then. */
  baseline: number;
  canary: number;
}

/** One test's part of the state. */
export interface TestState {
  name: string;
  /** Closed slices with rows in both arms. */
  bins: number;
  baseline: Seen;
  canary: Seen;
  /** Sums of the slice that is still open. */
  openA: number;
  openB: number;
  openFloor: number;
  open: boolean;
  roughness: Roughness;
  /** Variance if rows were independent; the dispersion is what was measured over this. */
  within: number;
  /** Log likelihood ratios of the fast path's grid; empty where there is none. */
  fast: number[];
  widths: Series[];
  /** What was known when the guard was lost; null while it holds. */
  lost: Lost | null;
  /** Points of the picture, thinned: time, estimate, lower, upper. */
  history: [number, number, number | null, number | null][];
}

/** What ended the question, once and for good. */
export type Decision =
  | { kind: 'fail'; at: number; test: string }
  | { kind: 'invalid'; at: number; cause: 'sample-ratio' | 'balance'; what: string };

/** The judge's whole memory: plain JSON, the same bytes for the same bins. */
export interface JudgeState {
  version: 1;
  /** Names of the tests, which must be the configuration's. */
  tests: TestState[];
  startedAt: number | null;
  /** Edges of the last bin, and the segments that it has brought. */
  lastStart: number | null;
  lastEnd: number | null;
  segments: string[];
  /** True while the last slice waits for more segments. */
  open: boolean;
  /** Closed slices, those with traffic in both arms, and the present run of slices without. */
  slices: number;
  binsWithTraffic: number;
  emptyRun: number;
  openTraffic: boolean;
  units: { baseline: number; canary: number };
  late: number;
  /** Assignments that were held against an intended split. */
  assigned: { baseline: number; canary: number; expectedCanary: number };
  split: number[];
  /** Balance of each level of each covariate, by `covariate=level`. */
  balance: Record<string, number[]>;
  decision: Decision | null;
  /** A history point is kept every so many slices. */
  historyStride: number;
}

/** The state before the first bin. */
export function initialState(plan: Plan): JudgeState {
  return {
    version: 1,
    tests: plan.tests.map((test) => ({
      name: test.name,
      bins: 0,
      baseline: { rows: 0, total: 0, missing: 0 },
      canary: { rows: 0, total: 0, missing: 0 },
      openA: 0,
      openB: 0,
      openFloor: 0,
      open: false,
      roughness: newRoughness(),
      within: 0,
      fast: test.kind === 'rate' ? FAST_GRID.map(() => 0) : [],
      widths: Array.from({ length: WIDTHS }, newSeries),
      lost: null,
      history: [],
    })),
    startedAt: null,
    lastStart: null,
    lastEnd: null,
    segments: [],
    open: false,
    slices: 0,
    binsWithTraffic: 0,
    emptyRun: 0,
    openTraffic: false,
    units: { baseline: 0, canary: 0 },
    late: 0,
    assigned: { baseline: 0, canary: 0, expectedCanary: 0 },
    split: SPLIT_GRID.map(() => 0),
    balance: {},
    decision: null,
    historyStride: 1,
  };
}
