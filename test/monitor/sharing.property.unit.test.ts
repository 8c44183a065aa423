/**
 * Proves that monitors that share a model by partitions say what one monitor says, to the last bit: whoever owns which
 * partition, in whatever order they read and their shares arrive, and however often a share comes.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createAssemblies,
  createCollector,
  createMonitor,
  dataSummaryOf,
  judgeWindow,
  mergeDataSummaries,
  mergeTruthSummaries,
  truthSummaryOf,
  type ClosedWindow,
  type MonitorInput,
  type PartitionNews,
  type Stream,
  type Watched,
} from '../../domain/drift/monitor/index.ts';
import { createRandom } from '../../domain/statistics/index.ts';
import { memoryLog, prediction } from './core-fixture.ts';
import { reference, rowsOf, watchedWith } from './judge-world.ts';
import { syntheticTraffic } from './synthetic.ts';

const PARTITIONS = [0, 1, 2, 3];
const settings = {
  groups: ['carrier'],
  slices: ['wind'],
  calibrationError: 0.05,
  outOfDistribution: 0.05,
  complaintRate: 0.02,
  minRows: 50,
};
const watched: Watched = watchedWith(settings);
const timing = { latenessHours: 2, labelLatenessHours: 6 };

/** Days of traffic over four partitions, with complaints, ended by a row and a label in each. */
function written(seed: number): MonitorInput[] {
  const log = memoryLog(PARTITIONS.length);
  const partitionOf = (id: string): number => Number(id.replaceAll(/\D/g, '')) % PARTITIONS.length;
  for (const one of syntheticTraffic(seed, 3, 200, 1, 2)) {
    if (one.kind === 'label') log.label(one.label, partitionOf(one.label.predictionId));
    else {
      const { predictionId: id, time } = one.prediction;
      log.predict(one.prediction, partitionOf(id));
      if (Number(id.slice(4)) % 13 === 0) {
        const complaint = { model: 'flights', predictionId: id, complaint: 'wrong', givenAt: time };
        log.feedback(complaint, partitionOf(id));
      }
    }
  }
  for (const partition of PARTITIONS) log.predict(prediction(`end${partition}`, 200), partition);
  return [
    ...log.inputs,
    ...PARTITIONS.flatMap((partition) =>
      (['predictions', 'labels', 'feedback'] as const).map((stream): MonitorInput => ({
        type: 'caughtUp',
        stream,
        partition,
        progress: { flights: { predictions: Date.parse('2013-03-20T00:00:00Z') } },
      })),
    ),
  ];
}

const watch: MonitorInput = { type: 'watch', model: 'flights', watched };

function asOne(inputs: readonly MonitorInput[]): ClosedWindow[] {
  const monitor = createMonitor({ partitions: PARTITIONS, judge: judgeWindow, timing });
  return [watch, ...inputs].flatMap((input) => [...monitor.apply(input)]);
}

const partitionsOf = (input: MonitorInput): number =>
  input.type === 'caughtUp' ? input.partition : 'place' in input ? input.place.partition : -1;

/** What one process says, given everything, in the order of its own partitions' reading. */
function newsOf(inputs: readonly MonitorInput[], owned: readonly number[]): PartitionNews[] {
  const collector = createCollector({ partitions: owned, timing });
  return [watch, ...inputs.filter((input) => owned.includes(partitionsOf(input)))].flatMap((input) => [
    ...collector.apply(input),
  ]);
}

/** A window in words: keys in one order, because who spoke first must not show. */
const said = (closed: readonly ClosedWindow[]): string[] =>
  closed.map(({ through, ...rest }) => JSON.stringify([rest, Object.keys(through ?? {}).sort()])).sort();

test('any split over processes, in any order, gives the windows of one process', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 4, maxLength: 4 }),
      fc.infiniteStream(fc.integer({ min: 0, max: 2 })),
      (seed, ownerOf, picks) => {
        const inputs = written(seed);
        const expected = asOne(inputs);
        const queues = [0, 1, 2].map((process) =>
          newsOf(
            inputs,
            PARTITIONS.filter((partition) => ownerOf[partition] === process),
          ),
        );
        const assemblies = createAssemblies(PARTITIONS, judgeWindow);
        assemblies.apply(watch as Extract<MonitorInput, { type: 'watch' }>);
        const closed: ClosedWindow[] = [];
        while (queues.some(({ length }) => length > 0)) {
          const left = queues.filter(({ length }) => length > 0);
          const news = left[picks.next().value! % left.length]!.shift()!;
          closed.push(...assemblies.apply({ type: 'news', news }));
          // As Kafka may deliver it: twice.
          closed.push(...assemblies.apply({ type: 'news', news: JSON.parse(JSON.stringify(news)) as never }));
        }
        expect(said(closed)).toEqual(said(expected));
        expect(expected.filter(({ part }) => part === 'performance').length).toBeGreaterThanOrEqual(3);
        expect(expected.flatMap(({ findings }) => findings.map(({ kind }) => kind))).toEqual(
          expect.arrayContaining(['data', 'performance', 'calibration', 'fairness', 'feedback']),
        );
        expect(assemblies.waiting).toBe(0);
      },
    ),
    { numRuns: 25 },
  );
});

/**
 * A process that dies at these shares of its input. What it said up to then stands in the state topic, save the end of its last
 * words; its offsets were saved some time before. Returns all that it said in all its lives, in order.
 */
