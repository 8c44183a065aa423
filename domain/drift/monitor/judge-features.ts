import type { Measurement } from '../../../contracts/live-events.ts';
import { compareToProfile, type FeatureDrift } from '../index.ts';
import type { Finding, MonitoredKind } from './closed-window.ts';
import type { DataSummary } from './data-summary.ts';
import { findingOf, unresolved } from './finding.ts';
import type { Watched } from './input.ts';
import { judgeOutOfDistribution } from './judge-out-of-distribution.ts';
import { judgeQuality } from './judge-quality.ts';

/** A feature's share of missing values may differ from the profile's by this much. */
export const MISSING_LIMIT = 0.3;
/** Features whose reference side is too small to compare with are left out: no window could ever change that. */
const MINIMUM_REFERENCE = 30;

/**
 * Features and output of a window against the profile, by the calibrated stability index with Benjamini-Hochberg's adjustment
 * (`compareToProfile`); and, from the same comparison, data quality.
 */
export function judgeData(summary: DataSummary, watched: Watched): readonly Finding[] {
  const { profile, settings } = watched;
  const { rows, profile: window } = summary;
  if (rows < settings.minRows || window === null) {
    const reason =
      rows < settings.minRows
        ? `${rows} rows, at least ${settings.minRows} needed`
        : 'the profile has nothing to compare with';
    return (['data', 'prediction', 'quality'] as const).map((kind) => unresolved(kind, reason, rows));
  }
  const compared = compareToProfile(profile, window, {
    psiLimit: settings.psi,
    missingLimit: MISSING_LIMIT,
  }).filter(({ referenceRows }) => referenceRows >= MINIMUM_REFERENCE);
  const of = (aspect: FeatureDrift['aspect']): FeatureDrift[] =>
    compared.filter((one) => one.aspect === aspect);
  return [
    fromComparisons('data', of('values'), rows, judgeOutOfDistribution(summary, watched)),
    fromComparisons('prediction', of('output'), rows),
    judgeQuality(summary, watched, measurementsOf(of('missing'), 'feature')),
  ];
}

function fromComparisons(
  kind: MonitoredKind,
  compared: readonly FeatureDrift[],
  rows: number,
  more: { readonly measurements: readonly Measurement[]; readonly open: readonly string[] } = {
    measurements: [],
    open: [],
  },
): Finding {
  if (compared.length === 0) return unresolved(kind, 'the profile has nothing to compare with', rows);
  const scope = kind === 'prediction' ? 'prediction' : 'feature';
  const notCompared = compared
    .filter(({ verdict }) => verdict === 'unresolved')
    .map(({ feature, reason }) => `${feature}: ${reason}`);
  return findingOf(kind, [...measurementsOf(compared, scope), ...more.measurements], {
    rows,
    open: [...notCompared, ...more.open],
  });
}

/**
 * A change that is large and may be chance is left out: with a value beyond its threshold and no drift it would
 * contradict itself, and who receives it could not tell.
 */
function measurementsOf(compared: readonly FeatureDrift[], scope: Measurement['scope']): Measurement[] {
  return compared.flatMap(({ feature, statistic, effect, verdict, aspect }): Measurement[] => {
    if (statistic === null || effect === null) return [];
    const drifted = verdict === 'drift';
    if (!drifted && effect.value >= effect.limit) return [];
    const metric = aspect === 'missing' ? 'missing_share_change' : effect.name;
    const { value, limit: threshold } = effect;
    return [{ scope, name: feature, metric, value, threshold, driftWhen: 'gte', drifted }];
  });
}
