import type { DomainEvent, LedgerEntry } from '../../contracts/ledger.ts';
import { canonicalJson } from './canonical-json.ts';

/** SHA-256 of the UTF-8 bytes of a text, as 64 lower-case hex characters. Handed in, because the domain has no crypto. */
export type Sha256 = (text: string) => string;

/** Where a stream ends. */
export interface LedgerHead {
  /** 0 for a stream that has no entry yet. */
  readonly seq: number;
  readonly hash: string;
}

/** The head of every empty stream: what the first entry names as the hash before it. */
export const GENESIS: LedgerHead = { seq: 0, hash: '0'.repeat(64) };

/** The exact text that an entry's hash is taken of: canonical JSON of everything in it but the hash. */
export function entryBody(entry: Omit<LedgerEntry, 'hash'> & { readonly hash?: string }): string {
  return canonicalJson({ ...entry, hash: undefined });
}

/**
 * Links events to the end of a stream. Pure: nothing is stored.
 * Throws `CanonicalJsonError` when an event holds something that JSON cannot carry.
 */
export function chain(
  stream: string,
  events: readonly DomainEvent[],
  head: LedgerHead,
  sha256: Sha256,
): readonly LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  let { seq, hash } = head;
  for (const { type, data, at } of events) {
    seq += 1;
    const unsigned = { stream, seq, type, at, data, previousHash: hash };
    hash = sha256(entryBody(unsigned));
    entries.push({ ...unsigned, hash });
  }
  return entries;
}
