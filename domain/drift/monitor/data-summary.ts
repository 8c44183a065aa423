import {
  columnsOfRows,
  mergeProfiles,
  NEW_CELL,
  profileOf,
  surpriseOf,
  type CategoryProfile,
  type FeatureProfile,
  type ReferenceProfile,
} from '../index.ts';
import { ExactSum } from '../../quality/index.ts';
import type { Row } from './open-window.ts';

/**
 * What is kept of a window's rows to judge features, output and data quality: counts in the cells of the reference profile.
 * Plain JSON whose size is the profile's, not the window's. Summaries of different rows add exactly, in any order.
 */
export interface DataSummary {
  readonly rows: number;
  /** The rows in the profile's cells; categories that it does not have are one cell. Null when there is nothing to compare. */
  readonly profile: ReferenceProfile | null;
  /** Values that the profile cannot have prepared the model for, by feature. */
  readonly strange: Readonly<Record<string, number>>;
  /** Rows that surprise more than the profile's rarity allows; null when it has none. */
  readonly unlike: number | null;
  /** Exact sum of the scores. */
  readonly scores: readonly number[];
}

/** Summary of scored rows that still have their features. */
export function dataSummaryOf(rows: readonly Row[], profile: ReferenceProfile): DataSummary {
  const features = rows.map((row) => row.features ?? {});
  const scores = new ExactSum();
  for (const { score } of rows) scores.add(score);
  const { rarity } = profile;
  const surprise = rarity === undefined ? undefined : surpriseOf(profile);
  const empty = rows.length === 0 || (profile.features.length === 0 && profile.output === null);
  const window = empty
    ? null
    : profileOf(columnsOfRows(profile, features), {
        like: profile,
        ...(profile.output === null ? {} : { output: { scores: rows.map(({ score }) => score) } }),
      });
  return {
    rows: rows.length,
    profile: window && {
      ...window,
      features: window.features.map((one, i) => pool(one, profile.features[i]!)),
    },
    strange: strangeIn(features, profile),
    unlike:
      rarity === undefined || surprise === undefined
        ? null
        : features.filter((row) => surprise(row) > rarity.surprise).length,
    scores: scores.toJSON(),
  };
}

/** Both must be summaries against the same profile. */
export function mergeDataSummaries(a: DataSummary, b: DataSummary): DataSummary {
  const scores = new ExactSum(a.scores);
  scores.merge(new ExactSum(b.scores));
  return {
    rows: a.rows + b.rows,
    profile:
      a.profile === null || b.profile === null
        ? (a.profile ?? b.profile)
        : mergeProfiles(a.profile, b.profile),
    strange: Object.fromEntries(
      Object.entries(a.strange).map(([name, count]) => [name, count + (b.strange[name] ?? 0)]),
    ),
    unlike: a.unlike === null || b.unlike === null ? null : a.unlike + b.unlike,
    scores: scores.toJSON(),
  };
}

/** A key of free text would otherwise make as many cells as rows. */
function pool(window: FeatureProfile, reference: FeatureProfile): FeatureProfile {
  if (window.kind !== 'category' || reference.kind !== 'category') return window;
  const counts = new Map<string, number>();
  const known = new Set(reference.categories);
  window.categories.forEach((category, i) => {
    const cell = known.has(category) ? category : NEW_CELL;
    counts.set(cell, (counts.get(cell) ?? 0) + window.counts[i]!);
  });
  const categories = [...counts.keys()].sort();
  const pooled: CategoryProfile = {
    ...window,
    categories,
    counts: categories.map((category) => counts.get(category)!),
  };
  return pooled;
}

/**
 * New categories, and numbers far out of range: seasons go a little beyond what was seen, a broken sensor or another unit goes
 * further than the whole width of the range.
 */
function strangeIn(
  rows: readonly NonNullable<Row['features']>[],
  profile: ReferenceProfile,
): Record<string, number> {
  const strange: Record<string, number> = {};
  for (const { name, values } of columnsOfRows(profile, rows)) {
    const reference = profile.features.find((feature) => feature.name === name)!;
    const isStrange = strangenessOf(reference);
    let count = 0;
    for (let i = 0; i < rows.length; i++) if (isStrange(values[i])) count++;
    strange[name] = count;
  }
  return strange;
}

function strangenessOf(reference: FeatureProfile): (value: string | number | null | undefined) => boolean {
  if (reference.kind === 'category') {
    const known = new Set(reference.categories);
    return (value) => value !== null && value !== undefined && !known.has(String(value));
  }
  const { minimum, maximum } = reference;
  if (minimum === null || maximum === null) return () => false;
  const width = maximum - minimum;
  const [low, high] = [minimum - width, maximum + width];
  return (value) => value !== null && value !== undefined && (Number(value) < low || Number(value) > high);
}
