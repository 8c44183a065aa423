import type { LedgerEntry } from '../../contracts/ledger.ts';
import { entryBody, GENESIS, type LedgerHead, type Sha256 } from './chain.ts';

/**
 * `changed`: what an entry says is not what was hashed, or not what the next entry was linked to.
 * `missing`: no entry with this number.  `reordered`: it is there, at another place.
 * `foreign`: sound in itself, but of another stream or another chain.
 */
export type LedgerProblem = 'changed' | 'missing' | 'reordered' | 'foreign';

export type LedgerVerdict =
  | { readonly valid: true; readonly entries: number; readonly head: LedgerHead }
  | {
      readonly valid: false;
      /** Number of the bad entry: the first place at which the ledger is not what it must be. */
      readonly at: number;
      readonly problem: LedgerProblem;
      readonly message: string;
    };

/**
 * Checks a whole stream from its first entry and names the bad one.
 *
 * A chain alone cannot show that its end was cut off, or that all of it was written anew: for that give `expectedHead`,
 * a head that somebody noted elsewhere. It must lie on the chain; the chain may have grown since.
 */
export function verifyChain(
  entries: readonly LedgerEntry[],
  sha256: Sha256,
  expectedHead?: LedgerHead,
): LedgerVerdict {
  const stream = commonStream(entries);
  let previous: LedgerHead = GENESIS;

  for (const [index, entry] of entries.entries()) {
    const seq = index + 1;
    if (!hashHolds(entry, sha256)) {
      return bad(seq, 'changed', `Entry ${seq} was changed: its hash is not the hash of what it says.`);
    }
    if (entry.stream !== stream) {
      return bad(seq, 'foreign', `Entry ${seq} belongs to ${entry.stream}, not to ${stream}.`);
    }
    if (entry.seq !== seq) return misplaced(entries, index);
    if (entry.previousHash !== previous.hash) return unlinked(entries, index, expectedHead);
    previous = entry;
  }
  return checkHead(entries, previous, expectedHead);
}

function misplaced(entries: readonly LedgerEntry[], index: number): LedgerVerdict {
  const seq = index + 1;
  const found = entries[index]!.seq;
  if (found < seq) return bad(seq, 'reordered', `Entry ${found} appears again where entry ${seq} should be.`);
  const place = entries.findIndex((entry) => entry.seq === seq);
  if (place > index) {
    const message = `Entry ${seq} was moved: entry ${found} stands in its place, and it comes later, at ${place + 1}.`;
    return bad(seq, 'reordered', message);
  }
  return bad(seq, 'missing', `Entry ${seq} is missing: entry ${found} stands in its place.`);
}

/**
 * Entry and predecessor are each sound and do not fit together, so one of them was replaced by something with a hash of its own.
 * What comes after bears witness: when it is linked to this entry, the one before is false.
 */
function unlinked(entries: readonly LedgerEntry[], index: number, expectedHead?: LedgerHead): LedgerVerdict {
  const seq = index + 1;
  const entry = entries[index]!;
  const next = entries[index + 1];
  const denied = next
    ? next.previousHash !== entry.hash
    : expectedHead?.seq === seq && expectedHead.hash !== entry.hash;
  if (index === 0 || denied) {
    return bad(seq, 'foreign', `Entry ${seq} is of another chain: it does not follow entry ${seq - 1}.`);
  }
  return bad(
    seq - 1,
    'changed',
    `Entry ${seq - 1} was changed and hashed anew: entry ${seq} was linked to another one.`,
  );
}

function checkHead(entries: readonly LedgerEntry[], head: LedgerHead, expected?: LedgerHead): LedgerVerdict {
  if (expected && expected.seq > head.seq) {
    const message = `Entry ${head.seq + 1} is missing: the ledger was known to reach ${expected.seq}.`;
    return bad(head.seq + 1, 'missing', message);
  }
  const noted = expected && expected.seq > 0 ? entries[expected.seq - 1] : undefined;
  if (noted && noted.hash !== expected?.hash) {
    const message = `Entry ${noted.seq} was changed and hashed anew: its hash is not the one that was noted.`;
    return bad(noted.seq, 'changed', message);
  }
  return { valid: true, entries: entries.length, head: { seq: head.seq, hash: head.hash } };
}

function hashHolds(entry: LedgerEntry, sha256: Sha256): boolean {
  try {
    return sha256(entryBody(entry)) === entry.hash;
  } catch {
    // An entry that is not JSON was never hashed by us: the caller reports it as changed.
    return false;
  }
}

/** The stream that most entries name, so that a foreign first entry does not make all others look foreign. */
function commonStream(entries: readonly LedgerEntry[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { stream } of entries) counts.set(stream, (counts.get(stream) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

function bad(at: number, problem: LedgerProblem, message: string): LedgerVerdict {
  return { valid: false, at, problem, message };
}
