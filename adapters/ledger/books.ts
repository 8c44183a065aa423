import type { LedgerEntry } from '../../contracts/ledger.ts';
import { unreadStreams, type Books } from '../../domain/lineage/index.ts';
import type { Ledger } from './index.ts';

/** Entries of these streams and of all that they lead to, up to the first release of the model and down to the last. */
export async function readBooks(ledger: Pick<Ledger, 'read'>, streams: readonly string[]): Promise<Books> {
  const books = new Map<string, readonly LedgerEntry[]>();
  for (let next: readonly string[] = streams; next.length > 0; next = unreadStreams(books)) {
    for (const stream of next) books.set(stream, await ledger.read(stream));
  }
  return books;
}
