/**
 * Proves of each judge of answers (calibration, fairness, slices, feedback), over many simulated windows: where the true value
 * stands exactly at the limit it alarms in at most the stated 5 % of them, on a clean world never or hardly, and it finds
 * a planted fault.
 */
import { describe, expect, test } from 'vitest';
import { createRandom, normalQuantile } from '../../domain/statistics/index.ts';
import {
  atMostFive,
  findingOn,
  profileOfRows,
  reference,
  rowsOf,
  shareOf,
  watchedWith,
  type World,
} from './judge-world.ts';
import type { MonitoredKind, Watched } from '../../domain/drift/monitor/index.ts';

const WINDOWS = 200;
const ROWS = 800;

const alarms = (kind: MonitoredKind, watched: Watched, world: World, seed: number, rows = ROWS): number =>
  shareOf(
    WINDOWS,
    seed,
    (random) => findingOn(kind, rowsOf(random, rows, world), watched)?.verdict === 'drift',
  );

describe('calibration', () => {
  const watched = watchedWith({ calibrationError: 0.05 });

  test('is not judged unless the plan gives a limit', () => {
    expect(findingOn('calibration', rowsOf(createRandom(2), ROWS), watchedWith({}))).toBeUndefined();
  });
  test('a calibrated model never alarms', () => {
    expect(alarms('calibration', watched, {}, 3)).toBe(0);
  });
  test('scores that are off by the limit alarm in at most 5 % of the windows', () => {
    // The same distance everywhere, so both measures stand at the limit.
    const world: World = {
      truth: ({ score }) => 0.1 + 0.8 * score,
      score: ({ score }) => 0.15 + 0.8 * score,
    };
    expect(alarms('calibration', watched, world, 4)).toBeLessThan(atMostFive(WINDOWS));
  });
  test('scores that are too high as a whole are found', () => {
    expect(alarms('calibration', watched, { truth: ({ score }) => 0.7 * score }, 5)).toBeGreaterThan(0.95);
  });
  test('scores that are too sure of themselves are found, though their mean is right', () => {
    const score: World['score'] = ({ score: s }) => 1 / (1 + ((1 - s) / s) ** 4);
    const world: World = { score };
    expect(alarms('calibration', watched, world, 6, 2_000)).toBeGreaterThan(0.95);
    const found = findingOn('calibration', rowsOf(createRandom(7), 2_000, world), watched)!;
    expect(found.severity).toBe('critical');
    expect(found.measurements.find(({ drifted }) => drifted)?.metric).toBe('calibration_error_lower_bound');
  });
  test('too few labels are unresolved', () => {
    expect(findingOn('calibration', rowsOf(createRandom(8), 99), watched)?.verdict).toBe('unresolved');
  });
});

describe('fairness', () => {
  const watched = watchedWith({ groups: ['carrier'] });
  /** Answers of one carrier are moved, and the truth with them, so that rates alone differ. */
  const favouring =
    (carrier: string, by: number): NonNullable<World['score']> =>
    (drawn) =>
      Math.min(0.999, Math.max(0.001, drawn.carrier === carrier ? drawn.score + by : drawn.score));

  test('is not judged unless the plan names groups', () => {
    expect(findingOn('fairness', rowsOf(createRandom(2), ROWS), watchedWith({}))).toBeUndefined();
  });
  test('groups that are served alike never alarm', () => {
    expect(alarms('fairness', watched, {}, 13)).toBe(0);
  });
  test('a difference of exactly the limit alarms in at most 5 % of the windows', () => {
    const [many, few] = [normalQuantile(0.51), normalQuantile(0.31)];
    const world: World = {
      score: ({ carrier, gust }) => (gust < (carrier === 'AA' ? many : few) ? 0.6 : 0.4),
      truth: () => 0.5,
    };
    expect(alarms('fairness', watched, world, 14, 2_000)).toBeLessThan(atMostFive(WINDOWS));
  });
  test('a carrier that is favoured is found, by name', () => {
    const world: World = { score: favouring('AA', 0.4) };
    expect(alarms('fairness', watched, world, 15, 2_000)).toBeGreaterThan(0.95);
    const found = findingOn('fairness', rowsOf(createRandom(16), 2_000, world), watched)!;
    expect(found.severity).toBe('warning');
    expect(found.measurements[0]!.name).toContain('carrier=AA');
  });
  test('what the reference already had was accepted, and what is more than that is found', () => {
    const unequal: World = { score: favouring('AA', 0.3) };
    const profile = profileOfRows(rowsOf(createRandom(17), 20_000, unequal));
    const accepting = watchedWith({ groups: ['carrier'] }, profile);
    expect(alarms('fairness', watched, unequal, 18, 2_000)).toBeGreaterThan(0.9);
    expect(alarms('fairness', accepting, unequal, 18, 2_000)).toBeLessThan(atMostFive(WINDOWS));
    expect(alarms('fairness', accepting, { score: favouring('AA', 0.6) }, 19, 2_000)).toBeGreaterThan(0.95);
  });
  test('groups that are too small to be told apart are unresolved', () => {
    expect(findingOn('fairness', rowsOf(createRandom(20), 150), watched)).toMatchObject({
      verdict: 'unresolved',
      reason: expect.stringContaining('no two groups of carrier') as string,
    });
  });
});

