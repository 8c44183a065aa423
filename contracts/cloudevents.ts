/**
 * CloudEvents 1.0 over Kafka. Reading accepts both content modes of the Kafka protocol binding (binary: `ce_*` headers;
 * structured: `application/cloudevents+json`); writing is always binary, so that a reader can route by header without
 * parsing. Strict, because what passes here is believed: a record that is not clearly one event is refused with a code.
 */

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
  | 'tombstone'
  | 'too-large'
  | 'registry-framed'
  | 'not-utf8'
  | 'not-json'
  | 'too-deep'
  | 'forbidden-key'
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
    if (error instanceof Refusal) return { ok: false, code: error.code, reason: error.message };
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
  const contentType = headers.get('content-type') ?? 'application/json';
  if (/^application\/cloudevents/i.test(contentType)) return structured(record, contentType, limits);
  return binary(record, headers, contentType, limits);
}

function binary(
  record: RawRecord,
  headers: ReadonlyMap<string, string>,
  contentType: string,
  limits: DecodeLimits,
): CloudEvent {
  if (![...headers.keys()].some((name) => name.startsWith('ce_')))
    throw new Refusal(
      'not-cloudevent',
      "no ce_* header, and content-type is not 'application/cloudevents+json'",
    );
  if (!JSON_TYPE.test(contentType))
    throw new Refusal(
      'unsupported-content',
      `content-type is '${clip(contentType)}', only JSON in UTF-8 is read`,
    );
  const attributes = attributesOf((name) => headers.get(`ce_${name}`), record.key);
  return { ...attributes, data: parse(record.value!, limits) };
}

function structured(record: RawRecord, contentType: string, limits: DecodeLimits): CloudEvent {
  if (!STRUCTURED_JSON.test(contentType))
    throw new Refusal(
      'unsupported-content',
      `content-type is '${clip(contentType)}'; of the structured formats only 'application/cloudevents+json' is read, one event a record`,
    );
  const envelope = parse(record.value!, limits);
  if (typeof envelope !== 'object' || envelope === null || Array.isArray(envelope))
    throw new Refusal('not-cloudevent', 'a structured event is a JSON object');
  const fields = new Map<string, unknown>(Object.entries(envelope));
  const attributes = attributesOf((name) => fields.get(name), record.key);
  const dataContentType = fields.get('datacontenttype') ?? 'application/json';
  if (typeof dataContentType !== 'string' || !JSON_TYPE.test(dataContentType) || fields.has('data_base64'))
    throw new Refusal('unsupported-content', 'the data of a structured event must be JSON, in `data`');
  if (!fields.has('data')) throw new Refusal('no-data', 'the event has no `data`');
  return { ...attributes, data: fields.get('data') };
}

function attributesOf(read: (name: string) => unknown, key: Uint8Array | null): Omit<CloudEvent, 'data'> {
  const version = read('specversion');
  if (version === undefined) throw new Refusal('not-cloudevent', 'specversion is missing');
  if (version !== '1.0')
    throw new Refusal('spec-version', `specversion is '${clip(version)}', only 1.0 is read`);
  const required = (name: string): string => {
    const value = read(name);
    const problem = value === undefined ? `${name} is missing` : attributeProblem(name, value);
    if (problem !== undefined) throw new Refusal('bad-attribute', problem);
    return value as string;
  };
  const optional = (name: string): string | undefined =>
    read(name) === undefined ? undefined : required(name);
  const subject = optional('subject');
  const dataschema = optional('dataschema');
  const partitionkey = optional('partitionkey') ?? (key === null ? undefined : text(key, 'the key'));
  return {
    id: required('id'),
    source: required('source'),
    type: required('type'),
    time: new Date(required('time')).toISOString(),
    ...(subject === undefined ? {} : { subject }),
    ...(partitionkey === undefined ? {} : { partitionkey }),
    ...(dataschema === undefined ? {} : { dataschema }),
  };
}

function attributeProblem(name: string, value: unknown): string | undefined {
  if (typeof value !== 'string') return `${name} must be a string`;
  if (value === '') return `${name} is empty`;
  if (value.length > ATTRIBUTE_LENGTH)
    return `${name} has ${value.length} characters, at most ${ATTRIBUTE_LENGTH}`;
  if (NOT_PRINTABLE.test(value)) return `${name} has control characters`;
  if ((name === 'source' || name === 'dataschema') && /\s/.test(value))
    return `${name} must be a URI without spaces`;
  if (name === 'time' && (!RFC_3339.test(value) || !Number.isFinite(Date.parse(value))))
    return `time is '${clip(value)}', not an RFC 3339 time such as 2026-11-23T10:00:00Z`;
  return undefined;
}

function parse(bytes: Uint8Array, limits: DecodeLimits): unknown {
  // JSON text cannot begin with a zero byte; Confluent's wire format always does.
  if (bytes[0] === 0)
    throw new Refusal('registry-framed', 'the value begins with a schema registry id; send plain JSON');
  const json = text(bytes, 'the value');
  if (deeperThan(json, limits.maxDepth))
    throw new Refusal('too-deep', `the JSON is nested more than ${limits.maxDepth} deep`);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // The engine's own message quotes the text, which may be personal and does not belong in logs.
    throw new Refusal('not-json', 'the value is not JSON (NaN and Infinity are not either)');
  }
  // Only text that could spell the name, plainly or by escapes, is worth a walk.
  if (/__proto__|\\u/i.test(json) && hasProtoKey(value))
    throw new Refusal('forbidden-key', "the JSON has a key '__proto__'");
  return value;
}

/** One for all: to make a decoder costs more than to read an event with it, and it keeps nothing between calls. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function text(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Refusal('not-utf8', `${what} is not UTF-8`);
  }
}

function deeperThan(json: string, maxDepth: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < json.length; index++) {
    const code = json.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > maxDepth) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}

/** Depth is bounded by now, so recursion is safe. */
function hasProtoKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(hasProtoKey);
  return Object.keys(value).some(
    (key) => key === '__proto__' || hasProtoKey((value as Record<string, unknown>)[key]),
  );
}

/** Kafka's header names are case-sensitive, and producers disagree about `Content-Type`. */
function lowerCaseNames(headers: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function clip(value: unknown): string {
  const words = String(value);
  return words.length > 120 ? `${words.slice(0, 117)}...` : words;
}
