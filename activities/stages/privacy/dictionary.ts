import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { asCount } from '../../../domain/plan/index.ts';
import { Table } from '../../table.ts';
import type { DataFile } from '../sample-rows.ts';
import { blocking } from '../stage-report.ts';
import { notMade, type Attack } from './attack.ts';

/** Candidates of a masked column: a text file with one a line, or every number of up to so many digits. */
export type Dictionary = { readonly path: string } | { readonly digits: number };

const HASHES = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const;
const ENCODINGS = ['hex', 'base64', 'base64url'] as const;
/** Shorter texts collide by chance. */
const SHORTEST = 8;

/**
 * Turns masked identifiers back: every candidate is masked in the usual ways that need no key (digests, also cut short, and
 * encodings), and looked up among the masked values. A keyed mask (HMAC) or a random token is not found by this.
 */
export async function dictionaryReversal(
  released: readonly DataFile[],
  masked: Readonly<Record<string, Dictionary>>,
): Promise<Attack> {
  const columns = Object.entries(masked);
  if (columns.length === 0) return notMade('dictionary-reversal', 'no masked columns are declared');
  const found: { column: string; file: string; values: number; reversed: number; how: string | null }[] = [];
  for (const [column, dictionary] of columns) {
    const candidates = await candidatesOf(dictionary);
    for (const { path, what } of released) {
      const values = await Table.open(path, what, async (table) =>
        (await table.sizes([column])).flatMap(({ values: [value] }) => (value == null ? [] : [value])),
      );
      found.push({ column, file: what, values: values.length, ...reverse(values, candidates) });
    }
  }
  const bad = found.filter(({ reversed }) => reversed > 0);
  const [worst] = bad;
  return {
    attack: 'dictionary-reversal',
    notMade: null,
    checks: [
      blocking(
        'dictionary-reversal',
        'reversed-identifiers',
        bad.length === 0,
        worst === undefined
          ? `none of ${asCount(found.reduce((sum, { values }) => sum + values, 0))} masked identifiers could be turned back`
          : `${asCount(worst.reversed)} of ${asCount(worst.values)} identifiers in ${worst.column} of ${worst.file} were turned back (${worst.how ?? ''}); mask with a key that is kept elsewhere`,
      ),
    ],
    metrics: {
      'reversed-identifiers': {
        value: found.reduce((sum, { reversed }) => sum + reversed, 0),
        unit: 'identifiers',
        samples: found.reduce((sum, { values }) => sum + values, 0),
      },
    },
    details: found,
  };
}

async function candidatesOf(dictionary: Dictionary): Promise<string[]> {
  if ('digits' in dictionary) return Array.from({ length: 10 ** dictionary.digits }, (_, n) => String(n));
  const lines = (await readFile(dictionary.path, 'utf8')).split(/\r?\n/);
  return [...new Set(lines.filter((line) => line !== ''))];
}

function reverse(
  values: readonly string[],
  candidates: readonly string[],
): { reversed: number; how: string | null } {
  const open = new Set(values);
  const lengths = new Set(values.map(({ length }) => length));
  let how: string | null = null;
  let reversed = 0;
  for (const candidate of candidates) {
    for (const [way, text] of masks(candidate)) {
      // A mask may be the beginning of a digest, as short as the values are.
      for (const length of lengths) {
        if (length > text.length || (length < text.length && length < SHORTEST)) continue;
        if (open.delete(text.slice(0, length))) {
          reversed++;
          how ??= length < text.length ? `${way}, cut to ${length}` : way;
        }
      }
    }
  }
  return { reversed, how };
}

function* masks(candidate: string): Generator<[way: string, text: string]> {
  const spellings = new Set([candidate, candidate.trim(), candidate.toLowerCase(), candidate.toUpperCase()]);
  for (const spelling of spellings) {
    yield ['not masked', spelling];
    yield ['written backwards', [...spelling].reverse().join('')];
    for (const encoding of ENCODINGS) yield [encoding, Buffer.from(spelling).toString(encoding)];
    for (const hash of HASHES) {
      const digest = createHash(hash).update(spelling).digest();
      for (const encoding of ENCODINGS) {
        const text = digest.toString(encoding);
        yield [`${hash} as ${encoding}`, text];
        if (encoding === 'hex') yield [`${hash} as upper-case hex`, text.toUpperCase()];
      }
    }
  }
}
