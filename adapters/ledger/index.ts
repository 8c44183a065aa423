import { createHash } from 'node:crypto';
import pg from 'pg';
import type { DomainEvent, LedgerEntry } from '../../contracts/ledger.ts';
import { chain, entryBody, GENESIS, type LedgerHead, type Sha256 } from '../../domain/ledger/index.ts';
import { asLedgerError, LedgerConflict, LedgerUnavailable } from './errors.ts';
import { createFeed, type LedgerFeed } from './feed.ts';
import { toEntry, type Row } from './row.ts';
import { schema } from './schema.ts';

export { readBooks } from './books.ts';
export { LedgerConflict, LedgerUnavailable } from './errors.ts';
export type { LedgerFeed, Unread } from './feed.ts';

/** The hash function that `chain` and `verifyChain` want, from Node's own crypto. */
export const sha256: Sha256 = (text) => createHash('sha256').update(text, 'utf8').digest('hex');

export interface LedgerAppend {
  readonly stream: string;
  /** Number of the entry that the events follow; 0 begins a stream. */
  readonly after: number;
  readonly events: readonly DomainEvent[];
}

export interface LedgerPlace {
  readonly stream: string;
  readonly seq: number;
}

export interface Appended {
  readonly head: LedgerHead;
  /** Events that were not there before: the last ones of the request. */
  readonly added: number;
}

/** The hash-chained streams of domain events, in PostgreSQL. All methods throw `LedgerUnavailable` when it does not answer. */
export interface Ledger {
  /** Makes what is missing; may run at any time, from several processes at once. */
  migrate(): Promise<void>;
  /**
   * All events or none. Idempotent: sent again, it answers with the same head, even when the stream has grown since.
   * Throws `LedgerConflict` when other events are at that place, or when `after` lies beyond the end.
   */
  append(request: LedgerAppend): Promise<Appended>;
  /** Entries from number `from` (1) on, at most `limit` (all), in order. An unknown stream is empty. */
  read(stream: string, range?: { from?: number; limit?: number }): Promise<readonly LedgerEntry[]>;
  /** Names of the streams that begin with `prefix`, in order. */
  streams(prefix?: string): Promise<readonly string[]>;
  /** Places of the entries whose text has `part` in it, such as a digest: oldest first. Reads the whole ledger. */
  mentions(part: string): Promise<readonly LedgerPlace[]>;
  /** `GENESIS` (seq 0) for an unknown stream. */
  head(stream: string): Promise<LedgerHead>;
  /** What a reader of that name has not confirmed. One process at a time should read under a name. */
  feed(reader: string): LedgerFeed;
  close(): Promise<void>;
}

/**
 * Opens the ledger at a `postgresql://` URL and checks that it answers. Does not make tables: see `migrate`.
 *
 * Every call runs in a transaction of its own, also the reading ones. PGlite serves all its connections from one session and
 * keeps them apart by transaction only: outside of one, the unnamed statements of two connections can be mixed up.
 */
export async function openLedger(url: string): Promise<Ledger> {
  const where = describe(url);
  const pool = new pg.Pool({
    connectionString: url,
    max: 2,
    connectionTimeoutMillis: 10_000,
    query_timeout: 20_000,
    allowExitOnIdle: true,
  });
  // A connection may be lost while nobody waits for it. That is not a failure yet: the next query says so, or a new
  // connection is made. Without a listener, on the pool and on each client, Node would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));

  const transaction = <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
    inTransaction(pool, where, work);

  try {
    await transaction((client) => client.query('select 1'));
  } catch (error) {
    await pool.end();
    throw error;
  }

  return {
    migrate: () =>
      transaction(async (client) => {
        await lock(client, 'seatrial_ledger schema');
        await client.query(schema);
      }),

    append: ({ stream, after, events }) =>
      transaction(async (client) => {
        await lock(client, stream);
        return appendEvents(client, stream, after, events);
      }),

    read: (stream, { from = 1, limit } = {}) =>
      transaction(async (client) => {
        const { rows } = await client.query<Row>(
          'select seq, hash, body from seatrial_ledger where stream = $1 and seq >= $2 order by seq limit $3',
          [stream, from, limit ?? null],
        );
        return rows.map(toEntry);
      }),

    streams: (prefix = '') =>
      transaction(async (client) => {
        const { rows } = await client.query<{ stream: string }>(
          'select distinct stream collate "C" as stream from seatrial_ledger where starts_with(stream, $1) order by 1',
          [prefix],
        );
        return rows.map((row) => row.stream);
      }),

    mentions: (part) =>
      transaction(async (client) => {
        const { rows } = await client.query<LedgerPlace>(
          'select stream, seq from seatrial_ledger where strpos(body, $1) > 0 order by appended_at, stream, seq',
          [part],
        );
        return rows;
      }),

    head: (stream) => transaction((client) => headOf(client, stream)),

    feed: (reader) => createFeed(transaction, reader),

    close: () => pool.end(),
  };
}

