import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

export interface Health {
  readonly ok: boolean;
  /** One line that says what is wrong, or what is right. */
  readonly detail: string;
}

export interface HealthOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** Address to listen on; this machine only unless given. */
  readonly host?: string;
  readonly health: () => Health | Promise<Health>;
  readonly metrics: Registry;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * What every process of ours shows about itself: `GET /health` (200 or 503, JSON `{ ok, detail }`) and `GET /metrics`
 * (Prometheus text). A health function that throws is a 503 with its message.
 */
export async function serveHealth({
  port,
  host = '127.0.0.1',
  health,
  metrics,
}: HealthOptions): Promise<HealthServer> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET') return send(response, 405, 'text/plain', 'only GET\n');
    if (path === '/health') {
      const state = await checked(health);
      return send(response, state.ok ? 200 : 503, 'application/json', `${JSON.stringify(state)}\n`);
    }
    if (path === '/metrics') return send(response, 200, metrics.contentType, await metrics.metrics());
    return send(response, 404, 'text/plain', 'try /health or /metrics\n');
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) =>
      send(response, 500, 'text/plain', `${String(error)}\n`),
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
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

async function checked(health: HealthOptions['health']): Promise<Health> {
  try {
    return await health();
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type }).end(body);
}
