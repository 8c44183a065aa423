/**
 * Proves, over random traffic with late labels, duplicates and errors, that what the monitor says does not depend on the
 * order in which records within the lateness are read, nor on where it is killed and started again.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  windowKey,
  type ClosedWindow,
  type MonitorInput,
  type Stream,
} from '../../domain/drift/monitor/index.ts';
import { label, memoryLog, prediction, watching } from './core-fixture.ts';

const PARTITIONS = [0, 1];
const LATENESS = 2;

interface Traffic {
  readonly time: number;
  /** How much later than its time it is written, in hours; below the lateness. */
  readonly delay: number;
  readonly score: number;
  readonly partition: number;
  readonly status: 'ok' | 'fallback' | 'error';
  readonly twice: boolean;
  readonly label: { readonly after: number; readonly value: 0 | 1; readonly delay: number } | null;
}

const fraction = fc.integer({ min: 0, max: 1000 }).map((n) => n / 1000);
const traffic = fc.array(
  fc.record<Traffic>({
    time: fraction.map((n) => n * 120),
    delay: fraction.map((n) => n * LATENESS * 0.99),
    score: fraction,
    partition: fc.constantFrom(...PARTITIONS),
    status: fc.constantFrom('ok', 'ok', 'ok', 'fallback', 'error'),
    twice: fc.boolean(),
    label: fc.option(
      fc.record({
        after: fraction.map((n) => n * 12),
        value: fc.constantFrom(0 as const, 1 as const),
        delay: fraction.map((n) => n * LATENESS * 0.99),
      }),
      { freq: 6 },
    ),
  }),
  { minLength: 20, maxLength: 120 },
);

/** The records in the order of their writing. Rows of every partition, and labels, go on to hour 200, so that all closes. */
function written(rows: readonly Traffic[]): MonitorInput[] {
  const steps: { at: number; write: (log: ReturnType<typeof memoryLog>) => void }[] = [];
  rows.forEach((row, i) => {
    const id = `row${i}`;
    const version = row.status === 'fallback' ? 'fallback' : '1.0.0';
    const logged = prediction(id, row.time, { version, status: row.status, score: row.score });
    steps.push({ at: row.time + row.delay, write: (log) => log.predict(logged, row.partition) });
    if (row.twice)
      steps.push({ at: row.time + row.delay, write: (log) => log.predict(logged, row.partition) });
    if (row.label !== null) {
      const { after, value, delay } = row.label;
      const observed = label(id, row.time + after, value);
      steps.push({ at: row.time + after + delay, write: (log) => log.label(observed, row.partition) });
    }
  });
  for (const partition of PARTITIONS) {
    steps.push({ at: 200, write: (log) => log.predict(prediction(`end${partition}`, 200), partition) });
    steps.push({ at: 201, write: (log) => log.label(label(`end${partition}`, 201), partition) });
  }
  const log = memoryLog();
  for (const { write } of steps.sort((a, b) => a.at - b.at)) write(log);
  return log.inputs;
}

/** Another order of reading: each partition of each topic in its own order, mixed by `picks`. */
function reread(inputs: readonly MonitorInput[], picks: readonly number[]): MonitorInput[] {
  const queues = new Map<string, MonitorInput[]>();
  for (const input of inputs) {
    if (!('place' in input)) continue;
    const name = `${input.type}/${input.place.partition}`;
    queues.set(name, [...(queues.get(name) ?? []), input]);
  }
  const mixed: MonitorInput[] = [];
  for (let i = 0; queues.size > 0; i++) {
    const names = [...queues.keys()];
    const name = names[picks[i % picks.length]! % names.length]!;
    const [first, ...rest] = queues.get(name)!;
    mixed.push(first!);
    if (rest.length === 0) queues.delete(name);
    else queues.set(name, rest);
  }
  return mixed;
}

/** What a window says, without what depends on the reading: offsets, and how often a record was repeated. */
const said = (closed: readonly ClosedWindow[]): string[] =>
  closed
    .map((window) => {
      const { through: _, counts, ...rest } = window;
      return JSON.stringify({
        key: windowKey(window),
        rows: counts.rows,
        fallback: counts.fallback,
        ...rest,
      });
    })
    .sort();

const picksOf = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 5, maxLength: 40 });
const open = (restored: readonly ClosedWindow[] = []) =>
  watching({ partitions: PARTITIONS, restored, timing: { latenessHours: LATENESS, labelLatenessHours: 6 } });

test('the order of reading changes nothing', () => {
  fc.assert(
    fc.property(traffic, picksOf, (rows, picks) => {
      const inputs = written(rows);
      const straight = open();
      straight.feed(inputs);
      const mixed = open();
      mixed.feed(reread(inputs, picks));
      expect(said(mixed.closed)).toEqual(said(straight.closed));
      expect(straight.closed.length).toBeGreaterThan(0);
      expect(straight.monitor.status()[0]!.tally.late).toBe(0);
    }),
    { numRuns: 150 },
  );
});

test('killed anywhere and started again, it says the same, and each window once', () => {
  fc.assert(
    fc.property(traffic, picksOf, fc.array(fraction, { minLength: 1, maxLength: 3 }), (rows, picks, cuts) => {
      const inputs = written(rows);
      const whole = open();
      whole.feed(inputs);

      const closed: ClosedWindow[] = [];
      const commits: Record<Stream, Map<number, number>> = {
        predictions: new Map(),
        labels: new Map(),
        feedback: new Map(),
      };
      for (const cut of [...cuts, 1]) {
        const life = open(closed);
        const left = reread(inputs, picks).filter((input) => {
          if (!('place' in input)) return true;
          const stream = input.type === 'label' ? 'labels' : 'predictions';
          return input.place.offset >= (commits[stream].get(input.place.partition) ?? 0);
        });
        life.feed(left.slice(0, Math.ceil(left.length * cut)));
        closed.push(...life.closed);
        for (const stream of ['predictions', 'labels'] as const) {
          for (const [partition, offset] of life.monitor.commitPoints(stream)) {
            expect(offset).toBeGreaterThanOrEqual(commits[stream].get(partition) ?? 0);
            commits[stream].set(partition, offset);
          }
        }
      }
      expect(said(closed)).toEqual(said(whole.closed));
      expect(new Set(closed.map(windowKey)).size).toBe(closed.length);
    }),
    { numRuns: 150 },
  );
});

test('every record is in exactly one place', () => {
  fc.assert(
    fc.property(traffic, picksOf, (rows, picks) => {
      const { monitor, feed } = open();
      feed(reread(written(rows), picks));
      const { tally } = monitor.status()[0]!;
      const { counted, duplicates, late, otherVersions, invalid } = tally;
      expect(counted + duplicates + late + otherVersions + invalid).toBe(tally.predictions);
      const { joined, labelsLate, pending, unmatched, labelsInvalid, labelsEvicted } = tally;
      expect(joined + labelsLate + pending + unmatched + labelsInvalid + labelsEvicted).toBe(tally.labels);
    }),
    { numRuns: 100 },
  );
});
