import type { FastifyInstance } from 'fastify';
import { readLoadVersion, readName, readTrafficChange } from './admin-messages.ts';
import type { Models } from './models.ts';

interface ModelPath {
  Params: { readonly model: string };
}
interface VersionPath {
  Params: { readonly model: string; readonly version: string };
}

/** What shifts traffic: `contracts/gateway.ts` is its description. Keep this path away from callers of models. */
export function adminRoutes(server: FastifyInstance, models: Models): void {
  server.put<VersionPath>('/admin/models/:model/versions/:version', async ({ params, body }) => {
    const model = readName(params.model, 'model');
    const version = readName(params.version, 'version');
    const { load } = await models.load(model, version, readLoadVersion(body));
    return { model, version, artifact: load.artifact.sha256, ready: models.isReady(model, version) };
  });
  server.delete<VersionPath>('/admin/models/:model/versions/:version', async ({ params }, reply) => {
    await models.unload(params.model, params.version);
    return reply.code(204).send();
  });
  server.put<ModelPath>('/admin/models/:model/traffic', ({ params, body }) =>
    models.change(params.model, readTrafficChange(body)),
  );
  server.get<ModelPath>('/admin/models/:model/traffic', ({ params }) => models.get(params.model).traffic);
}
