import type { ReleaseView } from '../../../contracts/release-view.ts';

/** How long the summer went unnoticed, beside what the rehearsal had predicted; null where there is nothing to say. */
export interface Detection {
  /** From the window in which the change began to the one that alarmed, both counted, as the rehearsal counts. */
  readonly windows: number;
  /** Days from the change to the end of that window, when the alarm can be raised at the earliest. */
  readonly days: number;
  /** Median and 90 % quantile of `drift-rehearsal`, in windows. */
  readonly predicted: { readonly median: number; readonly p90: number | null } | null;
}

const DAY = 86_400_000;

/** `began` is the change, `alarmed` the end of the window that alarmed, milliseconds of event time; null for an alarm before. */
export function detectionOf(
  view: ReleaseView,
  began: number,
  alarmed: number,
  windowMs: number,
): Detection | null {
  if (alarmed <= began) return null;
  const metrics = view.steps.find(({ name }) => name === 'drift-rehearsal')?.metrics ?? {};
  const median = metrics['detection-delay-windows']?.value;
  return {
    windows: (alarmed - Math.floor(began / windowMs) * windowMs) / windowMs,
    days: (alarmed - began) / DAY,
    predicted:
      median === undefined ? null : { median, p90: metrics['detection-delay-windows-p90']?.value ?? null },
  };
}

export function detectionLine({ windows, days, predicted }: Detection): string {
  const observed = `the summer was noticed in its week ${windows}, ${days.toFixed(0)} days after 1 June`;
  if (predicted === null) return observed;
  const { median, p90 } = predicted;
  const most = p90 === null ? '' : `, in nine of ten changes by week ${p90}`;
  return `${observed}; drift-rehearsal had predicted week ${median}${most}`;
}