function livesOf(
  inputs: readonly MonitorInput[],
  owned: readonly number[],
  cuts: readonly number[],
): PartitionNews[] {
  const said: PartitionNews[] = [];
  const saved: Record<Stream, Map<number, number>> = {
    predictions: new Map(),
    labels: new Map(),
    feedback: new Map(),
  };
  const mine = inputs.filter((input) => owned.includes(partitionsOf(input)));
  const streamOf = { prediction: 'predictions', label: 'labels', feedback: 'feedback' } as const;
  for (const cut of [...cuts, 1]) {
    const collector = createCollector({ partitions: owned, timing });
    for (const news of said) collector.apply({ type: 'news', news });
    collector.apply(watch);
    const left = mine.filter((input) => {
      if (!('place' in input) || input.type === 'skipped') return true;
      return input.place.offset >= (saved[streamOf[input.type]].get(input.place.partition) ?? 0);
    });
    const life = left.slice(0, Math.ceil(left.length * cut));
    for (const [i, input] of life.entries()) {
      const news = collector.apply(input);
      const dies = cut < 1 && i === life.length - 1;
      said.push(...(dies ? news.slice(0, Math.floor(news.length / 2)) : news));
      if (dies) break;
      for (const one of news) {
        if (one.type !== 'partial' || one.partial.part !== 'performance') continue;
        collector.release('flights', Date.parse(one.partial.window.end), one.partial.partition);
      }
      if (i % 50 !== 0) continue;
      for (const stream of ['predictions', 'labels', 'feedback'] as const) {
        for (const [partition, offset] of collector.commitPoints(stream))
          saved[stream].set(partition, offset);
      }
    }
  }
  return said;
}

test('each killed anywhere, they say what one says that lives on', () => {
  const fraction = fc.integer({ min: 1, max: 999 }).map((n) => n / 1000);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.array(fraction, { maxLength: 3 }),
      fc.array(fraction, { maxLength: 3 }),
      (seed, first, second) => {
        const inputs = written(seed);
        const assemblies = createAssemblies(PARTITIONS, judgeWindow);
        // The judge hears of the watch last of all.
        const early = livesOf(inputs, [0, 1], first).flatMap((news) => [
          ...assemblies.apply({ type: 'news', news }),
        ]);
        expect(early).toEqual([]);
        const closed = [...assemblies.apply(watch as Extract<MonitorInput, { type: 'watch' }>)];
        for (const news of livesOf(inputs, [2, 3], second)) {
          closed.push(...assemblies.apply({ type: 'news', news }));
        }
        expect(said(closed)).toEqual(said(asOne(inputs)));
      },
    ),
    { numRuns: 25 },
  );
});

test('summaries of any split of the rows add up to the very summary of all of them', () => {
  const rows = rowsOf(createRandom(60), 400, {
    complaint: () => 0.1,
    change: ({ wind }) => (wind > 1 ? { carrier: `new-${wind}` } : {}),
  }).map((row, i) => (i % 7 === 0 ? { ...row, label: null } : row));
  fc.assert(
    fc.property(fc.infiniteStream(fc.integer({ min: 0, max: 3 })), (shards) => {
      const split: (typeof rows)[] = [[], [], [], []];
      for (const row of rows) split[shards.next().value!]!.push(row);
      const data = split.map((some) => dataSummaryOf(some, reference)).reduce(mergeDataSummaries);
      const truth = split
        .map((some) => truthSummaryOf(some, reference, watched.settings))
        .reduce(mergeTruthSummaries);
      expect(data).toEqual(dataSummaryOf(rows, reference));
      expect(truth).toEqual(truthSummaryOf(rows, reference, watched.settings));
    }),
    { numRuns: 40 },
  );
});

test('the size of a share is that of the profile, not of the window', () => {
  const sizeOf = (count: number): number => {
    const rows = rowsOf(createRandom(61), count, { change: ({ wind }) => ({ carrier: `key-${wind}` }) });
    const summaries = [dataSummaryOf(rows, reference), truthSummaryOf(rows, reference, watched.settings)];
    return JSON.stringify(summaries).length;
  };
  // The table of scores fills up to 4,097 entries; nothing else grows.
  expect(sizeOf(100_000)).toBeLessThan(200_000);
  expect(sizeOf(100_000)).toBeLessThan(2 * sizeOf(20_000));
});

test('a share made with another profile is not added: the window is unresolved, with the reason', () => {
  const inputs = written(5);
  const other: MonitorInput = {
    ...watch,
    watched: { ...watched, profileId: 'e'.repeat(64) },
  } as MonitorInput;
  const collector = createCollector({ partitions: [0], timing });
  const changed = [other, ...inputs.filter((input) => partitionsOf(input) === 0)].flatMap((input) => [
    ...collector.apply(input),
  ]);
  const assemblies = createAssemblies(PARTITIONS, judgeWindow);
  assemblies.apply(watch as Extract<MonitorInput, { type: 'watch' }>);
  const closed = [...changed, ...newsOf(inputs, [1, 2, 3])].flatMap((news) => [
    ...assemblies.apply({ type: 'news', news }),
  ]);
  expect(closed.length).toBeGreaterThan(0);
  for (const { findings } of closed) {
    for (const { verdict, reason } of findings) {
      expect(verdict).toBe('unresolved');
      expect(reason).toMatch(/the watch changed/);
    }
  }
});
