import type { FastifyInstance, FastifyReply } from 'fastify';
import { FALLBACK_VERSION, headers } from '../../contracts/gateway.ts';
import { inferPinned, inferRouted, type Inference, type InferenceParts } from './inference.ts';
import type { Models } from './models.ts';

interface ModelPath {
  Params: { readonly model: string };
}
interface VersionPath {
  Params: { readonly model: string; readonly version: string };
}

/** The Open Inference Protocol, version 2, over REST. */
export function protocolRoutes(server: FastifyInstance, parts: InferenceParts): void {
  const { models, metrics } = parts;
  server.get('/v2', () => ({ name: 'seatrial-gateway', version: '0.1.0', extensions: [] }));
  server.get('/v2/health/live', () => ({ live: true }));
  server.get('/v2/health/ready', (_, reply) => answerReady(reply, models.ready(), {}));

  server.get<ModelPath>('/v2/models/:model', ({ params }) => describe(models, params.model, undefined));
  server.get<VersionPath>('/v2/models/:model/versions/:version', ({ params }) =>
    describe(models, params.model, params.version),
  );
  server.get<ModelPath>('/v2/models/:model/ready', ({ params: { model } }, reply) => {
    const { arms } = models.get(model).traffic;
    const ready = arms.length > 0 && arms.every(({ version }) => models.isReady(model, version));
    return answerReady(reply, ready, { name: model });
  });
  server.get<VersionPath>(
    '/v2/models/:model/versions/:version/ready',
    ({ params: { model, version } }, reply) => {
      models.version(model, version);
      return answerReady(reply, models.isReady(model, version), { name: model });
    },
  );

  const counted = async (reply: FastifyReply, infer: () => Promise<Inference>) => {
    metrics.inFlight.inc();
    try {
      const { served, response, took } = await infer();
      void reply.header(headers.version, served.version);
      void reply.header(headers.timing, serverTiming(took));
      if (served.arm !== undefined) void reply.header(headers.arm, served.arm);
      return response;
    } finally {
      metrics.inFlight.dec();
    }
  };
  server.post<ModelPath>('/v2/models/:model/infer', (request, reply) =>
    counted(reply, () => inferRouted(parts, request.params.model, request.body, request.headers)),
  );
  server.post<VersionPath>('/v2/models/:model/versions/:version/infer', ({ params, body }, reply) =>
    counted(reply, () => inferPinned(parts, params.model, params.version, body)),
  );
}

/** W3C Server Timing: what was the gateway's own work, and what the model's. */
function serverTiming({ total, model }: Inference['took']): string {
  return `gateway;dur=${Math.max(0, total - model).toFixed(3)}, model;dur=${model.toFixed(3)}`;
}

function answerReady(reply: FastifyReply, ready: boolean, more: { name?: string }) {
  return reply.code(ready ? 200 : 503).send({ ...more, ready });
}

/** Without a version: the one that serves the baseline, or else the interface that was declared last. */
function describe(models: Models, model: string, version: string | undefined) {
  const { versions, declared, traffic } = models.get(model);
  const served = version ?? traffic.arms.find(({ arm }) => arm === 'baseline')?.version;
  const { signature } =
    served === undefined || (version === undefined && served === FALLBACK_VERSION)
      ? declared
      : models.version(model, served);
  return {
    name: model,
    versions: version === undefined ? Object.keys(versions) : [version],
    platform: 'onnx_onnxv1',
    inputs: signature.inputs.map(({ name, datatype }) => ({ name, datatype, shape: [-1, 1] })),
    outputs: [
      { name: 'probabilities', datatype: 'FP32', shape: [-1, 2] },
      { name: 'score', datatype: 'FP32', shape: [-1] },
    ],
  };
}
