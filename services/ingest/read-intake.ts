import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { decodeEvent, decodeLimits } from '../../contracts/cloudevents.ts';
import type { CloudEvent } from '../../contracts/cloudevents.ts';
import { adapters } from './adapters/index.ts';
import { isObject, text } from './adapters/read-json.ts';
import { readEvent } from './read-event.ts';

/** Settings by the adapter's name, read by the adapters; `docs/monitors.md` lists them. */
export type IntakeConfig = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface IntakeCall {
  readonly adapter: string | undefined;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly config: IntakeConfig;
}

export type IntakeReading =
  | { readonly ok: true; readonly events: readonly CloudEvent[] }
  | { readonly ok: false; readonly code: string; readonly reason: string };

/** The events of a call, each as the topic's reader would accept it, or why there are none. Never throws. */
export function readIntake(call: IntakeCall): IntakeReading {
  const headers = plainHeaders(call.headers);
  return call.adapter === undefined ? canonical(call.body, headers) : adapted(call, call.adapter, headers);
}

/** HTTP's binding names the headers `ce-id`, Kafka's `ce_id`; the rest of the two is the same. */
function canonical(body: Buffer, headers: Readonly<Record<string, string>>): IntakeReading {
  const renamed = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    if (name === 'content-type') return [[name, value]];
    return name.startsWith('ce-') ? [[`ce_${name.slice(3)}`, percentDecoded(value)]] : [];
  });
  const record = { key: null, value: body, headers: Object.fromEntries(renamed) };
  const decoded = decodeEvent(record);
  if (!decoded.ok) return decoded;
  const reading = readEvent({ ...record, topic: '', partition: 0, offset: 0, timestamp: 0 });
  if (!reading.ok)
    return { ok: false, code: reading.refused.refusal.code, reason: reading.refused.refusal.reason };
  // Keyed by model whatever the caller says: events of a model must stay in order.
  return { ok: true, events: [{ ...decoded.event, partitionkey: reading.accepted.model }] };
}

function adapted(call: IntakeCall, name: string, headers: Readonly<Record<string, string>>): IntakeReading {
  const adapter = adapters.get(name);
  if (adapter === undefined) return { ok: false, code: 'not-found', reason: `there is no adapter ${name}` };
  // The codec's own checks of UTF-8, depth and forbidden keys, with an envelope that says nothing.
  const envelope = {
    ce_specversion: '1.0',
    ce_id: '-',
    ce_source: '-',
    ce_type: '-',
    ce_time: '2026-01-01T00:00:00Z',
  };
  const parsed = decodeEvent(
    { key: null, value: call.body, headers: { ...envelope, 'content-type': 'application/json' } },
    { ...decodeLimits, maxBytes: Infinity },
  );
  if (!parsed.ok) return parsed;
  const config = call.config[name] ?? {};
  const setting = (parameter: string, key: string): object => {
    const value = text(call.query.get(parameter)) ?? text(config[key]);
    return value === undefined ? {} : { [key]: value };
  };
  return adapter.adapt(parsed.event.data, {
    ...setting('model', 'model'),
    ...setting('version', 'version'),
    ...setting('environment', 'environment'),
    ...setting('monitor', 'monitorId'),
    receivedAt: new Date().toISOString(),
    headers,
    config,
    sha256: (words) => createHash('sha256').update(words).digest('hex'),
  });
}

function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' ? [[name.toLowerCase(), value]] : [],
    ),
  );
}

/** CloudEvents over HTTP percent-encode what a header cannot say. What is no such encoding is meant as it stands. */
function percentDecoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** Reads `INTAKE_CONFIG`, the path of a JSON file: `{ "<adapter>": { "model": ..., ... } }`. Throws an Error that says how to mend it. */
export function intakeConfig(path: string | undefined): IntakeConfig {
  if (path === undefined || path === '') return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`INTAKE_CONFIG: cannot read '${path}' as JSON`, { cause: error });
  }
  const entries = Object.entries(isObject(parsed) ? parsed : {});
  const wrong = entries.find(([name, value]) => !adapters.has(name) || !isObject(value));
  if (!isObject(parsed) || wrong !== undefined)
    throw new Error(
      `INTAKE_CONFIG: '${wrong?.[0] ?? path}' is wrong; write an object by adapter: ${[...adapters.keys()].join(', ')}`,
    );
  return Object.fromEntries(
    entries.filter((entry): entry is [string, Record<string, unknown>] => isObject(entry[1])),
  );
}
