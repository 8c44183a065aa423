const HOUR = 3_600_000;

export const hoursToMs = (hours: number): number => hours * HOUR;

/** Event time in milliseconds since 1970, or undefined when the text is no ISO 8601 instant with an offset. */
export function eventTimeOf(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isFinite(time) ? time : undefined;
}

export const isoOf = (time: number): string => new Date(time).toISOString();

/**
 * Start of the window that holds `time`: windows are [start, end), aligned to the epoch, so that every process and every
 * restart cuts time at the same places. A week of 168 hours therefore begins on a Thursday, as 1970 did.
 */
export function windowStartOf(time: number, windowHours: number): number {
  const length = hoursToMs(windowHours);
  return Math.floor(time / length) * length;
}
