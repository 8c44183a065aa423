import { readCell, timeOf } from './bin.ts';
import type { Cell, JudgeBin } from './bin.ts';
import type { Plan } from './config.ts';
import { JudgeError, requireAtLeast } from './error.ts';
import {
  currentSeries,
  FAST_RATIO,
  guardEvidence,
  lowerBound,
  upperBound,
  withinMargin,
} from './evidence.ts';
import { addRows, closeRoughness } from './roughness.ts';
import { pushSlice } from './series.ts';
import type { JudgeState, TestState } from './state.ts';
import { stratumOf } from './strata.ts';
import { FAST_GRID, logMean, SPLIT_GRID, tilt } from './tilt.ts';

/** The next state, leaving `state` as it was. Throws `JudgeError` on a bin that cannot be taken. */
export function foldBin(plan: Plan, state: JudgeState, bin: JudgeBin): JudgeState {
  const next = JSON.parse(JSON.stringify(state)) as JudgeState;
  absorbBin(plan, next, bin);
  return next;
}

/**
 * As `foldBin`, but changes `state`. The whole bin is read and checked before anything changes, so a refused bin
 * leaves no trace.
 */
export function absorbBin(plan: Plan, state: JudgeState, bin: JudgeBin): void {
  const checked = readBin(plan, state, bin);
  if (state.open && checked.newSlice) closeSlice(plan, state);
  state.startedAt ??= checked.start;
  state.lastStart = checked.start;
  state.lastEnd = checked.end;
  if (checked.newSlice) state.segments = [];
  if (bin.segment !== undefined) state.segments.push(bin.segment);
  addTraffic(plan, state, bin);
  for (let i = 0; i < plan.tests.length; i++) addStratum(plan, state.tests[i]!, i, checked.cells);
  state.open = true;
  if (bin.segment === undefined) closeSlice(plan, state);
}

interface CheckedBin {
  start: number;
  end: number;
  newSlice: boolean;
  /** Canary and baseline of each test, in turn. */
  cells: Cell[];
}

function readBin(plan: Plan, state: JudgeState, bin: JudgeBin): CheckedBin {
  const start = timeOf(bin.start, 'bin.start');
  const end = timeOf(bin.end, 'bin.end');
  if (end <= start) throw new JudgeError('OUT_OF_RANGE', 'bin.end', 'a bin must end after it starts.');
  const newSlice = !(start === state.lastStart && end === state.lastEnd);
  if (newSlice && state.lastEnd !== null && start < state.lastEnd) {
    throw new JudgeError(
      'OUT_OF_ORDER',
      'bin.start',
      'begins before the last bin ended. Send closed bins once, in order; count late rows in the next bin.',
    );
  }
  if (
    !newSlice &&
    (bin.segment === undefined || state.segments.length === 0 || state.segments.includes(bin.segment))
  ) {
    throw new JudgeError(
      'OUT_OF_ORDER',
      'bin',
      'this interval has been seen. Send each segment of an interval once.',
    );
  }
  requireAtLeast(bin.late ?? 0, 0, 'bin.late');
  const { baseline, canary } = bin.arms;
  for (const name of ['baseline', 'canary'] as const) {
    const arm = bin.arms[name] as typeof baseline | undefined;
    if (arm === undefined)
      throw new JudgeError(
        'MISSING',
        `bin.arms.${name}`,
        'both arms must be in a bin; an idle arm has units 0.',
      );
    requireAtLeast(arm.units, 0, `bin.arms.${name}.units`);
    if (arm.assigned !== undefined) requireAtLeast(arm.assigned, 0, `bin.arms.${name}.assigned`);
    if (bin.intended !== undefined)
      requireAtLeast(bin.intended[name], Number.MIN_VALUE, `bin.intended.${name}`);
    for (const [covariate, levels] of Object.entries(arm.covariates ?? {})) {
      for (const [level, count] of Object.entries(levels))
        requireAtLeast(count, 0, `bin.arms.${name}.covariates.${covariate}.${level}`);
    }
  }
  const cells: Cell[] = [];
  for (const test of plan.tests) {
    const canaryCell = { x: 0, n: 0, ss: 0, missing: 0 };
    const baselineCell = { x: 0, n: 0, ss: 0, missing: 0 };
    readCell(canary, test, 'bin.arms.canary', canaryCell);
    readCell(baseline, test, 'bin.arms.baseline', baselineCell);
    cells.push(canaryCell, baselineCell);
  }
  return { start, end, newSlice, cells };
}

/** Traffic, split and balance: what is looked at before any metric. */
function addTraffic(plan: Plan, state: JudgeState, bin: JudgeBin): void {
  const { baseline, canary } = bin.arms;
  state.units.baseline += baseline.units;
  state.units.canary += canary.units;
  state.late += bin.late ?? 0;
  if (baseline.units > 0 && canary.units > 0) state.openTraffic = true;
  const assignedCanary = canary.assigned ?? canary.units;
  const assigned = assignedCanary + (baseline.assigned ?? baseline.units);
  const intended = bin.intended ?? plan.intended;
  if (intended !== undefined && assigned > 0) {
    const theta = intended.canary / (intended.canary + intended.baseline);
    state.assigned.canary += assignedCanary;
    state.assigned.baseline += assigned - assignedCanary;
    state.assigned.expectedCanary += theta * assigned;
    tilt(state.split, SPLIT_GRID, assignedCanary, assigned, theta);
  }
  if (canary.covariates === undefined && baseline.covariates === undefined) return;
  addBalance(state, bin);
}

