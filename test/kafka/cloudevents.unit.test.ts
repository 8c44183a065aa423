// Proves that our CloudEvents codec agrees with npm's `cloudevents` where that package is right, in both content modes and
// both directions, and that it refuses, with a code and without throwing, whatever is not clearly one event.
import { CloudEvent as OracleEvent, Kafka as oracle } from 'cloudevents';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CloudEventError, decodeEvent, encodeEvent } from '../../contracts/cloudevents.ts';
import type { CloudEvent, RawRecord } from '../../contracts/cloudevents.ts';

const event: CloudEvent<{ value: number; text: string }> = {
  id: 'run-1',
  source: '/monitors/seatrial/delays',
  type: 'dev.seatrial.drift.detected.v1',
  time: '2026-11-23T10:00:00.000Z',
  subject: 'models/delays/versions/1',
  partitionkey: 'delays',
  dataschema: 'urn:seatrial:schema:drift-report:1',
  data: { value: 0.31, text: 'größer' },
};

const record = (
  value: string | Buffer | null,
  headers: Record<string, string> = {},
  key?: string,
): RawRecord => ({
  key: key === undefined ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  headers,
});

const binary = (value: string | Buffer | null, headers: Record<string, string> = {}): RawRecord =>
  record(value, {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: '1',
    ce_source: '/x',
    ce_type: 't',
    ce_time: '2026-11-23T10:00:00Z',
    ...headers,
  });

const structured = (fields: Record<string, unknown>): RawRecord =>
  record(
    JSON.stringify({
      specversion: '1.0',
      id: '1',
      source: '/x',
      type: 't',
      time: '2026-11-23T10:00:00Z',
      ...fields,
    }),
    { 'content-type': 'application/cloudevents+json; charset=utf-8' },
  );

const arbitraryEvent = fc.record(
  {
    id: fc.stringMatching(/^[!-~]{1,40}$/),
    source: fc.stringMatching(/^\/[a-z0-9/-]{0,30}$/),
    type: fc.stringMatching(/^[a-z][a-z0-9.]{0,30}$/),
    time: fc
      .date({
        min: new Date('2000-01-01T00:00:00Z'),
        max: new Date('2100-01-01T00:00:00Z'),
        noInvalidDate: true,
      })
      .map((date) => date.toISOString()),
    subject: fc.stringMatching(/^[a-zäöü][a-zäöü/ ]{0,30}$/),
    partitionkey: fc.stringMatching(/^[a-zäöü0-9-]{1,20}$/),
    dataschema: fc.stringMatching(/^urn:[a-z0-9:-]{1,30}$/),
    data: fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      fc.oneof(
        fc.string(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
      ),
    ),
  },
  { requiredKeys: ['id', 'source', 'type', 'time', 'data'] },
);

