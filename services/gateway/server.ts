import { join } from 'node:path';
import type { Registry } from 'prom-client';
import fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { openEvidence } from '../../adapters/evidence/index.ts';
import { adminRoutes } from './admin-routes.ts';
import { GatewayError } from './errors.ts';
import { createMetrics } from './metrics.ts';
import { Models } from './models.ts';
import { PredictionLog, type PredictionSink } from './prediction-log.ts';
import { protocolRoutes } from './protocol-routes.ts';

export interface GatewayOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** Address to listen on; this machine only unless given. */
  readonly host?: string;
  readonly evidenceDir: string;
  /** Folder of the state that survives a restart; null keeps it in memory, for a trial of one version. */
  readonly dataDir: string | null;
  /** How to reach the log of predictions; null logs nothing. */
  readonly log: (() => Promise<PredictionSink>) | null;
  /** Longest time that a model may take for one request in milliseconds (1,000); then the declared answer is given. */
  readonly timeoutMs?: number;
  /** Predictions kept while the log is away (20,000, about 20 MB). */
  readonly logCapacity?: number;
  /** Largest request body in bytes (4 MiB). */
  readonly bodyLimit?: number;
  /** Told of unexpected failures. */
  readonly onError?: (error: unknown, what: string) => void;
}

export interface Health {
  readonly ok: boolean;
  /** One line that says what is wrong, or what is served. */
  readonly detail: string;
}

export interface Gateway {
  readonly url: string;
  readonly metrics: Registry;
  health(): Health;
  /** Ends requests in hand, flushes the prediction log, unloads the models. Returns how many predictions were not logged. */
  close(): Promise<{ unlogged: number }>;
}

/** Starts a gateway; it has loaded again what it served before when this resolves. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { dataDir, bodyLimit = 4 * 1024 * 1024, timeoutMs = 1000, logCapacity = 20_000 } = options;
  const metrics = createMetrics();
  const models = await Models.open({
    evidence: openEvidence(options.evidenceDir),
    stateFile: dataDir === null ? null : join(dataDir, 'gateway.json'),
    timeoutMs,
  });
  const log =
    options.log === null ? null : new PredictionLog({ connect: options.log, capacity: logCapacity, metrics });
  const server = fastify({ bodyLimit, forceCloseConnections: 'idle', return503OnClosing: false });
  errorAnswers(server, bodyLimit, options.onError);
  protocolRoutes(server, { models, metrics, log });
  adminRoutes(server, models);
  const health = () => healthOf(models, log);
  selfRoutes(server, metrics.registry, health);
  const close = async () => {
    await server.close();
    const unlogged = (await log?.close()) ?? 0;
    await models.close();
    return { unlogged };
  };
  try {
    const url = await server.listen({ port: options.port, host: options.host ?? '127.0.0.1' });
    return { url, metrics: metrics.registry, health, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function selfRoutes(server: FastifyInstance, registry: Registry, health: () => Health): void {
  server.get('/metrics', async (_, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  server.get('/health', (_, reply) => {
    const state = health();
    return reply.code(state.ok ? 200 : 503).send(state);
  });
}

function healthOf(models: Models, log: PredictionLog | null): Health {
  const logProblem = log?.problem();
  const problems = [...models.problems(), ...(logProblem === undefined ? [] : [logProblem])];
  if (problems.length > 0) return { ok: false, detail: problems.join('; ') };
  return { ok: true, detail: `serving ${models.names().join(', ') || 'no model yet'}` };
}

/** Every refusal is the protocol's `{ error }`, with a `code` beside it. */
function errorAnswers(server: FastifyInstance, bodyLimit: number, onError: GatewayOptions['onError']): void {
  server.setNotFoundHandler(({ method, url }, reply) =>
    reply.code(404).send({ error: `There is no ${method} ${url.slice(0, 200)}.`, code: 'NOT_FOUND' }),
  );
  server.setErrorHandler((error: FastifyError | GatewayError, { method, url }, reply) => {
    if (error instanceof GatewayError) {
      return reply.code(error.status).send({ error: error.message, code: error.code });
    }
    if (error.statusCode === 413) {
      return reply.code(400).send({
        error: `The body is larger than ${bodyLimit} bytes. Send fewer rows in one request.`,
        code: 'INVALID_REQUEST',
      });
    }
    if (error.statusCode !== undefined && error.statusCode < 500) {
      const status = error.statusCode === 415 ? 415 : 400;
      return reply.code(status).send({
        error: `The body cannot be read: ${error.message}. Send JSON as application/json.`,
        code: 'INVALID_REQUEST',
      });
    }
    onError?.(error, `${method} ${url}`);
    return reply.code(500).send({ error: `The gateway failed: ${error.message}`, code: 'INTERNAL' });
  });
}
