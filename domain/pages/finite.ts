import type { JsonValue } from '../../contracts/json.ts';

/** Where a specification holds a number that is none, such as `data.values.3.p99`; undefined when it holds none. */
export function notFinite(value: JsonValue | undefined, at = ''): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : at;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = notFinite(inner as JsonValue, at === '' ? key : `${at}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
