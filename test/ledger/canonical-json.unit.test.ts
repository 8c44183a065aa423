// Proves: the canonical JSON that hashes are taken of is RFC 8785, by its own vectors and by an independent implementation,
// and a value that JSON would change in silence is refused with its place.
import canonicalizeModule from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, CanonicalJsonError } from '../../domain/ledger/index.ts';

// Its types describe an ES module and its code is CommonJS, so that the default import has the wrong type.
const canonicalize = canonicalizeModule as unknown as (input: unknown) => string | undefined;

describe('canonicalJson', () => {
  test('writes the example of RFC 8785, section 3.2.3', () => {
    const value = JSON.parse(`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
      "literals": [null, true, false]
    }`) as unknown;
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test('orders keys by UTF-16 code units, as section 3.2.3 asks', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const value = Object.fromEntries(keys.map((key) => [key, 0]));
    expect(Object.keys(JSON.parse(canonicalJson(value)) as object)).toEqual([
      '1',
      '\r',
      '\u0080',
      '\u00f6',
      '\u20ac',
      '\ud83d\ude00',
      '\ufb33',
    ]);
  });

  test('agrees with the package canonicalize on any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        expect(canonicalJson(value)).toBe(canonicalize(value));
      }),
      { numRuns: 2_000 },
    );
  });

  test('is the same for every order of keys, and survives parsing', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        const text = canonicalJson(value);
        expect(canonicalJson(reversed)).toBe(text);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });

  test('leaves out members that are undefined, and keeps half a surrogate pair as its escape', () => {
    expect(canonicalJson({ b: undefined, a: 'x\ud800' })).toBe('{"a":"x\\ud800"}');
  });

  test.each([
    ['NaN', { a: [1, NaN] }, '$.a[1]'],
    ['an infinity', { a: { b: -Infinity } }, '$.a.b'],
    ['undefined in a list', { a: [undefined] }, '$.a[0]'],
    ['a hole in a list', { a: [1, , 2] }, '$.a[1]'], // eslint-disable-line no-sparse-arrays
    ['a date', { at: new Date(0) }, '$.at'],
    ['a map', new Map(), '$'],
    ['a bigint', { n: 1n }, '$.n'],
    ['a function', { f: () => 1 }, '$.f'],
  ])('refuses %s and says where', (_name, value, path) => {
    let refusal: unknown;
    try {
      canonicalJson(value);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(CanonicalJsonError);
    expect((refusal as CanonicalJsonError).path).toBe(path);
    expect((refusal as CanonicalJsonError).message).toContain(path);
  });
});
