/** What the sink says of a ledger that is a plain object, without a server. */
import type { Ledger } from '../../adapters/ledger/index.ts';
import type { LedgerEntry } from '../../contracts/ledger.ts';
import type { RunEvent } from '../../contracts/openlineage.ts';
import { openLineageSink } from '../../services/outbox/openlineage/sink.ts';

/** `portion`: how many facts of a stream are told at once. */
export async function told(
  streams: Readonly<Record<string, readonly unknown[]>>,
  portion = 1_000,
): Promise<RunEvent[]> {
  const entries = (stream: string): LedgerEntry[] =>
    (streams[stream] ?? []).map((event, index) => ({ ...(event as LedgerEntry), stream, seq: index + 1 }));
  const events: RunEvent[] = [];
  const read: Ledger['read'] = (stream, { from = 1, limit = Infinity } = {}) =>
    Promise.resolve(entries(stream).slice(from - 1, from - 1 + limit));
  const transport = {
    place: 'a list',
    send: (some: readonly RunEvent[]) => Promise.resolve(void events.push(...some)),
    close: () => Promise.resolve(),
  };
  const sink = openLineageSink(transport, { read } as Ledger, 'seatrial');
  for (const stream of Object.keys(streams)) {
    const all = entries(stream);
    for (let at = 0; at < all.length; at += portion) await sink.take(all.slice(at, at + portion));
  }
  return events;
}