async function appendEvents(
  client: pg.PoolClient,
  stream: string,
  after: number,
  events: readonly DomainEvent[],
): Promise<Appended> {
  const { rows } = await client.query<Row>(
    'select seq, hash, body from seatrial_ledger where stream = $1 and seq between $2 and $3 order by seq',
    [stream, after, after + events.length],
  );
  const [before, present] = after === 0 ? [GENESIS, rows] : [rows[0], rows.slice(1)];
  if (before?.seq !== after) {
    const { seq } = await headOf(client, stream);
    throw new LedgerConflict(
      stream,
      seq + 1,
      `The ledger of ${stream} ends at ${seq}; nothing can be appended after ${after}. Entries are missing between them.`,
    );
  }

  const wanted = chain(stream, events, { seq: before.seq, hash: before.hash }, sha256);
  for (const [index, { seq, hash, body }] of present.entries()) {
    if (wanted[index]?.hash !== hash) {
      const other = (JSON.parse(body) as LedgerEntry).type;
      throw new LedgerConflict(
        stream,
        seq,
        `The ledger of ${stream} holds another entry at ${seq} (${other}, not ${wanted[index]?.type ?? 'nothing'}): ` +
          'two writers, or a changed history.',
      );
    }
  }

  const missing = wanted.slice(present.length);
  if (missing.length > 0) {
    await client.query(
      `insert into seatrial_ledger (stream, seq, hash, previous_hash, body)
       select $1, * from unnest($2::integer[], $3::text[], $4::text[], $5::text[])`,
      [
        stream,
        missing.map((entry) => entry.seq),
        missing.map((entry) => entry.hash),
        missing.map((entry) => entry.previousHash),
        missing.map((entry) => entryBody(entry)),
      ],
    );
  }
  const last = wanted.at(-1) ?? before;
  return { head: { seq: last.seq, hash: last.hash }, added: missing.length };
}

async function headOf(client: pg.PoolClient, stream: string): Promise<LedgerHead> {
  const { rows } = await client.query<LedgerHead>(
    'select seq, hash from seatrial_ledger where stream = $1 order by seq desc limit 1',
    [stream],
  );
  return rows[0] ?? GENESIS;
}

/** One writer of a stream at a time; the lock ends with the transaction. */
async function lock(client: pg.PoolClient, name: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
}

async function inTransaction<T>(
  pool: pg.Pool,
  where: string,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  let client: pg.PoolClient | undefined;
  let broken = true;
  try {
    client = await pool.connect();
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    broken = false;
    return result;
  } catch (error) {
    broken = !(await rolledBack(client));
    throw asLedgerError(error, where);
  } finally {
    client?.release(broken);
  }
}

/** False when the connection cannot even roll back; then it is thrown away, and the server rolls back by itself. */
async function rolledBack(client: pg.PoolClient | undefined): Promise<boolean> {
  try {
    await client?.query('rollback');
    return true;
  } catch {
    return false;
  }
}

/** Host and database for messages; never the password. */
function describe(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    if (protocol === 'postgres:' || protocol === 'postgresql:') return `${host}${pathname}`;
  } catch {
    // Falls through to the same message: the text is not a URL at all.
  }
  throw new LedgerUnavailable(
    'DATABASE_URL is not of the form postgresql://user:password@host:port/database.',
  );
}
