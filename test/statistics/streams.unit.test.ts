// Proves the promises of the streaming detectors: run length to a false alarm, quick detection, and that a detector restored from
// its snapshot at any moment goes on as if nothing had happened.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Adwin, Cusum, cusumRunLength, PageHinkley, ShiryaevRoberts } from '../../domain/drift/index.ts';
import { createRandom, StatisticsError } from '../../domain/statistics/index.ts';

interface Detector {
  update(value: number): boolean;
}

/** Updates until the alarm, at most `most`. */
function runLength(detector: Detector, next: () => number, most: number): number {
  for (let i = 1; i <= most; i++) if (detector.update(next())) return i;
  return most;
}

function meanRunLength(make: () => Detector, next: () => number, runs: number, most: number): number {
  let sum = 0;
  for (let i = 0; i < runs; i++) sum += runLength(make(), next, most);
  return sum / runs;
}

describe('mixture Shiryaev-Roberts', () => {
  const random = createRandom(71);
  const event = (rate: number) => () => (random.next() < rate ? 1 : 0);

  test('the mean run length to a false alarm is at least the stated one', () => {
    const bounded = () =>
      new ShiryaevRoberts({ baseline: { kind: 'bounded', mean: 0.1 }, averageRunLength: 500 });
    // Runs are cut at 5,000: that can only shorten the mean.
    expect(meanRunLength(bounded, event(0.1), 300, 5000)).toBeGreaterThan(500);
    const normal = () =>
      new ShiryaevRoberts({
        baseline: { kind: 'normal', mean: 0, deviation: 1 },
        mode: 'both',
        averageRunLength: 500,
      });
    expect(meanRunLength(normal, () => random.normal(), 300, 5000)).toBeGreaterThan(500);
  });

  test('a rise from 10 to 15 per cent is found within some hundreds of observations, a fall by mode down', () => {
    const baseline = { kind: 'bounded', mean: 0.1 } as const;
    const delay = (mode: 'up' | 'down', rate: number): number =>
      meanRunLength(
        () => {
          const detector = new ShiryaevRoberts({ baseline, averageRunLength: 100_000, mode });
          // It has watched for a while before the change comes.
          for (let i = 0; i < 5000; i++) detector.update(event(0.1)());
          return detector;
        },
        event(rate),
        60,
        20_000,
      );
    expect(delay('up', 0.15)).toBeLessThan(600);
    expect(delay('down', 0.02)).toBeLessThan(600);
    expect(delay('up', 0.02)).toBe(20_000);
  });

  test('one detector watches several features, and finds the one that moves', () => {
    const baseline = Array.from({ length: 5 }, () => ({ kind: 'normal', mean: 0, deviation: 1 }) as const);
    const detector = new ShiryaevRoberts({ baseline, averageRunLength: 10_000 });
    let steps = 0;
    while (!detector.updateAll(Array.from({ length: 5 }, (_, f) => random.normal() + (f === 3 ? 1 : 0))))
      steps++;
    expect(steps).toBeGreaterThan(2);
    expect(steps).toBeLessThan(100);
    expect(() => detector.updateAll([1])).toThrow(StatisticsError);
  });

  test('huge values alarm, and impossible ones are refused', () => {
    const detector = new ShiryaevRoberts({
      baseline: { kind: 'normal', mean: 0, deviation: 1 },
      mode: 'both',
    });
    expect(detector.update(1e300)).toBe(true);
    expect(JSON.parse(JSON.stringify(detector.snapshot()))).toEqual(detector.snapshot());
    const bounded = new ShiryaevRoberts({ baseline: { kind: 'bounded', mean: 0.1 } });
    expect(() => bounded.update(1.5)).toThrow(StatisticsError);
    expect(() => bounded.update(NaN)).toThrow(StatisticsError);
    expect(
      () => new ShiryaevRoberts({ baseline: { kind: 'bounded', mean: 0.99 }, alternatives: [2] }),
    ).toThrow(StatisticsError);
  });
});

test("CUSUM's run length agrees with Siegmund's formula", () => {
  const random = createRandom(72);
  for (const shift of [0, 1]) {
    const make = () => new Cusum({ mean: 0, deviation: 1, threshold: 4, mode: 'up' });
    const measured = meanRunLength(make, () => random.normal() + shift, 1500, 100_000);
    expect(Math.abs(measured / cusumRunLength(0.5, 4, shift) - 1)).toBeLessThan(0.12);
  }
});

describe.each<[string, () => { update(value: number): boolean; snapshot(): unknown }, (s: never) => unknown]>(
  [
    ['Adwin', () => new Adwin({ clock: 1, delta: 0.3 }), (s) => Adwin.restore(s)],
    ['PageHinkley', () => new PageHinkley({ threshold: 2, minInstances: 5 }), (s) => PageHinkley.restore(s)],
    [
      'ShiryaevRoberts',
      () => new ShiryaevRoberts({ baseline: { kind: 'bounded', mean: 0.4 }, averageRunLength: 10 }),
      (s) => ShiryaevRoberts.restore(s),
    ],
    ['Cusum', () => new Cusum({ mean: 0.5, deviation: 0.3, threshold: 2 }), (s) => Cusum.restore(s)],
  ],
)('%s', (_, make, restore) => {
  test('crash and restore at any moment: same answers, same bytes', () => {
    const stream = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(stream, fc.nat(120), (values, at) => {
        const steady = make();
        let crashing = make();
        values.forEach((value, i) => {
          if (i === at % values.length) {
            crashing = restore(JSON.parse(JSON.stringify(crashing.snapshot())) as never) as typeof crashing;
          }
          expect(crashing.update(value)).toBe(steady.update(value));
        });
        expect(JSON.stringify(crashing.snapshot())).toBe(JSON.stringify(steady.snapshot()));
      }),
      { numRuns: 60 },
    );
  });
});
