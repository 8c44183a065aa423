import { chiSquareTwoSample } from '../statistics/contingency.ts';
import { jensenShannon } from '../statistics/distance.ts';
import { requireInRange, StatisticsError } from '../statistics/error.ts';
import type { Column } from './column.ts';
import { decideAll, type Finding } from './decide.ts';
import type { DecisionOptions, FeatureDrift, Measured } from './feature-drift.ts';
import { compareMissing, type MissingOptions, type Presence } from './missing.ts';
import { profileOf, type FeatureProfile, type NumericProfile, type ReferenceProfile } from './profile.ts';
import { psiOfCounts } from './psi.ts';

export interface CompareOptions extends DecisionOptions, MissingOptions {
  /** The smallest PSI that counts, 0.005 unless told: about 0.07 standard deviations of a shift. */
  readonly psiLimit?: number;
  /** Scores of the window, when `window` is given as columns. */
  readonly scores?: ArrayLike<number | null | undefined>;
}

/**
 * Holds a window of rows against a reference profile, feature by feature. The distribution of values is tested by the
 * calibrated PSI (see `psi`), the share of missing values by chi-square, and the model's output like a numeric feature;
 * Benjamini-Hochberg over all of them. Features of the profile that the window lacks are `unresolved`, and so are new
 * ones. A feature without missing values on either side has no `missing` row.
 *
 * @throws StatisticsError as `profileOf`
 */
export function compareToProfile(
  profile: ReferenceProfile,
  window: readonly Column[] | ReferenceProfile,
  options: CompareOptions = {},
): FeatureDrift[] {
  const { falseDiscoveryRate = 0.05, scores } = options;
  requireInRange(falseDiscoveryRate, 'falseDiscoveryRate', 0, 1);
  const current =
    'schema' in window
      ? window
      : profileOf(window, { like: profile, ...(scores === undefined ? {} : { output: { scores } }) });
  const findings: Finding[] = [];
  for (const reference of profile.features) {
    const feature = current.features.find(({ name }) => name === reference.name);
    if (feature === undefined) findings.push(absent(reference, 'the window has no such column'));
    else findings.push(...compareFeature(reference, feature, options));
  }
  for (const feature of current.features) {
    if (!profile.features.some(({ name }) => name === feature.name)) {
      findings.push(absent(feature, 'the reference profile has no such column'));
    }
  }
  if (profile.output !== null && current.output !== null) {
    findings.push(compareValues(profile.output, current.output, 'output', options));
  }
  return decideAll(findings, falseDiscoveryRate);
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function blank(
  feature: FeatureProfile,
  aspect: Measured['aspect'],
  referenceRows: number,
  currentRows: number,
): Measured {
  return {
    feature: feature.name,
    kind: feature.kind,
    aspect,
    referenceRows,
    currentRows,
    statistic: null,
    effect: null,
    pValue: null,
    measures: {},
  };
}

function absent(feature: FeatureProfile, because: string): Finding {
  return { measured: blank(feature, 'values', 0, 0), because };
}

function compareFeature(
  reference: FeatureProfile,
  current: FeatureProfile,
  options: CompareOptions,
): Finding[] {
  const findings = [compareValues(reference, current, 'values', options)];
  if (reference.missing + current.missing > 0) {
    const presence = ({ counts, missing }: FeatureProfile): Presence => ({
      missing,
      rows: total(counts) + missing,
    });
    const { name, kind } = reference;
    findings.push(compareMissing(name, kind, presence(reference), presence(current), options));
  }
  return findings;
}

/** Both sides' counts over the same cells, and which cells the reference never filled. */
function alignedCounts(
  reference: FeatureProfile,
  current: FeatureProfile,
): { left: readonly number[]; right: readonly number[] } {
  if (reference.kind === 'numeric' && current.kind === 'numeric') {
    const same =
      reference.edges.length === current.edges.length &&
      reference.edges.every((edge, i) => edge === current.edges[i]);
    if (!same) {
      throw new StatisticsError(
        'LENGTH_MISMATCH',
        'window',
        `"${reference.name}" is binned by other edges. Make the window with profileOf(columns, { like: profile }).`,
      );
    }
    return { left: reference.counts, right: current.counts };
  }
  if (reference.kind !== 'category' || current.kind !== 'category') {
    throw new StatisticsError(
      'LENGTH_MISMATCH',
      'window',
      `"${reference.name}" is ${reference.kind} in the profile and ${current.kind} in the window. Pass the same kind.`,
    );
  }
  const categories = [...new Set([...reference.categories, ...current.categories])].sort();
  const countsOf = ({
    categories: names,
    counts,
  }: {
    categories: readonly string[];
    counts: readonly number[];
  }) => {
    const byName = new Map(names.map((name, i) => [name, counts[i]!]));
    return categories.map((category) => byName.get(category) ?? 0);
  };
  return { left: countsOf(reference), right: countsOf(current) };
}

function compareValues(
  reference: FeatureProfile,
  current: FeatureProfile,
  aspect: 'values' | 'output',
  options: CompareOptions,
): Finding {
  const { psiLimit = 0.005, minimumRows = 30 } = options;
  const { left, right } = alignedCounts(reference, current);
  const n = total(left);
  const m = total(right);
  const measured = blank(reference, aspect, n, m);
  if (n < minimumRows || m < minimumRows) {
    const because = `${n} reference and ${m} current values, at least ${minimumRows} needed on each side`;
    return { measured, because };
  }
  const psi = psiOfCounts(left, right, { ordered: reference.kind === 'numeric' });
  const chiSquare = chiSquareTwoSample(left, right);
  const measures: Record<string, number> = {
    psi: psi.value,
    jensenShannonDistance: jensenShannon(left, right),
    cramersV: chiSquare.cramersV,
  };
  if (reference.kind === 'numeric' && current.kind === 'numeric') {
    measures.binnedKs = binnedKs(left, right, n, m);
    measures.outOfRange = outOfRange(reference, current) ? 1 : 0;
  } else {
    measures.unseenShare = right.reduce((sum, count, i) => sum + (left[i] === 0 ? count : 0), 0) / m;
  }
  return {
    measured: {
      ...measured,
      statistic: { name: 'psi', value: psi.value },
      effect: { name: 'psi', value: psi.value, limit: psiLimit },
      pValue: psi.pValue,
      measures,
    },
  };
}

/** The largest distance of the distribution functions at the bin edges: never above the true one. */
function binnedKs(left: readonly number[], right: readonly number[], n: number, m: number): number {
  let a = 0;
  let b = 0;
  let largest = 0;
  for (let i = 0; i < left.length; i++) {
    a += left[i]!;
    b += right[i]!;
    largest = Math.max(largest, Math.abs(a / n - b / m));
  }
  return largest;
}

function outOfRange(reference: NumericProfile, current: NumericProfile): boolean {
  if (reference.minimum === null || reference.maximum === null) return false;
  return (
    (current.minimum ?? Infinity) < reference.minimum || (current.maximum ?? -Infinity) > reference.maximum
  );
}
