import { binOf } from './binning.ts';
import type { FeatureProfile } from './profile.ts';

/** Cells that no profile names: no value, a category that the reference never had, and the tail of a feature with many. */
export const MISSING_CELL = '(missing)';
export const NEW_CELL = '(new)';
export const OTHER_CELL = '(other)';

export type FeatureValue = string | number | boolean | null | undefined;

/** A row's value of a feature; a row that lacks it, missing. Rows come from outside, so nothing inherited counts. */
export const valueOf = (row: Readonly<Record<string, FeatureValue>>, name: string): FeatureValue =>
  Object.hasOwn(row, name) ? row[name] : null;

/** Categories that are looked at one by one; the rest of a feature with more, the rarest, are one cell. */
const MOST_CELLS = 100;

/**
 * Puts the values of a feature into named cells, as its profile cuts it: each category by its name, numbers by their bin,
 * such as `(20, 30]`. There are at most 103 cells, whatever the values.
 */
export function cellsOf(feature: FeatureProfile): (value: FeatureValue) => string {
  if (feature.kind === 'numeric') {
    const { edges } = feature;
    const names = Array.from({ length: edges.length + 1 }, (_, i) => binName(edges, i));
    return (value) => {
      const number = typeof value === 'boolean' ? Number(value) : value;
      if (typeof number !== 'number' || !Number.isFinite(number)) return MISSING_CELL;
      return names[binOf(number, edges)]!;
    };
  }
  const { categories, counts } = feature;
  const byRows = categories.map((_, i) => i).sort((a, b) => counts[b]! - counts[a]! || a - b);
  const kept = new Set(byRows.slice(0, MOST_CELLS).map((i) => categories[i]!));
  const known = new Set(categories);
  return (value) => {
    if (value === null || value === undefined) return MISSING_CELL;
    const name = String(value);
    return kept.has(name) ? name : known.has(name) ? OTHER_CELL : NEW_CELL;
  };
}

function binName(edges: readonly number[], bin: number): string {
  if (edges.length === 0) return 'all';
  if (bin === 0) return `<= ${edges[0]}`;
  if (bin === edges.length) return `> ${edges[edges.length - 1]}`;
  return `(${edges[bin - 1]}, ${edges[bin]}]`;
}
