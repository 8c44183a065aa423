import type pg from 'pg';
import type { LedgerEntry } from '../../contracts/ledger.ts';
import { toEntry, type Row } from './row.ts';

/** The unread entries of one stream, in order. */
export interface Unread {
  readonly stream: string;
  readonly entries: readonly LedgerEntry[];
}

/**
 * The ledger as an outbox, for one named reader: what it has not confirmed yet. How far it came is kept beside the
 * ledger, by stream: entries of one stream are read in order and none is left out, whatever the order in which the
 * database finished its transactions. (One number over all streams has no such order: a smaller one may appear later.)
 */
export interface LedgerFeed {
  /** Oldest streams first, at most `limit` entries; empty when all is read. Streams in `except` are left for later. */
  unread(limit: number, except?: readonly string[]): Promise<readonly Unread[]>;
  /** All entries of the stream up to `seq` are done and never come again. */
  confirm(stream: string, seq: number): Promise<void>;
}

type Transaction = <T>(work: (client: pg.PoolClient) => Promise<T>) => Promise<T>;

// Longer than any append may take. An entry's time is that of its transaction's beginning, so it may appear after entries
// of a later time, and an index over time finds only what is newer than this.
const OVERLAP = '10 minutes';

const unreadQuery = `
with behind as (
  select l.stream, min(l.appended_at) as since
  from seatrial_ledger l
  left join seatrial_readers r on r.reader = $1 and r.stream = l.stream
  where l.seq > coalesce(r.seq, 0) and l.appended_at > $2::timestamptz and l.stream <> all ($3::text[])
  group by l.stream
  order by since, l.stream
  limit $4
)
select l.seq, l.hash, l.body
from behind b
join seatrial_ledger l on l.stream = b.stream
left join seatrial_readers r on r.reader = $1 and r.stream = l.stream
where l.seq > coalesce(r.seq, 0)
order by b.since, b.stream, l.seq
limit $4`;

export function createFeed(transaction: Transaction, reader: string): LedgerFeed {
  // All that began before this is confirmed. Only in memory: a new process looks at the whole ledger once.
  let doneUntil = '-infinity';
  return {
    unread: (limit, except = []) =>
      transaction(async (client) => {
        const { rows: time } = await client.query<{ overlap: string }>(
          `select (now() - interval '${OVERLAP}')::text as overlap`,
        );
        const { rows } = await client.query<Row>(unreadQuery, [reader, doneUntil, [...except], limit]);
        if (rows.length === 0 && except.length === 0) doneUntil = time[0]?.overlap ?? doneUntil;
        const streams = new Map<string, LedgerEntry[]>();
        for (const entry of rows.map(toEntry)) {
          const entries = streams.get(entry.stream);
          if (entries) entries.push(entry);
          else streams.set(entry.stream, [entry]);
        }
        return [...streams].map(([stream, entries]) => ({ stream, entries }));
      }),

    confirm: (stream, seq) =>
      transaction(async (client) => {
        await client.query(
          `insert into seatrial_readers (reader, stream, seq) values ($1, $2, $3)
           on conflict (reader, stream) do update set seq = greatest(seatrial_readers.seq, excluded.seq), read_at = now()`,
          [reader, stream, seq],
        );
      }),
  };
}
