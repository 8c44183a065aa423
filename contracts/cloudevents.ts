/**
 * CloudEvents 1.0 over Kafka. Reading accepts both content modes of the Kafka protocol binding (binary: `ce_*` headers;
 * structured: `application/cloudevents+json`); writing is always binary, so that a reader can route by header without
 * parsing. Strict, because what passes here is believed: a record that is not clearly one event is refused with a code.
 */
import { JsonRefusal, parseStrictJson, strictText } from './strict-json.ts';
import type { JsonCode } from './strict-json.ts';
import { isCanonicalUtc, toUtc } from './utc.ts';

export interface CloudEvent<T = unknown> {
  /** With `source`, unique; stable when the same fact is sent again. */
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** Event time. Read as any RFC 3339 time and handed on as ISO 8601 UTC. */
  readonly time: string;
  readonly subject?: string;
  /** Becomes the record's key: events with the same one stay in order. */
  readonly partitionkey?: string;
  readonly dataschema?: string;
  readonly data: T;
}

export interface EncodedEvent {
  readonly key: string | null;
  readonly value: string;
  readonly headers: Record<string, string>;
}

/** What the codec needs of a record that came from Kafka. */
export interface RawRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Why a record is not an event. Stable: dead letters carry it. */
export type DecodeCode =
  | JsonCode
  | 'tombstone'
  | 'too-large'
  | 'not-cloudevent'
  | 'unsupported-content'
  | 'spec-version'
  | 'bad-attribute'
  | 'no-data';

export type Decoded =
  | { readonly ok: true; readonly event: CloudEvent }
  | { readonly ok: false; readonly code: DecodeCode; readonly reason: string };

export interface DecodeLimits {
  /** Largest value in bytes; checked before anything is parsed. */
  readonly maxBytes: number;
  /** Deepest nesting of arrays and objects; deeper text would overflow whoever walks it. */
  readonly maxDepth: number;
}

export const decodeLimits: DecodeLimits = { maxBytes: 262_144, maxDepth: 64 };

const ATTRIBUTE_LENGTH = 1024;
// RFC 3339: a date, a time and an offset, all three.
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;
// eslint-disable-next-line no-control-regex -- control characters are exactly what this finds
const NOT_PRINTABLE = /[\u0000-\u001f\u007f]/;
// eslint-disable-next-line no-control-regex -- as above
const NOT_IN_URI = /[\u0000-\u001f\u007f\s]/;
/** What nearly all say: to compare two texts is quicker than a pattern. */
const PLAIN_JSON = 'application/json';
const JSON_TYPE = /^application\/(json|[a-z0-9.-]+\+json)\s*(;\s*charset="?utf-8"?)?\s*$/i;
const STRUCTURED_JSON = /^application\/cloudevents\+json\s*(;\s*charset="?utf-8"?)?\s*$/i;

/** Text, JSON or attributes that no CloudEvent can have; raised by `encodeEvent` only. */
export class CloudEventError extends Error {
  override readonly name = 'CloudEventError';
}

/**
 * Writes an event in binary content mode. Throws CloudEventError when an attribute is empty or malformed, or when the data
 * holds a number that JSON cannot say: NaN would silently become null.
 */
export function encodeEvent<T>(event: CloudEvent<T>): EncodedEvent {
  const headers: Record<string, string> = { 'content-type': 'application/json', ce_specversion: '1.0' };
  for (const name of ['id', 'source', 'type', 'time', 'subject', 'partitionkey', 'dataschema'] as const) {
    const value = event[name];
    if (value === undefined) continue;
    const problem = attributeProblem(name, value);
    if (problem !== undefined) throw new CloudEventError(problem);
    headers[`ce_${name}`] = value;
  }
  for (const name of ['id', 'source', 'type', 'time'] as const) {
    if (event[name] === undefined) throw new CloudEventError(`${name} is missing`);
  }
  const value = JSON.stringify(event.data, (key, part: unknown) => {
    if (typeof part === 'number' && !Number.isFinite(part))
      throw new CloudEventError(
        `data has ${part} at '${key}', which JSON cannot say; leave it out or send null`,
      );
    return part;
  }) as string | undefined;
  if (value === undefined) throw new CloudEventError('data is missing');
  return { key: event.partitionkey ?? null, value, headers };
}

/** Reads a record in either content mode. Never throws; extension attributes other than `partitionkey` are dropped. */
export function decodeEvent(record: RawRecord, limits: DecodeLimits = decodeLimits): Decoded {
  try {
    return { ok: true, event: decode(record, limits) };
  } catch (error) {
    if (error instanceof Refusal || error instanceof JsonRefusal)
      return { ok: false, code: error.code, reason: error.message };
    return { ok: false, code: 'not-cloudevent', reason: String(error) };
  }
}

class Refusal extends Error {
  readonly code: DecodeCode;
  constructor(code: DecodeCode, reason: string) {
    super(reason);
    this.code = code;
  }
}

function decode(record: RawRecord, limits: DecodeLimits): CloudEvent {
  const { value } = record;
  if (value === null) throw new Refusal('tombstone', 'the record has no value');
  if (value.byteLength > limits.maxBytes)
    throw new Refusal(
      'too-large',
      `the value has ${value.byteLength} bytes, at most ${limits.maxBytes} are read`,
    );
  const headers = lowerCaseNames(record.headers);
  const contentType = headers['content-type'] ?? PLAIN_JSON;
  return contentType !== PLAIN_JSON && /^application\/cloudevents/i.test(contentType)
    ? structured(value, record.key, contentType, limits)
    : binary(value, record.key, headers, contentType, limits);
}

