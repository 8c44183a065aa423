/**
 * Drift statistics side by side with Evidently, scipy and river: the same data, one run, turn by turn in many short
 * rounds, so that a busy machine slows both of a pair alike. A target is held against the median of the rounds' ratios.
 *
 *     node --import tsx bench/drift/bench.ts [--quick]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  Adwin,
  driftWindowReport,
  PageHinkley,
  ShiryaevRoberts,
  type Column,
  type DriftReport,
} from '../../domain/drift/index.ts';
import { createRandom } from '../../domain/statistics/index.ts';
import { installRivals, Rivals, type Timed } from './rivals.ts';

export interface BenchResult {
  machine: object;
  versions: Record<string, string>;
  raw: unknown;
  targets: { name: string; value: number; target: string; holds: boolean }[];
}

const COLUMNS = 20;

/** Normal, uniform, heavy-tailed and tied columns; the first five have drifted in the current rows. */
function makeTable(rows: number, seed: number, drifted: boolean): Float64Array {
  const random = createRandom(seed);
  const table = new Float64Array(rows * COLUMNS);
  for (let c = 0; c < COLUMNS; c++) {
    const shift = drifted && c < 5 ? 0.1 : 0;
    for (let i = 0; i < rows; i++) {
      const kind = c % 4;
      const value =
        kind === 0
          ? random.normal()
          : kind === 1
            ? random.next()
            : kind === 2
              ? Math.exp(random.normal())
              : Math.round(20 * random.normal()) / 20;
      table[c * rows + i] = value + shift;
    }
  }
  return table;
}

const columnsOf = (table: Float64Array, rows: number): Column[] =>
  Array.from({ length: COLUMNS }, (_, c) => ({
    name: `f${c}`,
    kind: 'numeric',
    values: table.subarray(c * rows, (c + 1) * rows),
  }));

function timed<T>(task: () => T): Timed<T> {
  const wall = performance.now();
  const cpu = process.cpuUsage();
  const answer = task();
  const { user, system } = process.cpuUsage(cpu);
  return { wall: (performance.now() - wall) / 1000, cpu: (user + system) / 1e6, answer };
}

function feed(detector: { update(value: number): boolean }, values: Float64Array): number {
  let alarms = 0;
  for (let i = 0; i < values.length; i++) if (detector.update(values[i]!)) alarms++;
  return alarms;
}

type Times = Record<string, { wall: number[]; cpu: number[] }>;

function note(times: Times, name: string, { wall, cpu }: Timed<unknown>): void {
  const entry = (times[name] ??= { wall: [], cpu: [] });
  entry.wall.push(wall);
  entry.cpu.push(cpu);
}

/** Median over the rounds of their time over ours, each ratio of two measurements that stand next to each other. */
function pairedRatio(times: Times, ours: string, theirs: string, clock: 'wall' | 'cpu'): number {
  const own = times[ours]![clock];
  const ratios = times[theirs]![clock].map((seconds, round) => seconds / own[round]!).sort((a, b) => a - b);
  const middle = (ratios.length - 1) / 2;
  return (ratios[Math.floor(middle)]! + ratios[Math.ceil(middle)]!) / 2;
}

type ScipyRow = Record<'ks' | 'pValue' | 'wasserstein' | 'psi' | 'jensenShannonDistance', number>;

/** The largest relative difference between our numbers and scipy's. */
function disagreement(report: DriftReport, theirs: readonly ScipyRow[]): number {
  let largest = 0;
  report.features.forEach(({ measures, pValue }, c) => {
    const ours: ScipyRow = { ...(measures as unknown as ScipyRow), pValue: pValue! };
    // Quantile bins of tied columns differ by definition (numpy leaves repeated edges).
    const names = (
      c % 4 === 3 ? ['ks', 'pValue', 'wasserstein', 'jensenShannonDistance'] : Object.keys(theirs[c]!)
    ) as (keyof ScipyRow)[];
    for (const name of names) {
      const expected = theirs[c]![name];
      const gap = Math.abs(ours[name] - expected);
      largest = Math.max(largest, expected === 0 ? gap : gap / Math.abs(expected));
    }
  });
  return largest;
}

