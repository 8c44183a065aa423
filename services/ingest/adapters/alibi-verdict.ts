import type { Measurement } from '../../../contracts/live-events.ts';
import { flagged, measured } from './finding.ts';
import type { Finding } from './finding.ts';
import { flag, number, text } from './read-json.ts';
import type { Json } from './read-json.ts';

/**
 * What Alibi Detect's `predict` returns in `data`, which Seldon and KServe hand on in envelopes of their own. `is_drift` is 0 or
 * 1, or a list of them when the detector looks at each feature; p-values below the threshold are drift, distances above it.
 * Facts from docs.seldon.ai/alibi-detect, "Kolmogorov-Smirnov" and "Maximum Mean Discrepancy".
 */
export function alibiVerdict(data: Json, featureNames: readonly (string | undefined)[]): Finding | undefined {
  const claim = flag(data['is_drift']);
  const flags = Array.isArray(data['is_drift']) ? data['is_drift'].map(flag) : undefined;
  const pValues = numbers(data['p_val']);
  const distances = numbers(data['distance'] ?? data['test_stat']);
  const thresholds = numbers(data['threshold']);
  if (claim === undefined) return undefined;
  const byP = pValues.length > 0;
  const values = byP ? pValues : distances;
  const limits = byP ? thresholds : numbers(data['distance_threshold'] ?? data['threshold']);
  const single = values.length === 1;
  const measurements = values.flatMap((value, index): Measurement[] => {
    const threshold = limits.length === 1 ? limits[0] : limits[index];
    if (threshold === undefined) return [];
    return [
      measured({
        scope: single ? 'dataset' : 'feature',
        name: single ? null : (featureNames[index] ?? `feature-${index}`),
        metric: byP ? 'p_value' : 'distance',
        value,
        threshold,
        driftWhen: byP ? 'lt' : 'gt',
        drifted: flags !== undefined && flags.length === values.length ? flags[index] : undefined,
      }),
    ];
  });
  const misfit =
    flags !== undefined && flags.length > 1 && values.length > 0 && flags.length !== values.length;
  return {
    kind: 'data',
    claim: claim ? 'drift' : 'no_drift',
    contradictory: misfit,
    measurements: measurements.length > 0 ? measurements : [flagged('is_drift', claim)],
  };
}

/** Names of the features, which Alibi Detect does not write: `featureNames` of the configuration. */
export function featureNames(config: Json): readonly (string | undefined)[] {
  const names = config['featureNames'];
  return Array.isArray(names) ? names.map(text) : [];
}

function numbers(value: unknown): readonly number[] {
  const found = (Array.isArray(value) ? value : [value]).map(number);
  return found.every((one) => one !== undefined) ? found : [];
}
