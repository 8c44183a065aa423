/** Numbers for people: three significant digits, with their unit. */

/** Milliseconds since 1970 as ISO 8601 without fractions of a second. */
export function asTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Three significant digits without an exponent where that is readable. */
export function asNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1000 && size < 1e9) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** A harm: `12 % of the baseline`, `0.0021 ms`, or `not bounded`. */
export function asHarm(metric: { relative: boolean; unit?: string }, harm: number | null): string {
  if (harm === null) return 'not bounded';
  if (metric.relative) return `${asNumber(100 * harm)} % of the baseline`;
  return `${asNumber(harm)}${metric.unit === undefined || metric.unit === '' ? '' : ` ${metric.unit}`}`;
}

/** A metric's value with its unit. */
export function asValue(metric: { unit?: string }, value: number | null): string {
  if (value === null) return 'no value';
  return `${asNumber(value)}${metric.unit === undefined || metric.unit === '' ? '' : ` ${metric.unit}`}`;
}
