// Proves: the ledger keeps its promises on PGlite and on a real PostgreSQL alike. Appending is idempotent and all or nothing,
// also between concurrent writers and when the server is killed in the middle; history cannot be changed from SQL, and
// where somebody forces it, the chain names the entry.
import type { Socket } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  LedgerConflict,
  LedgerUnavailable,
  openLedger,
  sha256,
  type Ledger,
} from '../../adapters/ledger/index.ts';
import type { DomainEvent } from '../../contracts/ledger.ts';
import { GENESIS, verifyChain } from '../../domain/ledger/index.ts';
import { freePort, pglite, postgres, postgresPrograms, type TestDatabase } from './databases.ts';

const programs = postgresPrograms();
if (!programs)
  console.warn('SKIPPED: no PostgreSQL server on this machine, so the ledger is tested on PGlite only.');

const event = (type: string, data: DomainEvent['data'] = {}): DomainEvent => ({
  type,
  data,
  at: '2026-03-01T12:00:00.000Z',
});
const events = (...types: string[]) => types.map((type) => event(type));

describe.each([
  { name: 'PGlite', start: pglite },
  ...(programs ? [{ name: 'PostgreSQL', start: () => postgres(programs) }] : []),
])('the ledger on $name', ({ start }) => {
  let database: TestDatabase;
  let ledger: Ledger;
  let stream: string;
  let streamCount = 0;

  beforeAll(async () => {
    database = await start();
    ledger = await openLedger(database.url);
    await Promise.all([ledger.migrate(), ledger.migrate(), ledger.migrate()]);
  });
  afterAll(async () => {
    await ledger?.close();
    await database?.remove();
  });
  beforeEach(() => {
    streamCount += 1;
    stream = `release/flight-delays/v${streamCount}`;
  });

  const verify = async () => verifyChain(await ledger.read(stream), sha256, await ledger.head(stream));

  test('gives back what was appended, in order, with a chain that holds', async () => {
    const awkward = event('Awkward', {
      text: '\u0000 \ud800 é \u2028 "quoted" \\',
      numbers: [0, -0, 1e21, 0.1, 5e-324, 333333333.33333329],
      __proto: { b: [], a: {} },
      absent: undefined,
    });
    await ledger.append({ stream, after: 0, events: [event('A'), awkward] });
    const { head } = await ledger.append({ stream, after: 2, events: events('C') });

    const entries = await ledger.read(stream);
    expect(entries.map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'A'],
      [2, 'Awkward'],
      [3, 'C'],
    ]);
    expect(entries[1]?.data).toEqual(JSON.parse(JSON.stringify(awkward.data)));
    expect(await verify()).toEqual({ valid: true, entries: 3, head });
  });

  test('reads a part, lists streams by prefix, and knows that an unknown stream is empty', async () => {
    await ledger.append({ stream, after: 0, events: events('A', 'B', 'C', 'D') });
    expect((await ledger.read(stream, { from: 2, limit: 2 })).map(({ type }) => type)).toEqual(['B', 'C']);

    await ledger.append({ stream: 'model/prefix_a', after: 0, events: events('A') });
    await ledger.append({ stream: 'model/prefixXa', after: 0, events: events('A') });
    expect(await ledger.streams('model/prefix_')).toEqual(['model/prefix_a']);
    expect(await ledger.streams()).toContain(stream);

    expect(await ledger.head('model/unknown')).toEqual(GENESIS);
    expect(await ledger.read('model/unknown')).toEqual([]);
  });

  test('answers a repeated append as before, also when the stream has grown since', async () => {
    const request = { stream, after: 0, events: events('A', 'B') };
    const first = await ledger.append(request);
    await ledger.append({ stream, after: 2, events: events('C') });
    const again = { head: first.head, added: 0 };
    expect(first.added).toBe(2);
    expect(await ledger.append(request)).toEqual(again);
    expect(await ledger.append({ stream, after: 2, events: [] })).toEqual(again);
    expect(await ledger.append({ stream, after: 1, events: events('B', 'C', 'D') })).toMatchObject({
      added: 1,
    });
    expect(await verify()).toMatchObject({ valid: true, entries: 4 });
  });

  test.each([
    ['other events at the same place', 1, events('X'), 2],
    ['the same type with other data', 0, [event('A', { changed: true })], 1],
    ['a place beyond the end', 5, events('F'), 3],
  ])('refuses %s', async (_name, after, wrong, seq) => {
    await ledger.append({ stream, after: 0, events: events('A', 'B') });
    const refusal: unknown = await ledger
      .append({ stream, after, events: wrong })
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(LedgerConflict);
    expect(refusal).toMatchObject({ code: 'LEDGER_CONFLICT', stream, seq });
    expect(await verify()).toMatchObject({ valid: true, entries: 2 });
  });

  test('lets one of many concurrent writers win, and stays a chain', async () => {
    const ledgers = await Promise.all([1, 2, 3].map(() => openLedger(database.url)));
    try {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 12 }, (_, i) =>
          ledgers[i % 3]!.append({ stream, after: 0, events: events(`Writer${i % 4}`, 'Second') }),
        ),
      );
      const heads = outcomes.flatMap((o) => (o.status === 'fulfilled' ? [o.value.head.hash] : []));
      const refusals = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason as unknown] : []));
      // Four different requests, each sent three times: the winner is answered three times, all others are refused.
      expect(heads).toHaveLength(3);
      expect(new Set(heads).size).toBe(1);
      expect(refusals.every((error) => error instanceof LedgerConflict)).toBe(true);
      expect(await verify()).toMatchObject({ valid: true, entries: 2 });
    } finally {
      await Promise.all(ledgers.map((other) => other.close()));
    }
  });

  test('loses nothing that it confirmed, and keeps no half of an append, when the server is killed', async () => {
    let confirmed = 0;
    const batch = (i: number) =>
      Array.from({ length: 5 }, (_, n) => event(`E${i}`, { n, padding: 'x'.repeat(2_000) }));
    const writer = async (): Promise<unknown> => {
      for (let i = 0; i < 10_000; i++) {
        try {
          await ledger.append({ stream, after: i * 5, events: batch(i) });
        } catch (error) {
          return error;
        }
        confirmed = i + 1;
      }
      return undefined;
    };
    const writing = writer();
    while (confirmed < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    await database.kill();
    expect(await writing).toBeInstanceOf(LedgerUnavailable);
    await expect(ledger.head(stream)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });

    await database.start();
    const found = (await ledger.head(stream)).seq;
    expect(found % 5).toBe(0);
    expect([confirmed * 5, (confirmed + 1) * 5]).toContain(found);
    // What a retried activity does: the same append again, whether or not it had arrived.
    await ledger.append({ stream, after: confirmed * 5, events: batch(confirmed) });
    expect(await verify()).toMatchObject({ valid: true, entries: (confirmed + 1) * 5 });
  });

  test('forgets what a writer had not committed when it died', async () => {
    const dying = new pg.Client({ connectionString: database.url });
    dying.on('error', () => undefined);
    await dying.connect();
    await dying.query('begin');
    await dying.query(
      `insert into seatrial_ledger (stream, seq, hash, previous_hash, body)
       values ('${stream}', 1, encode(sha256('{}'), 'hex'), '', '{}')`,
    );
    (dying as unknown as { connection: { stream: Socket } }).connection.stream.destroy();

    await ledger.append({ stream, after: 0, events: events('A') });
    expect(await verify()).toMatchObject({ valid: true, entries: 1 });
  });

  describe('somebody with a database password', () => {
    const sql = async (...statements: string[]): Promise<void> => {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      try {
        for (const statement of statements) await client.query(statement);
      } finally {
        await client.end();
      }
    };
    beforeEach(async () => {
      await ledger.append({ stream, after: 0, events: events('A', 'B', 'C') });
    });

    test.each([
      [
        'change an entry',
        (s: string) => `update seatrial_ledger set body = '{}' where stream = '${s}' and seq = 2`,
      ],
      ['delete an entry', (s: string) => `delete from seatrial_ledger where stream = '${s}' and seq = 2`],
      ['empty the table', () => 'truncate seatrial_ledger'],
    ])('cannot %s', async (_name, statement) => {
      await expect(sql(statement(stream))).rejects.toThrow(/append-only/);
      expect(await verify()).toMatchObject({ valid: true, entries: 3 });
    });

    test('cannot insert an entry whose hash is not of its body', async () => {
      const forged = `insert into seatrial_ledger (stream, seq, hash, previous_hash, body)
                      select stream, 4, hash, hash, '{"type":"Forged"}' from seatrial_ledger where stream = '${stream}' and seq = 3`;
      await expect(sql(forged)).rejects.toThrow(/seatrial_ledger_hash/);
    });

    test('is found out by the chain after taking the trigger away', async () => {
      const { head } = await ledger.append({ stream, after: 3, events: [] });
      await sql(
        'alter table seatrial_ledger disable trigger seatrial_ledger_append_only',
        `update seatrial_ledger set body = replace(body, '"B"', '"X"'),
           hash = encode(sha256(convert_to(replace(body, '"B"', '"X"'), 'UTF8')), 'hex') where stream = '${stream}' and seq = 2`,
        'alter table seatrial_ledger enable trigger seatrial_ledger_append_only',
      );
      expect(verifyChain(await ledger.read(stream), sha256, head)).toMatchObject({
        valid: false,
        at: 2,
        problem: 'changed',
      });
    });
  });
});

describe('openLedger', () => {
  test.each([
    ['nobody listens', async () => `postgresql://postgres:secret@127.0.0.1:${await freePort()}/postgres`],
    ['the address is not a database URL', () => Promise.resolve('localhost:5432')],
  ])('says so without the password when %s', async (_name, url) => {
    const refusal: unknown = await openLedger(await url()).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(LedgerUnavailable);
    expect((refusal as LedgerUnavailable).message).toMatch(/DATABASE_URL/);
    expect((refusal as LedgerUnavailable).message).not.toContain('secret');
  });
});
