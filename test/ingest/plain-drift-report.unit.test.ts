// Proves that the quick check of drift reports believes nothing that the schema refuses, and knows what monitors usually send.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { driftReported } from '../../contracts/schemas/live-events.ts';
import { isPlainDriftReport } from '../../contracts/schemas/plain-drift-report.ts';
import { isCanonicalUtc, toUtc } from '../../contracts/utc.ts';
import { drift, psi } from './events.ts';

const canonical = {
  window: { start: '2013-06-01T00:00:00.000Z', end: '2013-06-30T23:59:59.999Z', rows: 0 },
};
const evidence = { uri: 's3://bucket/report.json', sha256: 'a'.repeat(64) };

test.each([
  ['a usual report', drift('delays', canonical)],
  ['one without measurements or severity', drift('m', { ...canonical, measurements: [], severity: null })],
  ['one with evidence', drift('m', { ...canonical, evidence })],
  ['as many measurements as may be', drift('m', { ...canonical, measurements: Array(200).fill(psi) })],
])('is sure of %s', (_what, report) => {
  expect(isPlainDriftReport(report)).toBe(true);
  expect(driftReported.safeParse(report)).toEqual({ success: true, data: report });
});

/** What a part of a report may be replaced with: near misses of every rule, and things of other kinds. */
const odd: readonly unknown[] = [
  null,
  true,
  '',
  'x',
  'Not A Name',
  'drift',
  'gte',
  'critical',
  'x'.repeat(256),
  'x'.repeat(257),
  'x'.repeat(2_049),
  'a'.repeat(64),
  'A'.repeat(64),
  ...[
    '2013-06-01T00:00:00Z',
    '2013-06-31T00:00:00.000Z',
    '2013-02-29T00:00:00.000Z',
    '2012-02-29T00:00:00.000Z',
  ],
  ...['2013-07-01T00:00:00.000Z', '2013-06-30T24:00:00.000Z', '2013-06-30T23:59:59.999+00:00'],
  ...[-1, -0, 0, 0.5, 2 ** 53, Infinity, NaN],
  ...[[], {}, [psi], { ...psi, histogram: [1] }, Array(201).fill(psi), evidence, { ...evidence, more: 1 }],
];

type Node = Record<string, unknown>;

/** Paths to every part of a report, the places of unknown fields among them. */
function pathsOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  const inner = Object.entries(value).flatMap(([name, part]) => pathsOf(part, [...path, name]));
  const unknown = Array.isArray(value) ? [] : [[...path, 'unknown']];
  return [...(path.length === 0 ? [] : [[...path]]), ...unknown, ...inner];
}

const full = drift('delays', { ...canonical, evidence, measurements: [psi, { ...psi, name: null }] });
const paths = pathsOf(full);

function changed(report: unknown, path: readonly string[], part: unknown, remove: boolean): unknown {
  const copy = structuredClone(report) as Node;
  let node: unknown = copy;
  for (const step of path.slice(0, -1)) node = (node as Node | undefined)?.[step];
  if (typeof node !== 'object' || node === null) return copy;
  const name = path.at(-1)!;
  // JSON's arrays have no holes.
  if (remove && Array.isArray(node)) node.splice(Number(name), 1);
  else if (remove) delete (node as Node)[name];
  else (node as Node)[name] = part;
  return copy;
}

const change = fc.record({
  path: fc.constantFrom(...paths),
  part: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...odd) }, fc.jsonValue()),
  remove: fc.boolean(),
});

test('believes only what the schema accepts, and then takes it as the schema does', () => {
  let believed = 0;
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const report = changes.reduce(
        (one: unknown, { path, part, remove }) => changed(one, path, part, remove),
        full,
      );
      if (!isPlainDriftReport(report)) return;
      believed++;
      expect(driftReported.safeParse(report)).toEqual({ success: true, data: report });
    }),
    { numRuns: 5_000 },
  );
  expect(believed).toBeGreaterThan(20);
});

test('every single near miss is refused by the schema too, or left to it', () => {
  for (const path of paths)
    for (const part of odd) {
      const report = changed(full, path, part, false);
      if (isPlainDriftReport(report))
        expect(driftReported.safeParse(report).success, `${path.join('.')} = ${String(part)}`).toBe(true);
    }
  for (const path of paths.filter((one) => one.at(-1) !== 'unknown')) {
    const report = changed(full, path, undefined, true);
    if (isPlainDriftReport(report))
      expect(driftReported.safeParse(report).success, `without ${path.join('.')}`).toBe(true);
  }
});

test('a time that is canonical is what toISOString writes, and other times become it', () => {
  const date = fc.date({
    min: new Date('0000-01-01T00:00:00.000Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(date, (one) => {
      const text = one.toISOString();
      expect(isCanonicalUtc(text)).toBe(!text.includes('-02-29T'));
      expect(toUtc(text)).toBe(text);
    }),
  );
  for (let day = 1; day <= 31; day++)
    for (let month = 1; month <= 12; month++) {
      const two = (number: number): string => String(number).padStart(2, '0');
      const text = `2013-${two(month)}-${two(day)}T12:30:00.000Z`;
      if (isCanonicalUtc(text)) expect(new Date(text).toISOString()).toBe(text);
    }
  expect(toUtc('2013-06-01T02:00:00+02:00')).toBe('2013-06-01T00:00:00.000Z');
});
