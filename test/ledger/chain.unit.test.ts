// Proves: any single edit, loss, swap, repetition or intrusion in a chain is found, and the entry that is named is the bad one.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DomainEvent, LedgerEntry } from '../../contracts/ledger.ts';
import { chain, entryBody, GENESIS, verifyChain, type LedgerHead } from '../../domain/ledger/index.ts';

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');
const STREAM = 'release/flight-delays/v1';

const event = fc.record({
  type: fc.constantFrom('ReleaseStarted', 'StageFinished', 'GateOpened', 'DecisionRecorded'),
  data: fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<DomainEvent['data']>,
  at: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
});

/** A sound chain of at least two entries, and a place in it (from 1). */
const chainAndPlace = fc
  .array(event, { minLength: 2, maxLength: 12 })
  .map((events) => chain(STREAM, events, GENESIS, sha256))
  .chain((entries) => fc.tuple(fc.constant(entries), fc.integer({ min: 1, max: entries.length })));

const headOf = (entries: readonly LedgerEntry[]): LedgerHead => entries.at(-1)!;
const rehash = (entry: LedgerEntry): LedgerEntry => ({ ...entry, hash: sha256(entryBody(entry)) });
const replace = (entries: readonly LedgerEntry[], at: number, entry: LedgerEntry) =>
  entries.map((old, i) => (i === at - 1 ? entry : old));

function check(property: (entries: readonly LedgerEntry[], at: number) => void): void {
  fc.assert(
    fc.property(chainAndPlace, ([entries, at]) => property(entries, at)),
    { numRuns: 200 },
  );
}

describe('chain', () => {
  test('numbers from 1, links every entry to the one before, and may be continued', () => {
    check((entries, at) => {
      expect(entries.map((entry) => entry.seq)).toEqual(entries.map((_, i) => i + 1));
      expect(entries[0]?.previousHash).toBe('0'.repeat(64));
      const continued = chain(STREAM, entries.slice(at), entries[at - 1]!, sha256);
      expect(continued).toEqual(entries.slice(at));
    });
  });

  test('hashes the canonical JSON of everything but the hash', () => {
    const [entry] = chain(
      'model/m',
      [{ type: 'A', data: { b: 1, a: [] }, at: '2026-01-01T00:00:00.000Z' }],
      GENESIS,
      sha256,
    );
    expect(entry?.hash).toBe(
      sha256(
        `{"at":"2026-01-01T00:00:00.000Z","data":{"a":[],"b":1},"previousHash":"${'0'.repeat(64)}","seq":1,"stream":"model/m","type":"A"}`,
      ),
    );
  });
});