/** Runs the bench. `quick`: a tenth of the rows, fewer and shorter rounds. */
export async function run({ quick }: { quick: boolean }): Promise<BenchResult> {
  const rows = quick ? 10_000 : 100_000;
  const updates = quick ? 100_000 : 250_000;
  const rounds = quick ? { report: 3, stream: 11 } : { report: 5, stream: 31 };
  await installRivals();
  const random = createRandom(7);
  const reference = makeTable(rows, 1, false);
  const current = makeTable(rows, 2, true);
  const events = new Float64Array(updates).map(() => (random.next() < 0.1 ? 1 : 0));
  const values = new Float64Array(updates).map(() => random.normal());
  const directory = await mkdtemp(join(tmpdir(), 'seatrial-bench-'));
  const times: Times = {};
  let rivals: Rivals | undefined;
  try {
    for (const [name, data] of Object.entries({ reference, current, events, values })) {
      await writeFile(join(directory, `${name}.f64`), new Uint8Array(data.buffer));
    }
    rivals = await Rivals.start(directory, rows, COLUMNS);
    const left = columnsOf(reference, rows);
    const right = columnsOf(current, rows);
    let apart = 0;
    let drifted: readonly string[] = [];
    // The first round of each is not counted: one side compiles, the other fills its caches.
    for (let round = 0; round <= rounds.report; round++) {
      const report = timed(() => driftWindowReport(left, right));
      const scipy = await rivals.time<ScipyRow[]>('scipy');
      apart = Math.max(apart, disagreement(report.answer, scipy.answer));
      drifted = report.answer.drifted;
      if (round === 0) continue;
      note(times, 'seatrial report', report);
      note(times, 'scipy four statistics', scipy);
      note(times, 'evidently report', await rivals.time('evidently'));
    }
    const streams: [name: string, task: () => number][] = [
      ['seatrial ADWIN', () => feed(new Adwin(), events)],
      ['seatrial Page-Hinkley', () => feed(new PageHinkley(), events)],
      [
        'seatrial Shiryaev-Roberts, events',
        () => feed(new ShiryaevRoberts({ baseline: { kind: 'bounded', mean: 0.1 } }), events),
      ],
      [
        'seatrial Shiryaev-Roberts, normal',
        () =>
          feed(
            new ShiryaevRoberts({ baseline: { kind: 'normal', mean: 0, deviation: 1 }, mode: 'both' }),
            values,
          ),
      ],
    ];
    for (let round = 0; round <= rounds.stream; round++) {
      const counted = round === 0 ? {} : times;
      note(counted, 'river ADWIN', await rivals.time('adwin'));
      note(counted, 'river Page-Hinkley', await rivals.time('pageHinkley'));
      for (const [name, task] of streams) note(counted, name, timed(task));
    }
    const target = (name: string, value: number, atLeast: number) => ({
      name,
      value,
      target: `at least ${atLeast}`,
      holds: value >= atLeast,
    });
    // Some of the reports' rivals compute on several threads: by the wall's and the processor's clock, and the worse counts.
    const report = (name: string, theirs: string, atLeast: number) =>
      target(
        name,
        Math.min(
          pairedRatio(times, 'seatrial report', theirs, 'wall'),
          pairedRatio(times, 'seatrial report', theirs, 'cpu'),
        ),
        atLeast,
      );
    // Streams run on one thread: the processor's clock, since a busy machine's wall shows who was interrupted. It counts
    // Node's compiler and garbage collector against us.
    const stream = (name: string, ours: string, theirs: string, atLeast: number) =>
      target(name, pairedRatio(times, ours, theirs, 'cpu'), atLeast);
    const [ph, sr] = ['river Page-Hinkley', 'seatrial Shiryaev-Roberts'];
    return {
      machine: { cpu: cpus()[0]?.model, cores: cpus().length, memoryGb: Math.round(totalmem() / 2 ** 30) },
      versions: { node: process.version, ...rivals.versions },
      raw: { rows, columns: COLUMNS, updates, rounds, seconds: times, drifted },
      targets: [
        report('report against Evidently', 'evidently report', 10),
        report('report against scipy', 'scipy four statistics', 3),
        {
          name: 'largest relative difference from scipy',
          value: apart,
          target: 'at most 1e-9',
          holds: apart <= 1e-9,
        },
        stream('ADWIN against river', 'seatrial ADWIN', 'river ADWIN', 1),
        stream('Page-Hinkley against river', 'seatrial Page-Hinkley', ph, 5),
        stream('Shiryaev-Roberts (events) against river Page-Hinkley', `${sr}, events`, ph, 5),
        stream('Shiryaev-Roberts (normal) against river Page-Hinkley', `${sr}, normal`, ph, 5),
      ],
    };
  } finally {
    await rivals?.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const result = await run({ quick: process.argv.includes('--quick') });
  console.log(JSON.stringify(result, null, 2));
  if (result.targets.some(({ holds }) => !holds)) process.exitCode = 1;
}
