import type { Measurement, Severity } from '../../../contracts/live-events.ts';
import type { Finding, MonitoredKind } from './closed-window.ts';

/** One-sided level of every bound that a judge compares: each holds by 95 %, over all that the judge looked at. */
export const CONFIDENCE = 0.95;

export const short = (value: number): string => String(Number(value.toPrecision(4)));

export function unresolved(kind: MonitoredKind, reason: string, rows: number): Finding {
  return { kind, verdict: 'unresolved', severity: null, measurements: [], numbers: { rows }, reason };
}

/** Drift when a measurement drifted; unresolved when none did and `open` says what could not be measured. */
export function findingOf(
  kind: MonitoredKind,
  measurements: readonly Measurement[],
  {
    rows,
    severity = 'warning',
    open = [],
    numbers = {},
  }: {
    readonly rows: number;
    readonly severity?: Severity;
    readonly open?: readonly string[];
    readonly numbers?: Readonly<Record<string, number>>;
  },
): Finding {
  const excess = ({ value, threshold }: Measurement): number => value / (threshold || Number.EPSILON);
  const sorted = [...measurements].sort((a, b) => excess(b) - excess(a));
  const drifted = sorted.filter((measurement) => measurement.drifted);
  const verdict = drifted.length > 0 ? 'drift' : open.length > 0 ? 'unresolved' : 'no_drift';
  const shown = drifted.length > 0 ? drifted : sorted;
  const words = shown.slice(0, 3).map(({ name, metric, value, threshold }) => {
    return `${name === null ? '' : `${name} `}${metric} ${value.toPrecision(3)} of ${short(threshold)}`;
  });
  return {
    kind,
    verdict,
    severity: verdict === 'drift' ? severity : null,
    measurements: sorted,
    numbers: { rows, measures: measurements.length, drifted: drifted.length, ...numbers },
    reason:
      verdict === 'unresolved'
        ? open[0]!
        : `${drifted.length} of ${measurements.length} measures drifted in ${rows} rows: ${words.join(', ')}`,
  };
}
