/**
 * Proves, on the real flights of March to June 2013 and the real model of January and February, that the monitor finds
 * the summer and lets March pass. It also finds the last weeks of April, and is right: the loss of the week from 18 April
 * is the worst of the half year.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { WatchSpec } from '../../contracts/plan.ts';
import type { ClosedWindow } from '../../domain/drift/monitor/index.ts';
import { watchFlights } from './flight-traffic.ts';
import { flightsAvailable, openFlights, type Flights, type ScoredFlight } from './flights.ts';

const weekly: WatchSpec = {
  windowHours: 168,
  minRows: 1000,
  psi: 0.2,
  logLossIncrease: 0.05,
  aucDecrease: 0.05,
  persistence: 1,
};

/** The performance windows by their first day, with what was announced. */
const announced = (closed: readonly ClosedWindow[]): Record<string, string | null> =>
  Object.fromEntries(
    closed
      .filter(({ part }) => part === 'performance')
      .map(({ window, findings }) => [window.start.slice(5, 10), findings[0]!.announce]),
  );

describe.skipIf(!flightsAvailable())('the real flights', () => {
  let flights: Flights;
  let spring: ScoredFlight[];
  beforeAll(async () => {
    flights = await openFlights();
    spring = await flights.scored(3, 7);
  });

  test('weekly windows: March is calm, June is not', () => {
    const closed = watchFlights(spring, flights.profile, weekly);
    const says = announced(closed);
    const weeks = (announcement: string | null) =>
      Object.keys(says).filter((week) => says[week] === announcement);
    for (const week of ['02-28', '03-07', '03-14', '03-21', '03-28', '04-04', '04-11']) {
      expect({ week, says: says[week] }).toEqual({ week, says: null });
    }
    // The AUC of the week from 2 May stands at its limit, and falls on either side of it from one training to another.
    const alarms = weeks('detected').filter((week) => week !== '05-02');
    expect(alarms).toEqual(['04-18', '04-25', '06-13']);
    expect(weeks('unresolved')).toEqual([]);
    const june = closed.find(
      ({ part, window }) => part === 'performance' && window.start.startsWith('2013-06-13'),
    )!;
    expect(june.findings[0]).toMatchObject({ verdict: 'drift', severity: 'critical' });
    expect(june.labels!.labelled + june.labels!.unlabelled).toBe(june.counts.rows);
    // Cancelled flights never land.
    expect(june.labels!.unlabelled).toBeGreaterThan(0);
  });

  test('groups and slices: as quiet as the whole until June, and the storms of June are named', () => {
    const grouped = { ...weekly, groups: ['carrier'], slices: ['origin'], calibrationError: 0.1 };
    const closed = watchFlights(spring, flights.profile, grouped).filter(
      ({ part }) => part === 'performance',
    );
    const drifted = (kind: string): string[] =>
      closed
        .filter(({ findings }) => findings.some((one) => one.kind === kind && one.verdict === 'drift'))
        .map(({ window }) => window.start.slice(5, 10));
    expect(drifted('fairness')).toEqual(['06-06']);
    expect(drifted('calibration')).toEqual(['04-18', '06-13']);
    expect(drifted('performance').filter((week) => week !== '05-02')).toEqual(
      expect.arrayContaining(['04-18', '04-25', '06-13', '06-20']),
    );
    expect(drifted('performance').filter((week) => week < '04-18')).toEqual([]);
    const june = closed.find(({ window }) => window.start.startsWith('2013-06-13'))!.findings[0]!;
    expect(
      june.measurements.filter(({ name, drifted: is }) => is && name?.startsWith('carrier=')).length,
    ).toBeGreaterThan(0);
  });

  test('a fifth of the flights finds the same weeks of June and none of March', () => {
    const some = spring.filter((_, i) => i % 5 === 0);
    const says = announced(watchFlights(some, flights.profile, { ...weekly, minRows: 300 }));
    expect(says['06-13']).toBe('detected');
    for (const week of ['03-07', '03-14', '03-21', '03-28']) expect(says[week]).toBeNull();
  });

  test('windows below the minimum are unresolved, whatever their numbers', () => {
    const few = spring.filter((_, i) => i % 50 === 0);
    const closed = watchFlights(few, flights.profile, weekly);
    expect(new Set(closed.flatMap(({ findings }) => findings.map(({ verdict }) => verdict)))).toEqual(
      new Set(['unresolved']),
    );
  });
});
