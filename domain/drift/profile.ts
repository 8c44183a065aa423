import { StatisticsError, requireBinary, requireSameLength, type Sample } from '../statistics/error.ts';
import { brier, logLoss } from '../quality/loss.ts';
import { isotonicCalibration, type IsotonicCalibration } from '../quality/isotonic.ts';
import { rocAuc } from '../quality/ranking.ts';
import { binCountsOfSorted, quantileEdges } from './binning.ts';
import type { Rarity } from './rarity.ts';
import type { ExpectedSlice } from './slice-tally.ts';
import { categoryCounts, requireColumns, sortedNumbers, type Column, type NumericColumn } from './column.ts';

/** Counts of a numeric column in fixed bins: bin i holds edges[i - 1] < x <= edges[i], both ends open. */
export interface NumericProfile {
  readonly name: string;
  readonly kind: 'numeric';
  readonly edges: readonly number[];
  /** One more than edges. */
  readonly counts: readonly number[];
  readonly missing: number;
  /** Null when every value is missing. */
  readonly minimum: number | null;
  readonly maximum: number | null;
}

/** Counts of each category of a column, categories sorted by code unit. */
export interface CategoryProfile {
  readonly name: string;
  readonly kind: 'category';
  readonly categories: readonly string[];
  readonly counts: readonly number[];
  readonly missing: number;
}

export type FeatureProfile = NumericProfile | CategoryProfile;

/** How the model did on the reference rows, where their labels were known. */
export interface ExpectedPerformance {
  readonly rows: number;
  readonly positives: number;
  /** Nats a row. */
  readonly logLoss: number;
  readonly brier: number;
  /** Null with one class only, and after a merge: a ranking cannot be merged from two areas. */
  readonly auc: number | null;
  /** From score to the chance of an event, for estimates without labels. Null after a merge. */
  readonly calibration: IsotonicCalibration | null;
  /** Performance by the cells of features that are watched by group or slice; scores at or above `threshold` are positive. */
  readonly slices?: { readonly threshold: number; readonly of: readonly ExpectedSlice[] };
}

/** What a model saw and answered when it was good: plain JSON, small, mergeable. */
export interface ReferenceProfile {
  readonly schema: 1;
  readonly rows: number;
  readonly features: readonly FeatureProfile[];
  /** Histogram of the model's output. */
  readonly output: NumericProfile | null;
  readonly expected: ExpectedPerformance | null;
  /** Without it, nobody can tell whether a row is unlike the reference. A merge loses it. */
  readonly rarity?: Rarity;
}

export interface ProfileOptions {
  /** Quantile bins a numeric column, 10 unless told. */
  readonly bins?: number;
  /** Take the bin edges from this profile, so that both can be compared or merged. */
  readonly like?: ReferenceProfile;
  /** The model's answers to the same rows, and the labels where all are known. */
  readonly output?: { readonly scores: NumericColumn['values']; readonly labels?: Sample };
}

/**
 * The profile of a table. Numeric bins hold about equal shares of these rows, unless `like` gives the edges.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `LENGTH_MISMATCH`, `NON_FINITE`, `OUT_OF_RANGE`
 */
export function profileOf(columns: readonly Column[], options: ProfileOptions = {}): ReferenceProfile {
  const { bins = 10, like, output } = options;
  const all: readonly Column[] =
    output === undefined
      ? columns
      : [...columns, { name: ' output', kind: 'numeric', values: output.scores }];
  const rows = requireColumns(all, 'columns');
  const features = columns.map((column): FeatureProfile => {
    if (column.kind === 'category') return categoryProfile(column.name, categoryCounts(column));
    const model = like?.features.find((feature) => feature.name === column.name);
    return numericProfile(column, bins, model?.kind === 'numeric' ? model.edges : undefined);
  });
  return {
    schema: 1,
    rows,
    features,
    output:
      output === undefined
        ? null
        : numericProfile(
            { name: 'output', kind: 'numeric', values: output.scores },
            bins,
            like?.output?.edges,
          ),
    expected: output?.labels === undefined ? null : expectedOf(output.labels, output.scores),
  };
}

function numericProfile(
  column: NumericColumn,
  bins: number,
  given: readonly number[] | undefined,
): NumericProfile {
  const { sorted, missing } = sortedNumbers(column);
  const edges = given ?? (sorted.length === 0 ? [] : quantileEdges(sorted, bins));
  return {
    name: column.name,
    kind: 'numeric',
    edges: [...edges],
    counts: binCountsOfSorted(sorted, edges),
    missing,
    minimum: sorted[0] ?? null,
    maximum: sorted[sorted.length - 1] ?? null,
  };
}

function categoryProfile(
  name: string,
  { counts, missing }: { counts: Map<string, number>; missing: number },
): CategoryProfile {
  const categories = [...counts.keys()].sort();
  return {
    name,
    kind: 'category',
    categories,
    counts: categories.map((category) => counts.get(category)!),
    missing,
  };
}

