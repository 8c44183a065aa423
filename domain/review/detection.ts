import type { Metrics } from '../../contracts/report.ts';

/** How long a change went unnoticed, beside what the rehearsal had predicted. */
export interface Detection {
  /** From the window in which the change began to the one that alarmed, both counted, as the rehearsal counts. */
  readonly windows: number;
  /** Days from the change to the end of that window, when the alarm can be raised at the earliest. */
  readonly days: number;
  /** Median and 90 % quantile of `drift-rehearsal`, in windows. */
  readonly predicted: { readonly median: number; readonly p90: number | null } | null;
}

const DAY = 86_400_000;

/**
 * `rehearsed` are the metrics of `drift-rehearsal`; `began` is the change, `alarmed` the end of the window that alarmed, milliseconds of
 * event time. Null for an alarm before the change.
 */
export function detectionOf(
  rehearsed: Metrics,
  began: number,
  alarmed: number,
  windowMs: number,
): Detection | null {
  if (alarmed <= began) return null;
  const median = rehearsed['detection-delay-windows']?.value;
  return {
    windows: (alarmed - Math.floor(began / windowMs) * windowMs) / windowMs,
    days: (alarmed - began) / DAY,
    predicted:
      median === undefined ? null : { median, p90: rehearsed['detection-delay-windows-p90']?.value ?? null },
  };
}
