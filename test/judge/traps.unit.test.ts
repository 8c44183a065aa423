// Proves each trap of continuous watching: the judge keeps its promise where the usual way breaks it, on the same
// seeded streams. The naive rules are the judge with one safeguard undone; taking that safeguard out of the judge
// itself turns the judge's half of the same test red.
import { describe, expect, it } from 'vitest';
import { kayentaHourly, naiveJudge, ourJudge, zTest } from '../../bench/judge/rivals.ts';
import type { Undone, Watcher } from '../../bench/judge/rivals.ts';
import { simulateAborts, simulateProofs, standardPlan } from '../../bench/judge/simulate.ts';
import type { WorldName } from '../../bench/judge/worlds.ts';

const RELEASES = 120;
const LOOKS = 1440;
/** Of 120 releases at a true rate of 5 %, 12 or fewer are aborted with chance .99. */
const LIMIT = 12;

const aborts = (
  world: WorldName | 'sticky',
  rule: () => Watcher,
  ratio = 1,
  looks = LOOKS,
  releases = RELEASES,
) => simulateAborts({ world, ratio, releases, looks, seed: 11 }, rule);
const ours = (kind: 'rate' | 'amount' = 'rate') => ourJudge(standardPlan(kind), kind);
const naive = (undone: Undone, step?: number) => naiveJudge(undone, 0.05, step);

describe('false alarms over a day of looks, one a minute', () => {
  it.each(['iid', 'daily', 'bursts2', 'autocorrelated', 'missing', 'heavy', 'late'] as const)(
    '%s: kept',
    (world) => {
      expect(aborts(world, ours(world === 'heavy' ? 'amount' : 'rate')).stopped).toBeLessThanOrEqual(LIMIT);
    },
  );

  it('traffic ramps 1, 5, 25 % while the base rate moves: pooling always alarms, strata do not', () => {
    expect(aborts('ramp', ours()).stopped).toBeLessThanOrEqual(LIMIT);
    expect(aborts('ramp', naive('stratification')).stopped).toBeGreaterThan(0.9 * RELEASES);
  });

  it('bursts of dispersion 4: binomial variance alarms, the variance between bins does not', () => {
    expect(aborts('bursts4', ours()).stopped).toBeLessThanOrEqual(LIMIT);
    expect(aborts('bursts4', naive('empirical-variance')).stopped).toBeGreaterThan(0.3 * RELEASES);
  });

  it('bins that correlate .6: one-minute bins alarm, widened bins do not', () => {
    expect(aborts('sticky', ours()).stopped).toBeLessThanOrEqual(LIMIT);
    expect(aborts('sticky', naive('bin-widening')).stopped).toBeGreaterThan(0.25 * RELEASES);
  });

  it('a process restarted every two hours spends its alpha again, one process does not', () => {
    expect(aborts('iid', ours(), 1, 3 * LOOKS, 60).stopped).toBeLessThanOrEqual(6);
    expect(aborts('iid', naive('single-process', 120), 1, 3 * LOOKS).stopped).toBeGreaterThan(
      0.15 * RELEASES,
    );
  });

  it('a z-test every minute alarms on nearly every second good release', () => {
    expect(aborts('iid', zTest()).stopped).toBeGreaterThan(0.35 * RELEASES);
  });
});

describe('real harm is found in time', () => {
  it.each([
    [1.5, 100],
    [2, 35],
    [5, 10],
  ])('x%f within %i minutes in the median', (ratio, minutes) => {
    const { median, stopped } = aborts('iid', ours(), ratio);
    expect(stopped).toBe(RELEASES);
    expect(median).toBeLessThanOrEqual(minutes);
  });

  it('also through bursts, correlation and a ramp', () => {
    for (const world of ['bursts4', 'sticky', 'ramp'] as const) {
      expect(aborts(world, ours(), 2, LOOKS, 40).stopped).toBe(40);
    }
  });

  it('sooner than Kayenta looks, for a canary that fails five times as often', () => {
    const kayenta = aborts('iid', kayentaHourly(), 5, 240, 20).median;
    expect(kayenta).toBeGreaterThanOrEqual(60);
    expect(aborts('iid', ours(), 5, 240, 20).median).toBeLessThan(30);
  });
});

describe('promotion', () => {
  const proofs = (ratio: number, margin: Parameters<typeof standardPlan>[1], rate = 0.01) =>
    simulateProofs(
      { world: 'iid', ratio, rate, releases: RELEASES, looks: LOOKS, seed: 12 },
      standardPlan('rate', margin),
    );

  it.each([
    ['a relative margin', 1.2, { relative: 0.2 }, 0.01],
    ['an absolute margin', 1.5, { absolute: 0.005 }, 0.01],
    ['rare events', 3, { absolute: 0.002 }, 0.001],
  ] as const)(
    'is wrong for at most 5 %% of canaries whose harm is the margin: %s',
    (_name, ratio, margin, rate) => {
      expect(proofs(ratio, margin, rate).stopped).toBeLessThanOrEqual(LIMIT);
    },
  );

  it('comes for a harmless canary', () => {
    expect(proofs(1, { relative: 0.2 }).stopped).toBeGreaterThan(0.95 * RELEASES);
  });
});
