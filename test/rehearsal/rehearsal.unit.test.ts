/**
 * Proves that the rehearsal plays whole blocks of real rows at their own times to the monitor's own core, that its numbers say what
 * they claim (delays with misses counted, false alarms with a bound that holds), and that a monitor which never alarms and one
 * which always alarms are told from a good one.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WatchSpec } from '../../contracts/plan.ts';
import { profileOf } from '../../domain/drift/index.ts';
import {
  falseAlarmInterval,
  intensitiesOf,
  noticed,
  rehearse,
  type DriftRun,
  type Level,
  type PoolRow,
  type RehearseInput,
} from '../../domain/rehearsal/index.ts';
import { blocksOf, drawWindow } from '../../domain/rehearsal/pool.ts';
import { createRandom } from '../../domain/statistics/index.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T0 = Date.parse('2013-02-01T00:00:00Z');

/** Ten days of rows whose label follows the score, or (`worth` 0) has nothing to do with it. */
function rowsOf(seed: number, worth: number): PoolRow[] {
  const random = createRandom(seed);
  return Array.from({ length: 3000 }, (_, i) => {
    const score = 0.05 + 0.9 * random.next();
    const chance = worth * score + (1 - worth) * 0.5;
    const at = T0 + Math.floor((i * 10 * DAY) / 3000);
    const label = random.next() < chance ? 1 : 0;
    return {
      features: { x: score, carrier: i % 2 === 0 ? 'AA' : 'UA' },
      score,
      label,
      at,
      knownAt: at + 5 * HOUR,
    };
  });
}

const good = rowsOf(1, 1);
const profile = profileOf(
  [
    { name: 'x', kind: 'numeric', values: good.map(({ score }) => score) },
    { name: 'carrier', kind: 'category', values: good.map((_, i) => (i % 2 === 0 ? 'AA' : 'UA')) },
  ],
  { output: { scores: good.map(({ score }) => score), labels: good.map(({ label }) => label ?? 0) } },
);
const levels: Level[] = [0, 0.5, 1].map((intensity) => ({
  intensity,
  rows: intensity === 0 ? good : rowsOf(1, 1 - intensity),
  loss: intensity * 0.3,
  broken: intensity > 0.7,
}));
const spec: WatchSpec = {
  windowHours: 48,
  minRows: 100,
  psi: 0.2,
  logLossIncrease: 0.05,
  aucDecrease: 0.05,
  persistence: 1,
};
const input = (scenario: RehearseInput['scenario'], watch: Partial<WatchSpec> = {}): RehearseInput => ({
  scenario,
  settings: { before: scenario === 'calm' ? 4 : 1, after: scenario === 'calm' ? 0 : 4, season: 4, recurs: 1 },
  levels,
  watched: { version: '1', release: 'release/m/1', settings: { ...spec, ...watch }, profile, profileId: 'p' },
  minSeverity: 'warning',
  runs: 10,
  rowsPerWindow: 300,
  blockHours: 24,
  seed: 7,
});
const play = (scenario: RehearseInput['scenario'], watch: Partial<WatchSpec> = {}) =>
  rehearse(input(scenario, watch), () => undefined);

describe('traffic', () => {
  it('is whole blocks, each row at its own hour of its own day, in the order of time and within the window', () => {
    const start = T0 + 100 * DAY;
    const window = drawWindow(blocksOf(good, 24), start, start + 2 * DAY, null, createRandom(1));
    const hourOf = (at: number): number => at % DAY;
    for (const row of window) {
      const own = good.filter(({ score, label }) => score === row.score && label === row.label);
      expect(
        own.some(({ at, knownAt }) => hourOf(at) === hourOf(row.at) && knownAt - at === row.knownAt - row.at),
      ).toBe(true);
    }
    expect(window.map(({ at }) => at)).toEqual(window.map(({ at }) => at).sort((a, b) => a - b));
    expect(window.every(({ at }) => at >= start && at < start + 2 * DAY)).toBe(true);
    // Of one day, all rows and no others.
    const first = new Set(window.filter(({ at }) => at < start + DAY).map(({ score }) => score));
    const days = blocksOf(good, 24).blocks.filter((block) => block.some(({ score }) => first.has(score)));
    expect(days).toHaveLength(1);
    expect(first.size).toBe(days[0]!.length);
  });

  it('has about as many rows as asked', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 2000 }), (rows) => {
        const drawn = drawWindow(blocksOf(good, 24), T0, T0 + 7 * DAY, rows, createRandom(rows));
        expect(Math.abs(drawn.length - rows)).toBeLessThanOrEqual(7);
      }),
    );
  });
});

