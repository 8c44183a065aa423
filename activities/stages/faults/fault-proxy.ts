import { Agent, createServer, request as startRequest } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { headers } from '../../../contracts/gateway.ts';
import { draw } from './draw.ts';
import type { ProxyFault } from './fault.ts';
import { spoil } from './wrong-body.ts';

/** Longest answer that is held to be changed; a longer one ends the call as a lost connection. */
const MAX_BODY = 16 * 1024 * 1024;
const MAX_JITTER_MS = 60_000;
const SERVER_ERRORS = [500, 502, 503, 504] as const;

/**
 * A real HTTP proxy on a real socket between callers and one server. With a fault set, it hits the calls that the seed and
 * the caller's key choose; without one it only passes on.
 */
export class FaultProxy {
  readonly url: string;
  readonly #server: Server;
  #upstream: URL;
  readonly #seed: number;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #held = new Set<IncomingMessage>();
  #fault: ProxyFault | undefined;
  #hits = new Set<string>();

  private constructor(server: Server, upstream: URL, seed: number) {
    this.#server = server;
    this.#upstream = upstream;
    this.#seed = seed;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.#take(request, response),
    );
  }

  static async start(upstream: string, seed: number): Promise<FaultProxy> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    server.maxConnections = 8192;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new FaultProxy(server, new URL(upstream), seed);
  }

  /** Puts a fault on, or lifts it with undefined; calls that it still holds are let go as lost connections. */
  set(fault: ProxyFault | undefined): void {
    this.#fault = fault;
    this.#hits = new Set();
    for (const request of this.#held) request.socket.destroy();
    this.#held.clear();
  }

  /** Passes on to another server from now on, as when a new process takes the place of a lost one. */
  pointTo(upstream: string): void {
    this.#upstream = new URL(upstream);
  }

  /** Whether the fault that is on has hit the call with this key. */
  hit(key: string): boolean {
    return this.#hits.has(key);
  }

  async close(): Promise<void> {
    this.set(undefined);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#agent.destroy();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => response.destroy()); // the caller has left
    const fault = this.#fault;
    const sent = request.headers[headers.key];
    const key = typeof sent === 'string' ? sent : '';
    if (fault === undefined || draw(this.#seed, fault.kind, key) >= fault.share) {
      this.#passOn(request, response);
      return;
    }
    this.#hits.add(key);
    this.#strike(fault, key, request, response);
  }

  #strike(fault: ProxyFault, key: string, request: IncomingMessage, response: ServerResponse): void {
    const luck = draw(this.#seed, fault.kind, key, 'how');
    switch (fault.kind) {
      case 'delay':
        return this.#later(fault.ms ?? 0, () => this.#passOn(request, response));
      case 'jitter': {
        const wait = Math.min(MAX_JITTER_MS, -Math.log(1 - luck) * (fault.ms ?? 0));
        return this.#later(wait, () => this.#passOn(request, response));
      }
      case 'drop':
        request.resume();
        this.#held.add(request);
        request.socket.once('close', () => this.#held.delete(request));
        return;
      case 'reset':
        request.socket.resetAndDestroy();
        return;
      case 'server-error': {
        request.resume();
        const status = SERVER_ERRORS[Math.floor(luck * SERVER_ERRORS.length)] ?? 500;
        response.writeHead(status, { 'content-type': 'text/html' }).end(`<html>${status}</html>`);
        return;
      }
      case 'slow-body':
        return this.#changed(request, response, (body) =>
          this.#trickle(response, body, fault.bytesPerSecond ?? 1),
        );
      case 'truncated-body':
        return this.#changed(request, response, (body) => {
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
          response.write(body.subarray(0, body.length >> 1), () => response.destroy());
        });
      case 'wrong-body':
        return this.#changed(request, response, (body) => {
          const { type, text } = spoil(body.toString('utf8'), luck);
          response.writeHead(200, { 'content-type': type }).end(text);
        });
    }
  }

  #passOn(request: IncomingMessage, response: ServerResponse): void {
    this.#forward(request, response, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
  }

  /** The whole answer at once, to be sent otherwise. */
  #changed(request: IncomingMessage, response: ServerResponse, send: (body: Buffer) => void): void {
    this.#forward(request, response, (answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_BODY) response.destroy();
        else chunks.push(chunk);
      });
      answer.on('end', () => {
        if (!response.destroyed) send(Buffer.concat(chunks));
      });
    });
  }

  #forward(
    request: IncomingMessage,
    response: ServerResponse,
    then: (answer: IncomingMessage) => void,
  ): void {
    if (response.destroyed) return;
    const onward = startRequest(new URL(request.url ?? '/', this.#upstream), {
      agent: this.#agent,
      method: request.method,
      headers: { ...request.headers, host: this.#upstream.host },
    });
    onward.on('response', (answer) => {
      answer.on('error', () => response.destroy());
      then(answer);
    });
    // The server is gone, and the caller sees what a caller sees then: a lost connection.
    onward.on('error', () => request.socket.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  #trickle(response: ServerResponse, body: Buffer, bytesPerSecond: number): void {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    const step = Math.max(1, Math.ceil(bytesPerSecond / 20));
    const next = (from: number): void => {
      if (response.destroyed) return;
      if (from >= body.length) return void response.end();
      response.write(body.subarray(from, from + step));
      this.#later((step / bytesPerSecond) * 1000, () => next(from + step));
    };
    next(0);
  }

  #later(milliseconds: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, milliseconds);
    this.#timers.add(timer);
  }
}
