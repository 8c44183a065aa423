import { readFile } from 'node:fs/promises';
import type { LedgerEntry } from '../contracts/ledger.ts';
import { GENESIS, verifyChain, type LedgerHead, type LedgerVerdict } from '../domain/ledger/index.ts';
import { sha256, type Ledger } from '../adapters/ledger/index.ts';
import { SeatrialError } from './errors.ts';

/** A stream on paper: what `history -o json` writes and `verify FILE` reads, with no server anywhere. */
export interface LedgerExport {
  readonly schema: 1;
  readonly stream: string;
  readonly head: LedgerHead;
  readonly entries: readonly LedgerEntry[];
}

/**
 * Entries of a stream, oldest first; up to and including `at` (ISO 8601) when it is given.
 * Throws `SeatrialError` RELEASE_UNKNOWN for a stream without any entry: nothing must not pass for a sound ledger.
 */
export async function readHistory(ledger: Ledger, stream: string, at?: string): Promise<LedgerExport> {
  const until = at === undefined ? Infinity : Date.parse(at);
  if (Number.isNaN(until)) {
    throw new SeatrialError(
      'USAGE',
      `${JSON.stringify(at)} is not a time. Write it as 2026-03-01T12:00:00Z.`,
    );
  }
  const all = await ledger.read(stream);
  if (all.length === 0) throw new SeatrialError('RELEASE_UNKNOWN', `The ledger has no entry of ${stream}.`);
  const end = all.findIndex((entry) => Date.parse(entry.at) > until);
  const entries = end === -1 ? all : all.slice(0, end);
  const last = entries.at(-1);
  return { schema: 1, stream, head: last ? { seq: last.seq, hash: last.hash } : GENESIS, entries };
}

/** The version of a model that served at the end of this part of its history; null when none did. */
export function championAt({ entries }: LedgerExport): string | null {
  const last = entries.findLast((entry) => entry.type === 'ChampionChanged');
  return typeof last?.data['version'] === 'string' ? last.data['version'] : null;
}

export interface Verification {
  readonly stream: string;
  readonly verdict: LedgerVerdict;
}

/** Checks an export. `head` is one that was noted elsewhere; without it the export's own is held against its entries. */
export function verifyExport({ stream, entries, head }: LedgerExport, noted?: LedgerHead): Verification {
  const verdict = verifyChain(entries, sha256, noted ?? head);
  const first = entries[0];
  if (verdict.valid && first && first.stream !== stream) {
    const message = `The file says that it is ${stream}, and its entries are of ${first.stream}.`;
    return { stream, verdict: { valid: false, at: 1, problem: 'foreign', message } };
  }
  return { stream, verdict };
}

/** Reads an exported ledger. Throws `SeatrialError` USAGE when the file is none. */
export async function readExport(path: string): Promise<LedgerExport> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SeatrialError('USAGE', `${path} cannot be read as JSON: ${reason}.`, { cause: error });
  }
  if (isExport(parsed)) return parsed;
  throw new SeatrialError(
    'USAGE',
    `${path} is not an exported ledger. \`seatrial history RELEASE -o json\` writes one.`,
  );
}

/** Only as much shape as the checks rely on: what is inside the entries is the chain's own business. */
function isExport(value: unknown): value is LedgerExport {
  if (typeof value !== 'object' || value === null) return false;
  const { schema, stream, head, entries } = value as Partial<Record<keyof LedgerExport, unknown>>;
  const isHead =
    typeof head === 'object' &&
    head !== null &&
    'seq' in head &&
    'hash' in head &&
    typeof head.seq === 'number';
  const isList =
    Array.isArray(entries) && entries.every((entry) => typeof entry === 'object' && entry !== null);
  return schema === 1 && typeof stream === 'string' && isHead && isList;
}