/** Each level of each covariate must fall to the canary as often as the bin's traffic as a whole did. */
function addBalance(state: JudgeState, bin: JudgeBin): void {
  const sides = [bin.arms.canary.covariates ?? {}, bin.arms.baseline.covariates ?? {}] as const;
  const names = [...new Set(sides.flatMap((side) => Object.keys(side)))].sort();
  for (const name of names) {
    const [canary, baseline] = [sides[0][name] ?? {}, sides[1][name] ?? {}];
    const total = (levels: Readonly<Record<string, number>>): number =>
      Object.values(levels).reduce((a, b) => a + b, 0);
    const share = total(canary) / (total(canary) + total(baseline));
    if (!(share > 0 && share < 1)) continue;
    for (const level of [...new Set([...Object.keys(canary), ...Object.keys(baseline)])].sort()) {
      const logs = (state.balance[`${name}=${level}`] ??= SPLIT_GRID.map(() => 0));
      const x = canary[level] ?? 0;
      tilt(logs, SPLIT_GRID, x, x + (baseline[level] ?? 0), share);
    }
  }
}

function addStratum(plan: Plan, state: TestState, index: number, cells: readonly Cell[]): void {
  const test = plan.tests[index]!;
  const canary = cells[2 * index]!;
  const baseline = cells[2 * index + 1]!;
  state.canary.rows += canary.n;
  state.canary.total += canary.x;
  state.canary.missing += canary.missing;
  state.baseline.rows += baseline.n;
  state.baseline.total += baseline.x;
  state.baseline.missing += baseline.missing;
  // A bin without rows in one of the arms compares nothing; it is not "zero errors".
  if (canary.n === 0 || baseline.n === 0) return;
  const stratum = stratumOf(test, canary, baseline);
  state.openA += stratum.a;
  state.openB += stratum.b;
  state.openFloor += stratum.floor;
  state.within += stratum.within;
  addRows(state.roughness, canary, baseline);
  state.open = true;
  if (state.fast.length === 0) return;
  const harmed = test.sign > 0 ? canary : baseline;
  const odds = (FAST_RATIO * harmed.n) / (canary.n + baseline.n - harmed.n);
  tilt(state.fast, FAST_GRID, harmed.x, canary.x + baseline.x, odds / (1 + odds));
}

function closeSlice(plan: Plan, state: JudgeState): void {
  state.open = false;
  state.slices++;
  if (state.openTraffic) {
    state.binsWithTraffic++;
    state.emptyRun = 0;
  } else {
    state.emptyRun++;
  }
  state.openTraffic = false;
  const at = state.lastEnd ?? 0;
  checkAssignment(plan, state, at);
  for (let i = 0; i < plan.tests.length; i++) {
    const test = plan.tests[i]!;
    const own = state.tests[i]!;
    if (!own.open) continue;
    pushSlice(own.widths, test, plan.burnIn, own.openA, own.openB, own.openFloor);
    own.bins++;
    closeRoughness(own.roughness);
    own.openA = 0;
    own.openB = 0;
    own.openFloor = 0;
    own.open = false;
    if (own.lost !== null) continue;
    const { logE, path } = guardEvidence(test, own, plan.burnIn);
    if (logE < Math.log(1 / test.alpha)) continue;
    // Worse, but proven to be within the accepted margin: that is what the margin is for.
    if (withinMargin(test, own, plan.burnIn)) continue;
    const lower = lowerBound(test, own, plan.burnIn);
    own.lost = {
      at,
      path,
      logE,
      lower,
      baseline: own.baseline.total / own.baseline.rows,
      canary: own.canary.total / own.canary.rows,
    };
    state.decision ??= { kind: 'fail', at, test: test.name };
  }
  keepHistory(plan, state, at);
}

/** A split that is not the one asked for makes every comparison doubtful. Checked before the metrics. */
function checkAssignment(plan: Plan, state: JudgeState, at: number): void {
  if (state.decision !== null) return;
  const wanted = Math.log(1 / plan.sampleRatioAlpha);
  if (state.assigned.expectedCanary > 0 && logMean(state.split) >= wanted) {
    state.decision = { kind: 'invalid', at, cause: 'sample-ratio', what: '' };
    return;
  }
  const levels = Object.keys(state.balance);
  for (const level of levels) {
    // Bonferroni over the levels seen so far.
    if (logMean(state.balance[level]!) < wanted + Math.log(levels.length)) continue;
    state.decision = { kind: 'invalid', at, cause: 'balance', what: level };
    return;
  }
}

/** Keeps a point now and then; when there are too many, every other one goes and the stride doubles. */
function keepHistory(plan: Plan, state: JudgeState, at: number): void {
  if (plan.historyPoints === 0 || state.slices % state.historyStride !== 0) return;
  for (let i = 0; i < plan.tests.length; i++) {
    const point = historyPoint(plan, state, i, at);
    if (point !== undefined) state.tests[i]!.history.push(point);
  }
  if (state.slices / state.historyStride < plan.historyPoints) return;
  state.historyStride *= 2;
  for (const test of state.tests) test.history = test.history.filter((_, i) => i % 2 === 1);
}

/** Time, estimate, lower and upper bound of one test now; undefined before its first bin. */
export function historyPoint(
  plan: Plan,
  state: JudgeState,
  index: number,
  at: number,
): [number, number, number | null, number | null] | undefined {
  const test = plan.tests[index]!;
  const own = state.tests[index]!;
  const series = currentSeries(own, plan.burnIn)?.series ?? own.widths[0]!;
  if (!(series.b > 0)) return undefined;
  return [at, series.a / series.b, lowerBound(test, own, plan.burnIn), upperBound(test, own, plan.burnIn)];
}
