import { z } from 'zod';

const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const DURATION = /^([1-9]\d{0,8})(s|m|h|d)$/;

export const DURATION_RULE = 'write a whole number and a unit, such as 30s, 10m, 48h or 7d';

/** Seconds of `30s`, `10m`, `48h` or `7d`; undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  return match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : undefined;
}

/** A span of time as people write it; seconds once parsed. */
export const duration = z
  .string()
  .regex(DURATION, DURATION_RULE)
  .transform((text) => parseDuration(text) ?? Number.NaN);
