import type { Measurement } from '../../../contracts/live-events.ts';
import { columnsOfRows, compareToProfile, type Column, type FeatureDrift } from '../index.ts';
import { wilsonInterval } from '../../statistics/index.ts';
import type { Finding, MonitoredKind } from './closed-window.ts';
import type { Watched } from './input.ts';
import type { Row } from './open-window.ts';

/** A feature's share of missing values may differ from the profile's by this much. */
export const MISSING_LIMIT = 0.3;
/** Share of values that the profile cannot have prepared the model for: new categories, numbers far out of range. */
export const STRANGE_LIMIT = 0.02;
/** 90 % two-sided, so that each bound holds by 95 %. */
const CONFIDENCE = 0.9;
/** Features whose reference side is too small to compare with are left out: no window could ever change that. */
const MINIMUM_REFERENCE = 30;

/** Features, output and data quality of a window against the profile. */
export function judgeData(rows: readonly Row[], watched: Watched): readonly Finding[] {
  const { profile, settings } = watched;
  if (rows.length < settings.minRows) {
    const reason = `${rows.length} rows, at least ${settings.minRows} needed`;
    return (['data', 'prediction', 'quality'] as const).map((kind) => unresolved(kind, reason, rows.length));
  }
  const columns = columnsOfRows(
    profile,
    rows.map((row) => row.features ?? {}),
  );
  const compared = compareToProfile(profile, columns, {
    scores: rows.map((row) => row.score),
    psiLimit: settings.psi,
    missingLimit: MISSING_LIMIT,
  }).filter(({ referenceRows }) => referenceRows >= MINIMUM_REFERENCE);
  const values = compared.filter(({ aspect }) => aspect === 'values');
  const output = compared.filter(({ aspect }) => aspect === 'output');
  const missing = compared.filter(({ aspect }) => aspect === 'missing');
  return [
    fromComparisons('data', values, rows.length),
    fromComparisons('prediction', output, rows.length),
    quality(missing, columns, watched, rows.length),
  ];
}

/** Drift when a feature drifted; unresolved when none did and one could not be compared. */
function fromComparisons(kind: MonitoredKind, compared: readonly FeatureDrift[], rows: number): Finding {
  if (compared.length === 0) return unresolved(kind, 'the profile has nothing to compare with', rows);
  return findingOf(
    kind,
    rows,
    compared.flatMap((one) => measurementsOf(one, kind === 'prediction' ? 'prediction' : 'feature')),
    compared.filter(({ verdict }) => verdict === 'unresolved'),
  );
}

/**
 * A change that is large and may be chance is left out: with a value beyond its threshold and no drift it would
 * contradict itself, and who receives it could not tell.
 */
function measurementsOf(
  { feature, statistic, effect, verdict, aspect }: FeatureDrift,
  scope: Measurement['scope'],
): Measurement[] {
  if (statistic === null || effect === null) return [];
  const drifted = verdict === 'drift';
  if (!drifted && effect.value >= effect.limit) return [];
  const metric = aspect === 'missing' ? 'missing_share_change' : effect.name;
  const { value, limit: threshold } = effect;
  return [{ scope, name: feature, metric, value, threshold, driftWhen: 'gte', drifted }];
}

function quality(
  missing: readonly FeatureDrift[],
  columns: readonly Column[],
  { profile }: Watched,
  rows: number,
): Finding {
  const strange = columns.flatMap((column): Measurement[] => {
    const reference = profile.features.find(({ name }) => name === column.name);
    const values = Array.from<string | number | null | undefined>(column.values).filter(
      (value) => value !== null && value !== undefined,
    );
    if (reference === undefined || values.length === 0) return [];
    let count: number;
    if (reference.kind === 'category') {
      const known = new Set(reference.categories);
      count = values.filter((value) => !known.has(String(value))).length;
    } else {
      if (reference.minimum === null || reference.maximum === null) return [];
      // Seasons go a little beyond what was seen; a broken sensor or another unit goes far.
      const width = reference.maximum - reference.minimum;
      const [low, high] = [reference.minimum - width, reference.maximum + width];
      count = values.filter((value) => Number(value) < low || Number(value) > high).length;
    }
    const value = wilsonInterval(count, values.length, CONFIDENCE).lower;
    const metric = reference.kind === 'category' ? 'new_category_share' : 'far_out_of_range_share';
    const drifted = value > STRANGE_LIMIT;
    return [
      {
        scope: 'feature',
        name: column.name,
        metric,
        value,
        threshold: STRANGE_LIMIT,
        driftWhen: 'gt',
        drifted,
      },
    ];
  });
  const gaps = missing.flatMap((one) => measurementsOf(one, 'feature'));
  return findingOf('quality', rows, [...gaps, ...strange], []);
}

function findingOf(
  kind: MonitoredKind,
  rows: number,
  measurements: readonly Measurement[],
  open: readonly FeatureDrift[],
): Finding {
  const sorted = [...measurements].sort((a, b) => b.value / b.threshold - a.value / a.threshold);
  const drifted = sorted.filter((measurement) => measurement.drifted);
  const verdict = drifted.length > 0 ? 'drift' : open.length > 0 ? 'unresolved' : 'no_drift';
  const shown = drifted.length > 0 ? drifted : sorted;
  const words = shown.slice(0, 3).map(({ name, metric, value, threshold }) => {
    return `${name} ${metric} ${value.toPrecision(3)} of ${threshold}`;
  });
  const reason =
    verdict === 'unresolved'
      ? `${open[0]!.feature}: ${open[0]!.reason}`
      : `${drifted.length} of ${measurements.length} measures drifted in ${rows} rows: ${words.join(', ')}`;
  return {
    kind,
    verdict,
    severity: verdict === 'drift' ? 'warning' : null,
    measurements: sorted,
    numbers: { rows, measures: measurements.length, drifted: drifted.length },
    reason,
  };
}

export function unresolved(kind: MonitoredKind, reason: string, rows: number): Finding {
  return { kind, verdict: 'unresolved', severity: null, measurements: [], numbers: { rows }, reason };
}