/** What comes back: JSON has no negative zero. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('what we write, we read back', () => {
  fc.assert(
    fc.property(arbitraryEvent, (one) => {
      const { key, value, headers } = encodeEvent(one as CloudEvent);
      expect(
        decodeEvent({ key: key === null ? null : Buffer.from(key), value: Buffer.from(value), headers }),
      ).toEqual({
        ok: true,
        event: asJson(one),
      });
    }),
  );
});

test('what we write in binary mode, the oracle reads', () => {
  fc.assert(
    fc.property(arbitraryEvent, (one) => {
      const { key, value, headers } = encodeEvent(one as CloudEvent);
      const read = oracle.toEvent({
        key,
        value,
        headers,
        body: value,
        timestamp: undefined,
      } as never) as OracleEvent;
      expect(read.validate()).toBe(true);
      for (const name of ['id', 'source', 'type', 'subject', 'dataschema'] as const)
        expect(read[name], name).toBe((one as CloudEvent)[name]);
      expect(new Date(read.time!).toISOString()).toBe(one.time);
      expect(read.data).toEqual(asJson(one.data));
    }),
  );
});

test('what the oracle writes, we read: binary and structured', () => {
  fc.assert(
    fc.property(arbitraryEvent, (one) => {
      const theirs = new OracleEvent({ ...one, datacontenttype: 'application/json' } as never);
      for (const mode of ['binary', 'structured'] as const) {
        const message = oracle[mode](theirs);
        // The package hands over undefined headers and an object as value; kafkajs refuses both, so a producer mends them.
        const headers = Object.fromEntries(
          Object.entries(message.headers).filter(
            (entry): entry is [string, string] => typeof entry[1] === 'string',
          ),
        );
        const value = typeof message.value === 'string' ? message.value : JSON.stringify(message.value);
        const key =
          message.key === undefined || message.key === null ? null : Buffer.from(String(message.key));
        expect(decodeEvent({ key, value: Buffer.from(value), headers }), mode).toEqual({
          ok: true,
          event: asJson(one),
        });
      }
    }),
  );
});

test('without a partitionkey attribute the key is the partition key, in both modes', () => {
  for (const plain of [binary('{"a":1}'), structured({ data: { a: 1 } })])
    expect(decodeEvent({ ...plain, key: Buffer.from('delays') })).toMatchObject({
      ok: true,
      event: { partitionkey: 'delays', data: { a: 1 } },
    });
});

test('times are handed on in UTC', () => {
  expect(decodeEvent(binary('1', { ce_time: '2026-11-23T12:00:00+02:00' }))).toMatchObject({
    event: { time: '2026-11-23T10:00:00.000Z' },
  });
});

test('header names are read in any case, as HTTP gateways write them', () => {
  const { 'content-type': contentType, ...rest } = binary('{}').headers as Record<string, string>;
  expect(decodeEvent(record('{}', { 'Content-Type': contentType!, ...rest }))).toMatchObject({ ok: true });
});

test.each([
  ['tombstone', binary(null)],
  ['too-large', binary(JSON.stringify('x'.repeat(1_048_576)))],
  ['registry-framed', binary(Buffer.from([0, 0, 0, 0, 7, 0x7b, 0x7d]))],
  ['not-utf8', binary(Buffer.from([0x22, 0xff, 0xfe, 0x22]))],
  ['not-json', binary('not json')],
  ['not-json', binary('')],
  ['not-json', binary('{"value": NaN}')],
  ['too-deep', binary('['.repeat(100_000))],
  ['too-deep', binary('['.repeat(65) + ']'.repeat(65))],
  ['forbidden-key', binary('{"a": {"__proto__": {"admin": true}}}')],
  ['forbidden-key', binary('{"\\u005f_proto__": 1}')],
  ['not-cloudevent', record('{}')],
  ['not-cloudevent', record('[]', { 'content-type': 'application/cloudevents+json' })],
  ['not-cloudevent', record('{}', { 'content-type': 'application/cloudevents+json' })],
  ['unsupported-content', record('[]', { 'content-type': 'application/cloudevents-batch+json' })],
  ['unsupported-content', record('<a/>', { 'content-type': 'application/cloudevents+xml' })],
  ['unsupported-content', binary('a,b', { 'content-type': 'text/csv' })],
  ['unsupported-content', structured({ data_base64: 'AAAA' })],
  ['no-data', structured({})],
  ['spec-version', binary('{}', { ce_specversion: '0.3' })],
  ['spec-version', structured({ specversion: '2.0', data: 1 })],
  ['bad-attribute', binary('{}', { ce_id: '' })],
  ['bad-attribute', binary('{}', { ce_type: 'a\nb' })],
  ['bad-attribute', binary('{}', { ce_source: 'has space' })],
  ['bad-attribute', binary('{}', { ce_time: 'yesterday' })],
  ['bad-attribute', binary('{}', { ce_time: '2026-13-01T00:00:00Z' })],
  ['bad-attribute', binary('{}', { ce_subject: 'x'.repeat(2_000) })],
  ['bad-attribute', structured({ id: 7, data: 1 })],
])('refuses as %s (%#)', (code, bad) => {
  expect(decodeEvent(bad)).toMatchObject({ ok: false, code, reason: expect.stringMatching(/./) as string });
});

test('a refusal quotes little of what it refuses', () => {
  const refused = decodeEvent(binary('x'.repeat(200_000)));
  expect(refused.ok ? '' : refused.reason.length).toBeLessThan(200);
});

test('no bytes at all make it throw', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.dictionary(fc.string(), fc.string()),
      (value, headers) => {
        expect(
          decodeEvent({ key: value, value, headers: { ...binary('').headers, ...headers } }),
        ).toHaveProperty('ok');
      },
    ),
  );
});

test('64 deep is read, and brackets in strings do not count', () => {
  expect(decodeEvent(binary('['.repeat(64) + ']'.repeat(64)))).toMatchObject({ ok: true });
  expect(decodeEvent(binary(JSON.stringify(`\\"${'['.repeat(500)}`)))).toMatchObject({ ok: true });
});

test.each([
  ['NaN in the data', { ...event, data: { value: NaN } }],
  ['infinity in the data', { ...event, data: [{ value: -Infinity }] }],
  ['no data', { ...event, data: undefined }],
  ['an empty id', { ...event, id: '' }],
  ['a time that is none', { ...event, time: 'now' }],
])('does not write %s', (_what, bad) => {
  expect(() => encodeEvent(bad as CloudEvent)).toThrow(CloudEventError);
});
