import type { Signature } from '../../../contracts/plan.ts';
import type { DriftRehearsalParameters } from '../../../contracts/schemas/drift-rehearsal.ts';
import type { QualityFloor } from '../../../contracts/schemas/synthetic.ts';
import type { Level, PoolRow } from '../../../domain/rehearsal/index.ts';
import { createRandom } from '../../../domain/statistics/random.ts';
import {
  columnsOf,
  perturb,
  shapesOf,
  type Bounded,
  type ColumnShape,
} from '../../../domain/synthetic/index.ts';
import { failure } from '../../failure.ts';
import type { DataRow } from '../labelled-rows.ts';
import type { ModelClient } from '../model-client.ts';
import { sampleRows, type DataFile } from '../sample-rows.ts';
import { scoreRows } from '../score-rows.ts';
import { floorOf, qualityOf } from '../twin/quality-of.ts';

/** A row with its event time and the time at which its label was known. */
export interface TimedRow extends DataRow {
  readonly at: number;
  readonly knownAt: number;
}

/** Rows that have an event time. Throws `DataUnreadable` when none has. */
export async function timedRows(
  file: DataFile,
  signature: Signature,
  given: DriftRehearsalParameters,
  most: number,
): Promise<TimedRow[]> {
  const { labelColumn, timeColumn, labelTimeColumn } = given;
  const times = [timeColumn, ...(labelTimeColumn === undefined ? [] : [labelTimeColumn])];
  const rows = await sampleRows(file, { signature, labelColumn, times, most });
  const timed = rows.flatMap((row): TimedRow[] => {
    const [at = null, knownAt = at] = row.times;
    // A truth that was known before the question is no truth of a forecast; it is taken as known at once.
    return at === null ? [] : [{ ...row, at, knownAt: Math.max(at, knownAt ?? at) }];
  });
  if (timed.length > 0) return timed.sort((a, b) => a.at - b.at);
  throw failure(
    'DataUnreadable',
    `${file.what} has no time in the column ${timeColumn}; name the column of event times`,
  );
}

/** The model's answers to the rows of each level: small enough to be kept for another attempt. */
export interface LevelScores {
  readonly scores: readonly (readonly number[])[];
  readonly unanswered: number;
  readonly whyNot: string;
}

/** The rows at each intensity of the change, from none to its worst. */
export function changedLevels(
  rows: readonly TimedRow[],
  signature: Signature,
  { change, seed }: DriftRehearsalParameters,
): { readonly intensity: number; readonly rows: readonly TimedRow[] }[] {
  const inputs = signature.inputs.map(({ name, kind }) => ({ name, kind }));
  const columns = columnsOf(
    inputs,
    rows.map(({ features }) => inputs.map(({ name }) => features[name] ?? null)),
  );
  const labels = rows.map(({ label }) => label ?? 0);
  const shapes = shapesOf(columns, labels, createRandom(seed));
  return Array.from({ length: change.levels }, (_, i) => {
    const intensity = i / (change.levels - 1);
    return { intensity, rows: changedRows(rows, change, change.intensity * intensity, shapes, seed) };
  });
}

/** Asks the model every row of every level once. */
export async function askLevels(
  client: ModelClient,
  levels: ReturnType<typeof changedLevels>,
  onlyLabels: boolean,
  scoring: { readonly batchRows: number; readonly fallback: number },
  onShare: (share: number) => void,
): Promise<LevelScores> {
  const scores: number[][] = [];
  let unanswered = 0;
  let whyNot = '';
  for (const [n, { rows }] of levels.entries()) {
    // Where only labels change, the answers are those of the unchanged rows.
    const known = onlyLabels ? scores[0] : undefined;
    if (known !== undefined) {
      scores.push(known);
      continue;
    }
    const features = rows.map((row) => row.features);
    const scored = await scoreRows(client, features, scoring, (share) =>
      onShare((n + share) / levels.length),
    );
    scores.push([...scored.scores]);
    unanswered += scored.unanswered;
    whyNot ||= scored.whyNot;
  }
  return { scores, unanswered, whyNot };
}

export interface ScoredLevels {
  readonly levels: readonly Level[];
  /** Quality of unchanged rows, and by level; null where it cannot be measured. */
  readonly clean: Bounded;
  readonly qualities: readonly (Bounded | null)[];
}

/** The levels with their answers and the quality that the model really has on each. */
export function scoredLevels(
  levels: ReturnType<typeof changedLevels>,
  { scores }: LevelScores,
  quality: QualityFloor,
): ScoredLevels {
  const floor = floorOf(quality);
  const qualities = levels.map(({ rows }, n) => {
    const labels = rows.map(({ label }) => label ?? 0);
    return qualityOf(quality, labels, scores[n]!);
  });
  const [clean] = qualities;
  if (clean == null) {
    const what = `the validation file has only one class in ${levels[0]!.rows.length} rows`;
    throw failure('DataUnreadable', `${what}; give rows of both classes`);
  }
  return {
    clean,
    qualities,
    levels: levels.map(({ intensity, rows }, n): Level => {
      const value = qualities[n]?.estimate ?? clean.estimate;
      return {
        intensity,
        rows: rows.map((row, i) => poolRow(row, scores[n]![i]!)),
        loss: Math.max(0, floor.better === 'higher' ? clean.estimate - value : value - clean.estimate),
        broken: floor.better === 'higher' ? value < floor.limit : value > floor.limit,
      };
    }),
  };
}

export const poolRow = ({ features, label, at, knownAt }: TimedRow, score: number): PoolRow => ({
  features,
  score,
  label: label === 0 || label === 1 ? label : null,
  at,
  knownAt,
});

/** The same rows at an intensity: some are left out where the change draws rows anew. */
function changedRows(
  rows: readonly TimedRow[],
  { kind, columns }: DriftRehearsalParameters['change'],
  intensity: number,
  shapes: readonly ColumnShape[],
  seed: number,
): TimedRow[] {
  if (intensity === 0) return [...rows];
  const random = createRandom(seed);
  if (kind === 'concept') {
    const chosen = rows.flatMap((_, i) => (random.next() < intensity ? [i] : []));
    const passed = chosen.map((i) => rows[i]!.label);
    for (let i = passed.length - 1; i > 0; i--) {
      const j = random.integer(i + 1);
      [passed[i], passed[j]] = [passed[j]!, passed[i]!];
    }
    const changed = [...rows];
    chosen.forEach((at, n) => (changed[at] = { ...rows[at]!, label: passed[n]! }));
    return changed;
  }
  // All rows stand after the change: how it goes on over time is the scenario's.
  const chunk = {
    rows: rows.map(({ features }) => features),
    labels: rows.map(({ label }) => label ?? 0),
    position: rows.length,
    total: 2 * rows.length,
  };
  const changed = perturb(
    chunk,
    { kind, ...(columns === undefined ? {} : { columns }) },
    intensity,
    shapes,
    random,
  );
  return changed.from.map((from, i) => ({ ...rows[from]!, features: changed.rows[i]! }));
}
