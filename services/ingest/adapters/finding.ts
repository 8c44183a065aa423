import type { DriftKind, DriftReported, Measurement, Severity } from '../../../contracts/live-events.ts';

/** One verdict of a monitor, in our words, before what is missing is filled in. Times are ISO 8601 UTC. */
export interface Finding {
  readonly model?: string | undefined;
  readonly version?: string | undefined;
  readonly environment?: string | undefined;
  readonly monitorId?: string | undefined;
  readonly toolVersion?: string | undefined;
  readonly kind: DriftKind;
  /** What the body itself says; null when it leaves that to the numbers. */
  readonly claim: DriftReported['verdict'] | null;
  /** The body contradicts itself in a way that the numbers do not show. */
  readonly contradictory?: boolean;
  readonly severity?: Severity | undefined;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly rows?: number | undefined;
  readonly reference?: string | undefined;
  readonly measurements: readonly Measurement[];
  /** What the monitor calls this finding; part of the derived id in place of the measurements' names. */
  readonly identity?: string | undefined;
}

export function isBeyond({
  value,
  threshold,
  driftWhen,
}: Pick<Measurement, 'value' | 'threshold' | 'driftWhen'>): boolean {
  switch (driftWhen) {
    case 'gt':
      return value > threshold;
    case 'gte':
      return value >= threshold;
    case 'lt':
      return value < threshold;
    case 'lte':
      return value <= threshold;
  }
}

/** A measurement whose flag follows from its numbers, unless the monitor states one. */
export function measured(
  fields: Omit<Measurement, 'drifted'> & { readonly drifted?: boolean | undefined },
): Measurement {
  return { ...fields, drifted: fields.drifted ?? isBeyond(fields) };
}

/** What a monitor only says yes or no to: 1 or 0, where more than none is drift. */
export function flagged(
  metric: string,
  drifted: boolean,
  scope: Measurement['scope'] = 'dataset',
  name: string | null = null,
): Measurement {
  return { scope, name, metric, value: drifted ? 1 : 0, threshold: 0, driftWhen: 'gt', drifted };
}

/**
 * Drift only when the claim and the numbers agree. Measurements of the whole dataset decide where there are any, because
 * a monitor may tolerate single features; a flag that its own number denies makes everything doubtful.
 */
export function settle({ claim, contradictory, measurements }: Finding): DriftReported['verdict'] {
  if (contradictory === true || claim === 'unresolved' || measurements.length === 0) return 'unresolved';
  if (measurements.some((one) => one.drifted !== isBeyond(one))) return 'unresolved';
  const whole = measurements.filter(({ scope }) => scope === 'dataset');
  const seen = (whole.length > 0 ? whole : measurements).some(({ drifted }) => drifted);
  const verdict = seen ? 'drift' : 'no_drift';
  return claim === null || claim === verdict ? verdict : 'unresolved';
}
