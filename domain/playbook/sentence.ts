import type { JsonValue } from '../../contracts/json.ts';
import type { PlaybookChange } from '../../contracts/playbook.ts';
import type { Effect, Setting } from './effect.ts';

/** Who is changed, and by whom; the release file, unless `by` is given. */
export interface Sides {
  readonly of: string;
  readonly by?: string;
}

/** Makes the changes of one step: each with its field, what was and is, and the sentence in which the playbook is named. */
export type Note = (
  effect: Effect | null,
  field: string,
  was: Setting,
  is: Setting,
  text: (whereOf: string) => string,
) => PlaybookChange[];

export function noteFor(step: string, sides: Sides): Note {
  return (effect, field, was, is, text) => {
    if (effect === null) return [];
    const values = { was: (was ?? null) as JsonValue, is: (is ?? null) as JsonValue };
    return [{ effect, step, field, ...values, ...sides, text: text(`where \`${sides.of}\``) }];
  };
}

export const quoted = (name: string): string => `\`${name}\``;

/** `90s`, `10m`, `48h`, `7d`: in the largest unit that is whole, days only from two on. */
export function span(seconds: number): string {
  for (const [unit, size, least] of [
    ['d', 86_400, 2],
    ['h', 3_600, 1],
    ['m', 60, 1],
  ] as const) {
    if (seconds >= size * least && seconds % size === 0) return `${seconds / size}${unit}`;
  }
  return `${seconds}s`;
}
