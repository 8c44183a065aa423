import {
  requireFiniteNumber,
  requireInRange,
  requireSameLength,
  StatisticsError,
  type Sample,
} from '../statistics/error.ts';
import type { Column } from './column.ts';
import { compareToProfile, type CompareOptions } from './compare.ts';
import type { FeatureDrift } from './feature-drift.ts';
import { profileOf, type FeatureProfile, type NumericProfile, type ReferenceProfile } from './profile.ts';

/** A profile for each hour of the week that the reference covers, all with the same bin edges. Plain JSON. */
export interface SeasonalProfile {
  readonly schema: 1;
  /** Minutes to add to UTC for the local clock that sets the rhythm. */
  readonly utcOffsetMinutes: number;
  /** Hour of the week (0 is Monday 00:00 to 01:00) and its rows. */
  readonly slots: readonly { readonly hourOfWeek: number; readonly profile: ReferenceProfile }[];
}

export interface SeasonalDrift {
  readonly features: readonly FeatureDrift[];
  /** Rows of the window that were compared, and rows at hours which the reference never saw. */
  readonly comparedRows: number;
  readonly unmatchedRows: number;
}

/** Hour of the week, 0 to 167, Monday 00:00 first, of a time in milliseconds since 1970 (which began on a Thursday). */
export function hourOfWeek(timeMs: number, utcOffsetMinutes = 0): number {
  requireFiniteNumber(timeMs, 'timeMs');
  const hours = Math.floor((timeMs + utcOffsetMinutes * 60_000) / 3_600_000);
  return (((hours + 72) % 168) + 168) % 168;
}

function rowsBySlot(times: Sample, utcOffsetMinutes: number): Map<number, number[]> {
  const slots = new Map<number, number[]>();
  for (let i = 0; i < times.length; i++) {
    const slot = hourOfWeek(times[i]!, utcOffsetMinutes);
    const rows = slots.get(slot);
    if (rows === undefined) slots.set(slot, [i]);
    else rows.push(i);
  }
  return slots;
}

function pick(columns: readonly Column[], rows: readonly number[]): Column[] {
  return columns.map((column): Column => {
    if (column.kind === 'numeric') return { ...column, values: rows.map((row) => column.values[row]) };
    return { ...column, values: rows.map((row) => column.values[row]) };
  });
}

/**
 * Profiles of a table by hour of the week. `times` in milliseconds since 1970, one a row. Bin edges come from all rows.
 *
 * @throws StatisticsError as `profileOf`; `LENGTH_MISMATCH` when there is not one time a row
 */
export function seasonalProfileOf(
  columns: readonly Column[],
  times: Sample,
  options: { readonly utcOffsetMinutes?: number; readonly bins?: number } = {},
): SeasonalProfile {
  const { utcOffsetMinutes = 0, bins = 10 } = options;
  requireInRange(utcOffsetMinutes, 'utcOffsetMinutes', -1440, 1440);
  const whole = profileOf(columns, { bins });
  requireSameLength({ length: whole.rows }, times, 'columns', 'times');
  const slots = [...rowsBySlot(times, utcOffsetMinutes)]
    .sort(([a], [b]) => a - b)
    .map(([slot, rows]) => ({ hourOfWeek: slot, profile: profileOf(pick(columns, rows), { like: whole }) }));
  return { schema: 1, utcOffsetMinutes, slots };
}

/**
 * Holds a window against the same hours of the week of the reference, so that night is not compared with day. The
 * reference shares are the slots' shares weighted by the window's rows in each slot; their sample size is the effective one,
 * 1 / sum(w^2 / n). Rows at hours that the reference lacks are left out and counted.
 *
 * @throws StatisticsError as `compareToProfile`; `DEGENERATE` when no row falls in a known hour
 */
export function compareToSeasonalProfile(
  seasonal: SeasonalProfile,
  columns: readonly Column[],
  times: Sample,
  options: CompareOptions = {},
): SeasonalDrift {
  requireSameLength({ length: columns[0]?.values.length ?? 0 }, times, 'columns', 'times');
  const known = new Map(seasonal.slots.map((slot) => [slot.hourOfWeek, slot.profile]));
  const kept: number[] = [];
  const weights = new Map<number, number>();
  for (const [slot, rows] of rowsBySlot(times, seasonal.utcOffsetMinutes)) {
    if (!known.has(slot)) continue;
    kept.push(...rows);
    weights.set(slot, rows.length);
  }
  if (kept.length === 0) {
    throw new StatisticsError(
      'DEGENERATE',
      'times',
      'No row falls in an hour of the week that the reference covers. Take a reference of at least one full week.',
    );
  }
  kept.sort((a, b) => a - b);
  const matched = [...weights].map(([slot, rows]) => ({
    profile: known.get(slot)!,
    weight: rows / kept.length,
  }));
  return {
    features: compareToProfile(blend(matched), pick(columns, kept), options),
    comparedRows: kept.length,
    unmatchedRows: times.length - kept.length,
  };
}

interface Weighted {
  readonly profile: ReferenceProfile;
  readonly weight: number;
}

/** One profile with the weighted shares of many, its counts those of the effective sample size. */
function blend(parts: readonly Weighted[]): ReferenceProfile {
  const first = parts[0]!.profile;
  const effective = 1 / parts.reduce((sum, { profile, weight }) => sum + weight ** 2 / profile.rows, 0);
  const features = first.features.map((feature, f): FeatureProfile => {
    const cells = new Map<string, number>();
    let missing = 0;
    let minimum: number | null = null;
    let maximum: number | null = null;
    for (const { profile, weight } of parts) {
      const part = profile.features[f]!;
      const scale = (weight * effective) / profile.rows;
      missing += part.missing * scale;
      part.counts.forEach((count, i) => {
        const cell = part.kind === 'category' ? part.categories[i]! : String(i);
        cells.set(cell, (cells.get(cell) ?? 0) + count * scale);
      });
      if (part.kind === 'numeric') {
        minimum = extreme(minimum, part.minimum, Math.min);
        maximum = extreme(maximum, part.maximum, Math.max);
      }
    }
    if (feature.kind === 'numeric') {
      const counts = feature.counts.map((_, i) => cells.get(String(i)) ?? 0);
      const numeric: NumericProfile = { ...feature, counts, missing, minimum, maximum };
      return numeric;
    }
    const categories = [...cells.keys()].sort();
    return { ...feature, categories, counts: categories.map((category) => cells.get(category)!), missing };
  });
  return { schema: 1, rows: effective, features, output: null, expected: null };
}

function extreme(a: number | null, b: number | null, of: (a: number, b: number) => number): number | null {
  return a === null ? b : b === null ? a : of(a, b);
}