describe('verifyChain', () => {
  test('accepts every sound chain, also with the head that was noted at any time', () => {
    check((entries, at) => {
      const verdict = {
        valid: true,
        entries: entries.length,
        head: { seq: entries.length, hash: headOf(entries).hash },
      };
      expect(verifyChain(entries, sha256)).toEqual(verdict);
      expect(verifyChain(entries, sha256, entries[at - 1])).toEqual(verdict);
      expect(verifyChain(JSON.parse(JSON.stringify(entries)) as LedgerEntry[], sha256)).toEqual(verdict);
    });
    expect(verifyChain([], sha256)).toEqual({ valid: true, entries: 0, head: GENESIS });
  });

  test.each(['type', 'at', 'hash', 'previousHash', 'stream', 'seq', 'data', 'extra'] as const)(
    'names an entry whose %s was edited',
    (field) => {
      check((entries, at) => {
        const edited = {
          ...entries[at - 1]!,
          [field]: field === 'seq' ? 99 : field === 'data' ? { forged: true } : 'forged',
        };
        expect(verifyChain(replace(entries, at, edited), sha256)).toMatchObject({
          valid: false,
          at,
          problem: 'changed',
        });
      });
    },
  );

  test('names an entry that was edited and hashed anew', () => {
    check((entries, at) => {
      const forged = rehash({ ...entries[at - 1]!, data: { forged: true } });
      expect(verifyChain(replace(entries, at, forged), sha256, headOf(entries))).toMatchObject({
        valid: false,
        at,
        problem: 'changed',
      });
    });
  });

  test('names the first entry of a history that was written anew from there on', () => {
    check((entries, at) => {
      const kept = entries.slice(0, at - 1);
      const events = entries
        .slice(at - 1)
        .map((entry) => ({ type: entry.type, at: entry.at, data: { forged: true } }));
      const rewritten = [...kept, ...chain(STREAM, events, kept.at(-1) ?? GENESIS, sha256)];
      expect(verifyChain(rewritten, sha256).valid).toBe(true); // which is why heads are noted elsewhere
      expect(verifyChain(rewritten, sha256, headOf(entries))).toMatchObject({
        valid: false,
        problem: 'changed',
      });
    });
  });

  test('names an entry that was dropped; at the end only a noted head can show it', () => {
    check((entries, at) => {
      const rest = entries.filter((_, i) => i !== at - 1);
      expect(verifyChain(rest, sha256, headOf(entries))).toMatchObject({
        valid: false,
        at,
        problem: 'missing',
      });
      expect(verifyChain(rest, sha256).valid).toBe(at === entries.length);
    });
  });

  test('names the first place of two entries that were swapped', () => {
    check((entries, at) => {
      const other = (at % entries.length) + 1;
      const swapped = replace(replace(entries, at, entries[other - 1]!), other, entries[at - 1]!);
      expect(verifyChain(swapped, sha256)).toMatchObject({
        valid: false,
        at: Math.min(at, other),
        problem: 'reordered',
      });
    });
  });

  test('names the place of an entry that appears twice', () => {
    check((entries, at) => {
      const doubled = entries.toSpliced(at, 0, entries[at - 1]!);
      expect(verifyChain(doubled, sha256)).toMatchObject({ valid: false, at: at + 1, problem: 'reordered' });
    });
  });

  test('names an entry of another stream, and one of another chain of the same stream', () => {
    fc.assert(
      fc.property(
        chainAndPlace,
        fc.array(event, { minLength: 12, maxLength: 12 }),
        ([entries, at], events) => {
          fc.pre(entries.length > 2);
          const ofOther = chain('model/other', events, GENESIS, sha256)[at - 1]!;
          expect(verifyChain(replace(entries, at, ofOther), sha256)).toMatchObject({
            valid: false,
            at,
            problem: 'foreign',
          });

          fc.pre(at > 1);
          const ofTwin = chain(STREAM, [{ type: 'Twin', data: {}, at: '' }, ...events], GENESIS, sha256)[
            at - 1
          ]!;
          expect(verifyChain(replace(entries, at, ofTwin), sha256, headOf(entries))).toMatchObject({
            valid: false,
            at,
            problem: 'foreign',
          });
        },
      ),
      { numRuns: 200 },
    );
  });

  test('says in words what is wrong', () => {
    const entries = chain(
      STREAM,
      ['A', 'B', 'C'].map((type) => ({ type, data: {}, at: '2026-01-01T00:00:00.000Z' })),
      GENESIS,
      sha256,
    );
    const [a, b, c] = entries as [LedgerEntry, LedgerEntry, LedgerEntry];
    const message = (list: LedgerEntry[], head?: LedgerHead) => {
      const verdict = verifyChain(list, sha256, head);
      return verdict.valid ? 'valid' : verdict.message;
    };
    expect([
      message([a, { ...b, type: 'X' }, c]),
      message([a, rehash({ ...b, type: 'X' }), c]),
      message([a, c]),
      message([a, b], c),
      message([a, c, b]),
      message([a, a, b, c]),
    ]).toEqual([
      'Entry 2 was changed: its hash is not the hash of what it says.',
      'Entry 2 was changed and hashed anew: entry 3 was linked to another one.',
      'Entry 2 is missing: entry 3 stands in its place.',
      'Entry 3 is missing: the ledger was known to reach 3.',
      'Entry 2 was moved: entry 3 stands in its place, and it comes later, at 3.',
      'Entry 1 appears again where entry 2 should be.',
    ]);
  });
});