describe('scenarios', () => {
  const settings = { before: 2, after: 6, season: 6, recurs: 2 };

  it('go on as their names say', () => {
    expect(intensitiesOf('calm', settings)).toEqual(Array(8).fill(0));
    expect(intensitiesOf('sudden', settings)).toEqual([0, 0, 1, 1, 1, 1, 1, 1]);
    expect(intensitiesOf('recurring', settings)).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
    const gradual = intensitiesOf('gradual', settings);
    expect(gradual).toEqual([...gradual].sort((a, b) => a - b));
    expect(gradual.at(-1)).toBe(1);
    const seasonal = intensitiesOf('seasonal', settings);
    expect(Math.max(...seasonal)).toBe(1);
    expect(seasonal.at(-1)).toBe(0);
  });
});

describe('numbers', () => {
  const run = (alarm: number | null, more: Partial<DriftRun> = {}): DriftRun => ({
    alarm,
    alarmedBefore: false,
    floor: 4,
    loss: 0.1,
    ...more,
  });

  it('count a miss as later than all that was looked at, and leave out runs that were alarmed before', () => {
    const runs = [run(1), run(2), run(2), run(null), run(9, { alarmedBefore: true })];
    const found = noticed(runs, 6)!;
    expect(found).toMatchObject({ runs: 4, alarmedBefore: 1, missed: { estimate: 0.25 } });
    expect(found.delay.value).toBe(2);
    expect(found.delay90.value).toBe(7);
    expect(found.lead.value).toBe(2);
    expect(noticed([run(1, { alarmedBefore: true })], 6)).toBeNull();
    expect(noticed([run(5)], 6)!.lead.value).toBe(-1);
    expect(noticed([run(5, { floor: null })], 6)!.lead.value).toBe(2);
  });

  it('bound the interval of false alarms exactly: by the rule of three without any', () => {
    const none = falseAlarmInterval([{ alarms: 0, windowsAtRisk: 300 }]);
    expect(none).toMatchObject({ estimate: null, alarms: 0 });
    expect(none.lower).toBeCloseTo(300 / -Math.log(0.05), 6);
    const five = falseAlarmInterval(Array(5).fill({ alarms: 1, windowsAtRisk: 20 }));
    expect(five.estimate).toBe(20);
    expect(five.lower).toBeCloseTo(100 / 10.513, 2); // Garwood's upper bound of 5 events
  });

  it('have a bound of false alarms that holds in 95 of 100 rehearsals, also of few looks', () => {
    const random = createRandom(3);
    let holds = 0;
    for (let n = 0; n < 2000; n++) {
      // An alarm in one of 20 windows; it stands for the two after it, which cannot alarm.
      const runs = Array.from({ length: 40 }, () => {
        let [alarms, windowsAtRisk, standing] = [0, 0, 0];
        for (let window = 0; window < 6; window++) {
          if (standing-- > 0) continue;
          windowsAtRisk++;
          if (random.next() < 0.05) [alarms, standing] = [alarms + 1, 2];
        }
        return { alarms, windowsAtRisk };
      });
      if (falseAlarmInterval(runs).lower <= 20) holds++;
    }
    expect(holds / 2000).toBeGreaterThan(0.94);
    expect(holds / 2000).toBeLessThan(0.995);
  });
});

describe('the monitor', () => {
  it('notices a sudden change at once and a gradual one later, and is calm without one', () => {
    const sudden = noticed(play('sudden').drift, 4)!;
    expect(sudden.delay.value).toBe(1);
    expect(sudden.missed.estimate).toBe(0);
    const gradual = noticed(play('gradual').drift, 4)!;
    expect(gradual.delay.value).toBeGreaterThan(1);
    const { calm } = play('calm');
    expect(calm.reduce((sum, { windowsAtRisk }) => sum + windowsAtRisk, 0)).toBeGreaterThan(35);
    expect(falseAlarmInterval(calm).alarms).toBeLessThanOrEqual(2);
  });

  it('that never alarms misses everything, and one that always alarms is never calm', () => {
    const deaf = play('sudden', { logLossIncrease: 10, aucDecrease: 1, psi: 100 });
    expect(noticed(deaf.drift, 4)!.missed.estimate).toBe(1);
    expect(noticed(deaf.drift, 4)!.delay.value).toBe(5);
    const hasty = play('calm', { logLossIncrease: -1, aucDecrease: -1 });
    expect(falseAlarmInterval(hasty.calm)).toMatchObject({ alarms: 10, windowsAtRisk: 10, estimate: 1 });
  });

  it('is asked the same each time, and more runs leave the first as they were', () => {
    expect(play('seasonal')).toEqual(play('seasonal'));
    const more = rehearse({ ...input('seasonal'), runs: 12 }, () => undefined);
    expect(more.drift.slice(0, 10)).toEqual(play('seasonal').drift);
    const other = rehearse({ ...input('seasonal'), seed: 8, rowsPerWindow: 101 }, () => undefined);
    expect(other).not.toEqual(rehearse({ ...input('seasonal'), rowsPerWindow: 101 }, () => undefined));
  });

  it('that may not judge says nothing', () => {
    const { unresolvedShare, drift } = play('sudden', { minRows: 5000 });
    expect(unresolvedShare).toBe(1);
    expect(drift.every(({ alarm }) => alarm === null)).toBe(true);
  });
});
