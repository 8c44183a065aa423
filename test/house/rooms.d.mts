import type { Rule } from 'eslint';

export interface Room {
  readonly path: string;
  readonly imports: 'all' | readonly string[];
  readonly outside: 'all' | readonly string[];
}

export const rooms: Readonly<Record<string, Room>>;
export function roomOf(path: string): string | undefined;
export function refusal(file: string, specifier: string): string | undefined;
export const roomsRule: Rule.RuleModule;
