import { join } from 'node:path';
import fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { openEvidence } from '../../adapters/evidence/index.ts';
import { adminRoutes } from './admin-routes.ts';
import { GatewayError } from './errors.ts';
import { createMetrics, type GatewayMetrics } from './metrics.ts';
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

export interface Gateway {
  readonly url: string;
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
  selfRoutes(server, models, metrics, log);
  const close = async () => {
    await server.close();
    const unlogged = (await log?.close()) ?? 0;
    await models.close();
    return { unlogged };
  };
  try {
    const url = await server.listen({ port: options.port, host: options.host ?? '127.0.0.1' });
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function selfRoutes(
  server: FastifyInstance,
  models: Models,
  metrics: GatewayMetrics,
  log: PredictionLog | null,
) {
  server.get('/metrics', async (_, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  server.get('/health', (_, reply) => {
    const logProblem = log?.problem();
    const problems = [...models.problems(), ...(logProblem === undefined ? [] : [logProblem])];
    const ok = problems.length === 0;
    const detail = ok ? `serving ${models.names().join(', ') || 'no model yet'}` : problems.join('; ');
    return reply.code(ok ? 200 : 503).send({ ok, detail });
  });
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
