import type { WatchSpec } from '../../contracts/plan.ts';
import {
  expectedSlices,
  profileOf,
  sliceTallies,
  withRarity,
  type ReferenceProfile,
} from '../../domain/drift/index.ts';
import {
  dataSummaryOf,
  judgeWindow,
  truthSummaryOf,
  type Finding,
  type MonitoredKind,
  type Row,
  type Watched,
} from '../../domain/drift/monitor/index.ts';
import { createRandom, type Random } from '../../domain/statistics/index.ts';
import { watchedAs } from './core-fixture.ts';

export const CARRIERS = ['AA', 'B6', 'DL', 'UA'] as const;

export interface Drawn {
  readonly wind: number;
  readonly carrier: string;
  readonly gust: number;
  /** The chance of an event that the model answers; the true one unless a test says otherwise. */
  readonly score: number;
}

/** Draws a row's features and the model's answer. */
export function draw(random: Random): Drawn {
  const wind = random.normal();
  const carrier = CARRIERS[random.integer(CARRIERS.length)]!;
  return { wind, carrier, gust: random.normal(), score: 1 / (1 + Math.exp(0.5 - wind)) };
}

export interface World {
  /** The true chance of an event, the drawn score unless given. */
  readonly truth?: (drawn: Drawn) => number;
  readonly score?: (drawn: Drawn) => number;
  readonly complaint?: (drawn: Drawn) => number;
  readonly change?: (drawn: Drawn, random: Random) => Partial<Drawn>;
}

export function rowsOf(random: Random, count: number, world: World = {}): Row[] {
  return Array.from({ length: count }, (_, i): Row => {
    const drawn = draw(random);
    const { wind, carrier, gust } = { ...drawn, ...world.change?.(drawn, random) };
    const truth = random.next() < (world.truth?.(drawn) ?? drawn.score) ? 1 : 0;
    const complains = random.next() < (world.complaint?.(drawn) ?? 0);
    return {
      id: `row-${i}`,
      time: i,
      score: world.score?.(drawn) ?? drawn.score,
      features: { wind, carrier, gust },
      label: { value: truth, observedAt: 0 },
      complaint: complains ? { value: 1, observedAt: 0 } : null,
    };
  });
}

/** The profile that a release would have left, of rows without any fault. */
export function profileOfRows(rows: readonly Row[], threshold = 0.5): ReferenceProfile {
  const features = rows.map((row) => row.features!);
  const scores = rows.map(({ score }) => score);
  const labels = rows.map(({ label }) => label!.value);
  const profile = profileOf(
    [
      { name: 'wind', kind: 'numeric', values: features.map(({ wind }) => wind as number) },
      { name: 'carrier', kind: 'category', values: features.map(({ carrier }) => carrier as string) },
      { name: 'gust', kind: 'numeric', values: features.map(({ gust }) => gust as number) },
    ],
    { output: { scores, labels } },
  );
  const labelled = rows.map((row) => ({
    features: row.features!,
    label: row.label!.value,
    score: row.score,
  }));
  const of = expectedSlices(sliceTallies(labelled, profile, ['carrier'], threshold));
  const expected = { ...profile.expected!, slices: { threshold, of } };
  return withRarity({ ...profile, expected }, features);
}

export const reference = profileOfRows(rowsOf(createRandom(1), 20_000));

export const watchedWith = (settings: Partial<WatchSpec>, profile = reference): Watched => ({
  ...watchedAs('1.0.0', { minRows: 100, ...settings }),
  profile,
});

/** What is said of a window of one kind. */
export function findingOn(kind: MonitoredKind, rows: readonly Row[], watched: Watched): Finding | undefined {
  const findings =
    kind === 'data' || kind === 'prediction' || kind === 'quality'
      ? judgeWindow.data(dataSummaryOf(rows, watched.profile), watched)
      : judgeWindow.truth(truthSummaryOf(rows, watched.profile, watched.settings), watched);
  return findings.find((finding) => finding.kind === kind);
}

/** Share of simulated windows in which `says` holds. */
export function shareOf(windows: number, seed: number, says: (random: Random) => boolean): number {
  const random = createRandom(seed);
  let count = 0;
  for (let i = 0; i < windows; i++) if (says(random)) count++;
  return count / windows;
}

/** What a share of at most 5 % may look like in so many windows: three standard errors more. */
export const atMostFive = (windows: number): number => 0.05 + 3 * Math.sqrt((0.05 * 0.95) / windows);
