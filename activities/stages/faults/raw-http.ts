import { connect } from 'node:net';
import { headers } from '../../../contracts/gateway.ts';

/** A request as bytes, because a good HTTP client would refuse to send most of these. */
export interface RawRequest {
  readonly what: string;
  readonly path?: string;
  readonly body?: string | Buffer;
  readonly contentType?: string;
  readonly chunked?: boolean;
  /** Value of one more header. */
  readonly header?: string;
  readonly key?: string;
  /** The whole request; nothing is added. */
  readonly raw?: string | Buffer;
}

export interface RawAnswer {
  readonly what: string;
  /** 0 when the connection ended, or the time was over, without an answer. */
  readonly status: number;
  /** The server ended the connection, and no answer could be read. */
  readonly closed: boolean;
}

const PIECE = 64 * 1024;

/** Sends one request on a connection of its own and reads the status line. Never throws: no answer is an answer here. */
export function sendRaw(url: string, request: RawRequest, timeoutMs: number): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    let head = '';
    let connected = false;
    const end = (late = false): void => {
      clearTimeout(timer);
      socket.destroy();
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
      resolve({ what: request.what, status, closed: status === 0 && connected && !late });
    };
    const timer = setTimeout(() => end(true), timeoutMs);
    socket.on('data', (chunk: Buffer) => {
      head += chunk.toString('latin1');
      // What is sent after an answer only meets a closed connection.
      if (head.length >= 12) end();
    });
    socket.on('error', () => end());
    socket.on('close', () => end());
    socket.on('connect', () => {
      connected = true;
      const parts = piecesOf(request);
      const next = (): void => {
        const piece = parts.next();
        if (piece.done === true || socket.destroyed) return;
        // One piece a turn: an early refusal is read before the rest is pressed into a closed connection.
        socket.write(piece.value, () => setImmediate(next));
      };
      next();
    });
  });
}

function* piecesOf(request: RawRequest): Generator<Buffer> {
  if (request.raw !== undefined) {
    yield Buffer.from(request.raw);
    return;
  }
  const body = Buffer.from(request.body ?? '');
  const { path = '/', contentType = 'application/json', chunked = false, header, key } = request;
  const lines = [
    `POST ${path} HTTP/1.1`,
    'host: gateway',
    'connection: close',
    `content-type: ${contentType}`,
    chunked ? 'transfer-encoding: chunked' : `content-length: ${body.length}`,
    ...(header === undefined ? [] : [`x-padding: ${header}`]),
    ...(key === undefined ? [] : [`${headers.key}: ${key}`]),
  ];
  yield Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  for (let from = 0; from < body.length; from += PIECE) {
    const piece = body.subarray(from, from + PIECE);
    yield chunked
      ? Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
      : piece;
  }
  if (chunked) yield Buffer.from('0\r\n\r\n');
}
