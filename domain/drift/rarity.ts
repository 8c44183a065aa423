import { quantileOfSorted } from '../statistics/sorting.ts';
import { binOf } from './binning.ts';
import { valueOf, type FeatureValue } from './cell.ts';
import type { FeatureProfile, ReferenceProfile } from './profile.ts';

/** How surprising a row may be before it is unlike all that the profile knows. */
export interface Rarity {
  /** Share of the reference rows that surprise more than this. */
  readonly share: number;
  /** Nats. */
  readonly surprise: number;
}

type Features = Readonly<Record<string, FeatureValue>>;

/** One reference row in a thousand is as rare as what is called unlike. */
const SHARE = 0.001;

/**
 * How surprising rows are: the sum over features of -ln of the share that the reference has in the value's cell, in nats. It
 * is the histogram-based outlier score (Goldstein and Dengel 2012), which takes features as independent: it sees values that
 * are rare or new, and not a new combination of common ones. Half a row is added to each cell, so that what the reference
 * never had is finite; a number outside its range, and a new category, have a cell of their own.
 */
export function surpriseOf(profile: ReferenceProfile): (row: Features) => number {
  const parts = profile.features.map((feature) => ({ name: feature.name, surprise: surpriseIn(feature) }));
  return (row) => {
    let sum = 0;
    for (const { name, surprise } of parts) sum += surprise(valueOf(row, name));
    return sum;
  };
}

function surpriseIn(feature: FeatureProfile): (value: FeatureValue) => number {
  const { counts, missing } = feature;
  const rows = counts.reduce((sum, count) => sum + count, missing);
  // The cells, one for what is missing and one for what is new.
  const total = rows + (counts.length + 2) / 2;
  const nats = (count: number): number => -Math.log((count + 0.5) / total);
  const never = nats(0);
  const absent = nats(missing);
  const inCell = counts.map(nats);
  if (feature.kind === 'category') {
    const cells = new Map(feature.categories.map((category, i) => [category, inCell[i]!]));
    return (value) => (value === null || value === undefined ? absent : (cells.get(String(value)) ?? never));
  }
  const { edges } = feature;
  const low = feature.minimum ?? Infinity;
  const high = feature.maximum ?? -Infinity;
  return (value) => {
    const number = typeof value === 'boolean' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isFinite(number)) return absent;
    return number < low || number > high ? never : inCell[binOf(number, edges)]!;
  };
}

/** Adds to a profile how rare its own rows are, so that a window's rows can be held against it. */
export function withRarity(profile: ReferenceProfile, rows: readonly Features[]): ReferenceProfile {
  if (rows.length === 0) return profile;
  const surprise = surpriseOf(profile);
  const sorted = Float64Array.from(rows, surprise).sort();
  return { ...profile, rarity: { share: SHARE, surprise: quantileOfSorted(sorted, 1 - SHARE) } };
}
