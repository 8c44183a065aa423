import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Health } from '../../adapters/service.ts';
import type { Registry } from 'prom-client';
import type { ClosedWindows } from './closed-windows.ts';

export interface Api {
  readonly port: number;
  close(): Promise<void>;
}

export interface ApiOptions {
  /** 0 takes a free port. */
  readonly port: number;
  readonly health: () => Health;
  readonly metrics: Registry;
  readonly windows: ClosedWindows;
}

/**
 * `GET /health` (200 or 503, `{ ok, detail }`), `GET /metrics` (Prometheus text), and `GET /windows[?model=NAME]`: the
 * closed windows with their numbers, oldest first, `{ windows: [...] }`. On this machine only.
 */
export async function serveApi({ port, health, metrics, windows }: ApiOptions): Promise<Api> {
  const answer = async (method: string, url: URL, response: ServerResponse): Promise<void> => {
    if (method !== 'GET') return send(response, 405, 'text/plain', 'only GET\n');
    switch (url.pathname) {
      case '/health': {
        const state = health();
        return json(response, state.ok ? 200 : 503, state);
      }
      case '/metrics':
        return send(response, 200, metrics.contentType, await metrics.metrics());
      case '/windows':
        return json(response, 200, { windows: windows.list(url.searchParams.get('model') ?? undefined) });
      default:
        return send(response, 404, 'text/plain', 'try /health, /metrics or /windows?model=NAME\n');
    }
  };
  const server = createServer((request, response) => {
    answer(request.method ?? 'GET', new URL(request.url ?? '/', 'http://monitor'), response).catch(
      (error: unknown) => send(response, 500, 'text/plain', `${String(error)}\n`),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type }).end(body);
}

const json = (response: ServerResponse, status: number, body: unknown): void =>
  send(response, status, 'application/json', `${JSON.stringify(body)}\n`);
