import type { JsonValue } from '../../contracts/json.ts';
import type { PlaybookChange } from '../../contracts/playbook.ts';
import { canonicalJson } from '../ledger/index.ts';
import type { Direction } from './directions.ts';
import { isRecord } from './merge.ts';

export type Effect = PlaybookChange['effect'];

/** Null for nothing: a setting that is not there sets no limit and does nothing. */
export type Setting = JsonValue | undefined;

export const same = (a: Setting, b: Setting): boolean =>
  canonicalJson(a ?? null) === canonicalJson(b ?? null);

/** What it means that `is` stands where `was` stood; null when nothing changed. */
export function effectOf(direction: Direction, was: Setting, is: Setting, metric?: Setting): Effect | null {
  if (same(was, is)) return null;
  switch (direction) {
    case 'floor':
      return effectOf(metric === 'log-loss' ? 'most' : 'least', was, is);
    case 'most':
      return byNumber(was, is, (a, b) => b > a);
    case 'least':
      return byNumber(was, is, (a, b) => b < a);
    case 'choice':
      return is === 'warning' || is === 'hash' ? 'weaker' : 'stricter';
    case 'on':
    case 'kept':
      return presence(was, is) ?? byList(was, is);
    case 'few':
      return flipped(presence(was, is) ?? byList(was, is));
    case 'none':
      return 'other';
  }
}

/** A limit that is gone limits nothing; one that is new limits more. */
function byNumber(was: Setting, is: Setting, looser: (a: number, b: number) => boolean): Effect {
  if (typeof was === 'number' && typeof is === 'number') return looser(was, is) ? 'weaker' : 'stricter';
  return presence(was, is) ?? 'other';
}

function presence(was: Setting, is: Setting): Effect | null {
  const none = (one: Setting): boolean => one === undefined || one === null || one === false;
  return none(was) === none(is) ? null : none(is) ? 'weaker' : 'stricter';
}

/** Some of the list gone is weaker, whatever else came; other blocks cannot be ordered. */
function byList(was: Setting, is: Setting): Effect {
  if (!Array.isArray(was) || !Array.isArray(is)) return 'other';
  const left = missing(was as JsonValue[], is as JsonValue[]);
  return left.length > 0 ? 'weaker' : 'stricter';
}

/** Entries of the first list that the second has not. */
export function missing(was: readonly JsonValue[], is: readonly JsonValue[]): JsonValue[] {
  const there = new Set(is.map((one) => canonicalJson(one)));
  return was.filter((one) => !there.has(canonicalJson(one)));
}

function flipped(effect: Effect): Effect {
  return effect === 'weaker' ? 'stricter' : effect === 'stricter' ? 'weaker' : effect;
}

/** A value in a sentence: `0.2`, `on`, `a, b`. */
export function said(value: Setting): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (Array.isArray(value))
    return value.length === 0 ? 'nothing' : (value as JsonValue[]).map(said).join(', ');
  if (isRecord(value)) return canonicalJson(value);
  return String(value);
}