function expectedOf(labels: Sample, answers: NumericColumn['values']): ExpectedPerformance {
  requireSameLength(answers, labels, 'output.scores', 'output.labels');
  requireBinary(labels, 'output.labels');
  const kept = Array.from(answers, (_, i) => i).filter(
    (i) => typeof answers[i] === 'number' && answers[i] === answers[i],
  );
  const scores = Float64Array.from(kept, (i) => answers[i] as number);
  const truth = Float64Array.from(kept, (i) => labels[i]!);
  const positives = truth.reduce((sum, label) => sum + label, 0);
  return {
    rows: truth.length,
    positives,
    logLoss: logLoss(truth, scores),
    brier: brier(truth, scores),
    auc: positives === 0 || positives === truth.length ? null : rocAuc(truth, scores),
    calibration: isotonicCalibration(scores, truth),
  };
}

/**
 * Two profiles of different rows as one. Counts add exactly, in any order; both must have the same features and edges
 * (make the second with `like: first`). Log-loss and Brier of `expected` are weighted by rows; AUC and calibration
 * become null.
 *
 * @throws StatisticsError `LENGTH_MISMATCH` when features or edges differ
 */
export function mergeProfiles(a: ReferenceProfile, b: ReferenceProfile): ReferenceProfile {
  if (a.features.length !== b.features.length) {
    throw mismatch(`${a.features.length} features against ${b.features.length}`);
  }
  if ((a.output === null) !== (b.output === null)) throw mismatch('only one of them has an output');
  return {
    schema: 1,
    rows: a.rows + b.rows,
    features: a.features.map((feature, i) => mergeFeatures(feature, b.features[i]!)),
    output: a.output === null || b.output === null ? null : mergeNumeric(a.output, b.output),
    expected: mergeExpected(a.expected, b.expected),
  };
}

function mismatch(what: string): StatisticsError {
  return new StatisticsError(
    'LENGTH_MISMATCH',
    'b',
    `The profiles do not fit together: ${what}. Make the second with profileOf(columns, { like: first }).`,
  );
}

function mergeFeatures(a: FeatureProfile, b: FeatureProfile): FeatureProfile {
  if (a.name !== b.name) throw mismatch(`feature "${a.name}" stands where the other has "${b.name}"`);
  if (a.kind === 'numeric' && b.kind === 'numeric') return mergeNumeric(a, b);
  if (a.kind === 'category' && b.kind === 'category') {
    const counts = new Map(a.categories.map((category, i) => [category, a.counts[i]!]));
    b.categories.forEach((category, i) => counts.set(category, (counts.get(category) ?? 0) + b.counts[i]!));
    return categoryProfile(a.name, { counts, missing: a.missing + b.missing });
  }
  throw mismatch(`feature "${a.name}" is ${a.kind} in one and ${b.kind} in the other`);
}

function mergeNumeric(a: NumericProfile, b: NumericProfile): NumericProfile {
  if (a.edges.length !== b.edges.length || a.edges.some((edge, i) => edge !== b.edges[i])) {
    throw mismatch(`feature "${a.name}" has other bin edges`);
  }
  const pick = (x: number | null, y: number | null, of: (x: number, y: number) => number): number | null =>
    x === null ? y : y === null ? x : of(x, y);
  return {
    ...a,
    counts: a.counts.map((count, i) => count + b.counts[i]!),
    missing: a.missing + b.missing,
    minimum: pick(a.minimum, b.minimum, Math.min),
    maximum: pick(a.maximum, b.maximum, Math.max),
  };
}

function mergeExpected(
  a: ExpectedPerformance | null,
  b: ExpectedPerformance | null,
): ExpectedPerformance | null {
  if (a === null || b === null) return a ?? b;
  const rows = a.rows + b.rows;
  const blend = (x: number, y: number): number => (x * a.rows + y * b.rows) / rows;
  return {
    rows,
    positives: a.positives + b.positives,
    logLoss: blend(a.logLoss, b.logLoss),
    brier: blend(a.brier, b.brier),
    auc: null,
    calibration: null,
  };
}

/** Share of rows in each cell, of those that are not missing; all 0 when every value is missing. */
export function sharesOf(feature: FeatureProfile): number[] {
  const total = feature.counts.reduce((sum, count) => sum + count, 0);
  return feature.counts.map((count) => (total === 0 ? 0 : count / total));
}

/** Share of rows whose value is missing. */
export function missingShare(feature: FeatureProfile): number {
  const total = feature.counts.reduce((sum, count) => sum + count, feature.missing);
  return total === 0 ? 0 : feature.missing / total;
}

/** Columns out of row records, named and typed as in the profile; what a row lacks is missing, and so is a wrong type. */
export function columnsOfRows(
  profile: ReferenceProfile,
  rows: readonly Readonly<Record<string, string | number | boolean | null | undefined>>[],
): Column[] {
  return profile.features.map(({ name, kind }): Column => {
    if (kind === 'numeric') {
      const values = rows.map((row) => {
        const value = Object.hasOwn(row, name) ? row[name] : null;
        return typeof value === 'number' && Number.isFinite(value)
          ? value
          : typeof value === 'boolean'
            ? Number(value)
            : null;
      });
      return { name, kind, values };
    }
    const values = rows.map((row) => {
      const value = Object.hasOwn(row, name) ? row[name] : null;
      return value === null || value === undefined ? null : String(value);
    });
    return { name, kind, values };
  });
}