/** Attributes as they came: each may be missing or anything. */
type RawAttributes = Readonly<Partial<Record<keyof Omit<CloudEvent, 'data'> | 'specversion', unknown>>>;
/** An event whose attributes are checked and whose data is still to come. */
type Draft = { -readonly [Field in keyof CloudEvent]: CloudEvent[Field] };

function binary(
  value: Uint8Array,
  key: Uint8Array | null,
  headers: Readonly<Record<string, string>>,
  contentType: string,
  limits: DecodeLimits,
): CloudEvent {
  if (headers['ce_specversion'] === undefined && !Object.keys(headers).some((name) => name.startsWith('ce_')))
    throw new Refusal(
      'not-cloudevent',
      "no ce_* header, and content-type is not 'application/cloudevents+json'",
    );
  if (contentType !== PLAIN_JSON && !JSON_TYPE.test(contentType))
    throw new Refusal(
      'unsupported-content',
      `content-type is '${clip(contentType)}', only JSON in UTF-8 is read`,
    );
  // Spelled out, because to put eight names together for each event took as long as JSON.parse.
  const attributes = {
    specversion: headers['ce_specversion'],
    id: headers['ce_id'],
    source: headers['ce_source'],
    type: headers['ce_type'],
    time: headers['ce_time'],
    subject: headers['ce_subject'],
    partitionkey: headers['ce_partitionkey'],
    dataschema: headers['ce_dataschema'],
  };
  const event = eventOf(attributes, key);
  event.data = parseStrictJson(value, limits.maxDepth);
  return event;
}

function structured(
  value: Uint8Array,
  key: Uint8Array | null,
  contentType: string,
  limits: DecodeLimits,
): CloudEvent {
  if (!STRUCTURED_JSON.test(contentType))
    throw new Refusal(
      'unsupported-content',
      `content-type is '${clip(contentType)}'; of the structured formats only 'application/cloudevents+json' is read, one event a record`,
    );
  const envelope = parseStrictJson(value, limits.maxDepth);
  if (typeof envelope !== 'object' || envelope === null || Array.isArray(envelope))
    throw new Refusal('not-cloudevent', 'a structured event is a JSON object');
  const fields: Readonly<Record<string, unknown>> = { ...envelope };
  const event = eventOf(fields, key);
  const dataContentType = fields['datacontenttype'] ?? PLAIN_JSON;
  if (typeof dataContentType !== 'string' || !JSON_TYPE.test(dataContentType) || 'data_base64' in fields)
    throw new Refusal('unsupported-content', 'the data of a structured event must be JSON, in `data`');
  if (!('data' in fields)) throw new Refusal('no-data', 'the event has no `data`');
  event.data = fields['data'];
  return event;
}

function eventOf(raw: RawAttributes, key: Uint8Array | null): Draft {
  const { specversion } = raw;
  if (specversion === undefined) throw new Refusal('not-cloudevent', 'specversion is missing');
  if (specversion !== '1.0')
    throw new Refusal('spec-version', `specversion is '${clip(specversion)}', only 1.0 is read`);
  const subject = optional('subject', raw.subject);
  const dataschema = optional('dataschema', raw.dataschema);
  const partitionkey =
    optional('partitionkey', raw.partitionkey) ?? (key === null ? undefined : strictText(key, 'the key'));
  const event: Draft = {
    id: required('id', raw.id),
    source: required('source', raw.source),
    type: required('type', raw.type),
    time: isCanonicalUtc(raw.time) ? raw.time : toUtc(required('time', raw.time)),
    data: undefined,
  };
  if (subject !== undefined) event.subject = subject;
  if (partitionkey !== undefined) event.partitionkey = partitionkey;
  if (dataschema !== undefined) event.dataschema = dataschema;
  return event;
}

function required(name: string, value: unknown): string {
  const problem = value === undefined ? `${name} is missing` : attributeProblem(name, value);
  if (problem !== undefined) throw new Refusal('bad-attribute', problem);
  return value as string;
}

function optional(name: string, value: unknown): string | undefined {
  return value === undefined ? undefined : required(name, value);
}

function attributeProblem(name: string, value: unknown): string | undefined {
  if (typeof value !== 'string') return `${name} must be a string`;
  if (value === '') return `${name} is empty`;
  if (value.length > ATTRIBUTE_LENGTH)
    return `${name} has ${value.length} characters, at most ${ATTRIBUTE_LENGTH}`;
  const isUri = name === 'source' || name === 'dataschema';
  if ((isUri ? NOT_IN_URI : NOT_PRINTABLE).test(value))
    return NOT_PRINTABLE.test(value)
      ? `${name} has control characters`
      : `${name} must be a URI without spaces`;
  if (name === 'time' && (!RFC_3339.test(value) || !Number.isFinite(Date.parse(value))))
    return `time is '${clip(value)}', not an RFC 3339 time such as 2026-11-23T10:00:00Z`;
  return undefined;
}

const usualNames: ReadonlySet<string> = new Set([
  'content-type',
  ...['specversion', 'id', 'source', 'type', 'time', 'subject', 'partitionkey', 'dataschema'].map(
    (name) => `ce_${name}`,
  ),
]);

/** Kafka's header names are case-sensitive, and producers disagree about `Content-Type`. Most need no copy. */
function lowerCaseNames(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (Object.keys(headers).every((name) => usualNames.has(name) || name === name.toLowerCase()))
    return headers;
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function clip(value: unknown): string {
  const words = String(value);
  return words.length > 120 ? `${words.slice(0, 117)}...` : words;
}
