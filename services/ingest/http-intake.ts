import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LogError } from '../../adapters/kafka/index.ts';
import type { EventLog } from '../../adapters/kafka/index.ts';
import type { Logger } from '../../adapters/log.ts';
import { decodeLimits, encodeEvent } from '../../contracts/cloudevents.ts';
import { adapters } from './adapters/index.ts';
import { readIntake } from './read-intake.ts';
import type { IntakeConfig } from './read-intake.ts';

export interface IntakeOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** Address to listen on; this machine only unless given. */
  readonly host?: string;
  /** When given, callers must send `Authorization: Bearer <token>`. */
  readonly token?: string;
  readonly topic: string;
  readonly log: Logger;
  readonly kafka: Pick<EventLog, 'publish'>;
  readonly config: IntakeConfig;
}

export interface Intake {
  readonly port: number;
  close(): Promise<void>;
}

/** Largest body in bytes: what the topic's reader takes, with room for what adapters strip. */
const MAX_BODY = 4 * decodeLimits.maxBytes;

/**
 * Drift events by HTTP, for monitors without Kafka. `POST /v1/drift` takes a canonical CloudEvent (structured or binary),
 * `POST /v1/drift/<adapter>` what that monitor writes. 202 `{ ids }` once Kafka has all of them; 400 `{ error: { code, message } }` and
 * nothing written when the body is wrong; 401, 404, 405, 413 as usual; 503 when Kafka does not answer, and then a caller that
 * sends the same again makes no second event, because ids are derived.
 */
export async function serveIntake(options: IntakeOptions): Promise<Intake> {
  const { port, host = '127.0.0.1', log } = options;
  const server = createServer((request, response) => {
    answer(request, options).then(
      ({ status, body }) => send(response, status, body),
      (error: unknown) => {
        log.error({ err: error }, 'an intake call failed');
        send(response, 500, problem('internal', 'this should not happen; the log of ingest says more'));
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve, reject) => {
        // Calls in hand are answered first: a monitor must not wonder whether its event was taken.
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeIdleConnections();
      }),
  };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const problem = (code: string, message: string): unknown => ({ error: { code, message } });

async function answer(request: IncomingMessage, options: IntakeOptions): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://intake');
  const match = /^\/v1\/drift(?:\/([^/]+))?$/.exec(url.pathname);
  const name = match?.[1];
  if (match === null || (name !== undefined && !adapters.has(name)))
    return refuse(
      request,
      404,
      'not-found',
      `POST /v1/drift, or /v1/drift/ and one of ${[...adapters.keys()].join(', ')}`,
    );
  if (request.method !== 'POST') return refuse(request, 405, 'method', 'only POST');
  if (!authorised(request, options.token))
    return refuse(request, 401, 'unauthorised', 'send Authorization: Bearer <token>');
  const body = await bodyOf(request);
  if (body === undefined)
    return refuse(request, 413, 'too-large', `the body is larger than ${MAX_BODY} bytes`);
  const read = readIntake({
    adapter: name,
    query: url.searchParams,
    headers: request.headers,
    body,
    config: options.config,
  });
  if (!read.ok) return { status: 400, body: problem(read.code, read.reason) };
  try {
    await options.kafka.publish(options.topic, read.events.map(encodeEvent));
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    options.log.warn({ err: error }, 'Kafka did not take an event from the intake');
    const message = `Kafka did not take it: ${error.message}; send the same again`;
    return { status: error.retryable ? 503 : 500, body: problem(error.code, message) };
  }
  return { status: 202, body: { ids: read.events.map(({ id }) => id) } };
}

/** Without reading the body: the connection closes, so that nobody goes on sending it. */
function refuse(request: IncomingMessage, status: number, code: string, message: string): Answer {
  request.resume();
  return { status, body: problem(code, message) };
}

/** Digests have one length, so the comparison tells nothing about the token. */
function authorised(request: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return true;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${token}`));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    // What is too large is read to its end and forgotten, or the caller would see a broken connection for an answer.
    if (bytes <= MAX_BODY) parts.push(part);
    else parts.length = 0;
    if (bytes > 16 * MAX_BODY) break;
  }
  return bytes > MAX_BODY ? undefined : Buffer.concat(parts);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status === 202 || status === 400 ? {} : { connection: 'close' }),
  });
  response.end(`${JSON.stringify(body)}\n`);
}