describe('slices', () => {
  const limit = 0.05;
  const watched = watchedWith({ slices: ['carrier'], logLossIncrease: limit, aucDecrease: 0.5 });
  const bySlice = (world: World, seed: number, rows = ROWS): number =>
    shareOf(WINDOWS, seed, (random) =>
      findingOn('performance', rowsOf(random, rows, world), watched)!.measurements.some(
        ({ metric, drifted }) => metric.startsWith('slice') && drifted,
      ),
    );

  test('the same world alarms in no more than 5 % of the windows', () => {
    expect(bySlice({}, 23)).toBeLessThan(atMostFive(WINDOWS));
  });
  test('a slice that loses exactly the tolerated increase alarms in at most 5 % of the windows', () => {
    const own = reference.expected!.slices!.of.find(({ cell }) => cell === 'DL')!;
    const most = Math.max(own.logLoss, reference.expected!.logLoss) + limit;
    // A fixed chance p, answered as q: the expected loss is chosen by bisection to be exactly the limit.
    const answer = answerThatLoses(0.3, most);
    const world: World = {
      truth: ({ carrier, score }) => (carrier === 'DL' ? 0.3 : score),
      score: ({ carrier, score }) => (carrier === 'DL' ? answer : score),
    };
    expect(bySlice(world, 24)).toBeLessThan(atMostFive(WINDOWS));
  });
  test('one slice that went wrong is found by name, and is a warning as long as the rest is well', () => {
    const world: World = { truth: ({ carrier, score }) => (carrier === 'DL' ? 1 - score : score) };
    expect(bySlice(world, 25)).toBeGreaterThan(0.95);
    const mild: World = { truth: ({ carrier, score }) => (carrier === 'DL' ? 0.65 - 0.35 * score : score) };
    const lenient = watchedWith({ slices: ['carrier'], logLossIncrease: 0.15, aucDecrease: 0.5 });
    const found = findingOn('performance', rowsOf(createRandom(26), 6_000, mild), lenient)!;
    expect(found).toMatchObject({ verdict: 'drift', severity: 'warning' });
    expect(found.measurements.filter(({ drifted }) => drifted).map(({ name }) => name)).toEqual([
      'carrier=DL',
    ]);
  });
  test('a slice that always was hard does not alarm', () => {
    const hard: World = { truth: ({ carrier, score }) => (carrier === 'UA' ? 0.5 : score) };
    const profile = profileOfRows(rowsOf(createRandom(27), 20_000, hard));
    const knowing = watchedWith({ slices: ['carrier'], logLossIncrease: limit, aucDecrease: 0.5 }, profile);
    const share = alarms('performance', knowing, hard, 28);
    expect(share).toBeLessThan(atMostFive(WINDOWS));
  });
  test('a slice below the minimum is counted and not judged', () => {
    const world: World = { change: ({ wind }) => (wind > 1.7 ? { carrier: 'ZZ' } : {}) };
    const { numbers, measurements } = findingOn(
      'performance',
      rowsOf(createRandom(29), ROWS, world),
      watched,
    )!;
    expect(numbers['smallSlices']).toBe(1);
    expect(measurements.map(({ name }) => name)).not.toContain('carrier=(new)');
  });
});

describe('feedback', () => {
  const watched = watchedWith({ complaintRate: 0.02 });

  test('is not judged unless the plan gives a limit', () => {
    expect(findingOn('feedback', rowsOf(createRandom(2), ROWS), watchedWith({}))).toBeUndefined();
  });
  test('users who complain exactly as often as is tolerated alarm in at most 5 % of the windows', () => {
    expect(alarms('feedback', watched, { complaint: () => 0.02 }, 33)).toBeLessThan(atMostFive(WINDOWS));
  });
  test('users who complain about one group more are found', () => {
    const world: World = { complaint: ({ carrier }) => (carrier === 'B6' ? 0.25 : 0.01) };
    expect(alarms('feedback', watched, world, 34)).toBeGreaterThan(0.95);
    expect(findingOn('feedback', rowsOf(createRandom(35), ROWS, world), watched)).toMatchObject({
      severity: 'critical',
    });
  });
  test('too few answers are unresolved', () => {
    expect(findingOn('feedback', rowsOf(createRandom(36), 99), watched)?.verdict).toBe('unresolved');
  });
});

/** The answer above p whose expected log-loss is `loss` when the true chance is p. */
function answerThatLoses(p: number, loss: number): number {
  let [low, high] = [p, 1 - 1e-9];
  for (let i = 0; i < 60; i++) {
    const q = (low + high) / 2;
    if (-p * Math.log(q) - (1 - p) * Math.log(1 - q) < loss) low = q;
    else high = q;
  }
  return low;
}
