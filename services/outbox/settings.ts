import { join } from 'node:path';
import type { HttpSettings } from '../../adapters/openlineage/index.ts';
import type { MlflowSettings } from '../../adapters/registry/index.ts';

export interface OutboxSettings {
  readonly databaseUrl: string;
  readonly healthPort: number;
  readonly healthHost: string | undefined;
  readonly registry: RegistrySettings;
  readonly lineage: LineageSettings;
}

export type RegistrySettings =
  | { readonly kind: 'off' }
  | { readonly kind: 'file'; readonly dir: string }
  | { readonly kind: 'mlflow'; readonly server: MlflowSettings };

export type LineageSettings = { readonly kind: 'off' } | ({ readonly namespace: string } & LineageTarget);

type LineageTarget =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'http'; readonly server: HttpSettings }
  | { readonly kind: 'kafka'; readonly topic: string };

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `DATABASE_URL` (required), `HEALTH_PORT` (0: a free one), `HEALTH_HOST`, `REGISTRY` (`file`, `mlflow` or `off`; `mlflow`
 * where `REGISTRY_URL` is set), `REGISTRY_DIR` (`registry` in `DATA_DIR`), `REGISTRY_URL`, `REGISTRY_TOKEN`, `REGISTRY_USERNAME`
 * and `REGISTRY_PASSWORD`; and of OpenLineage `OPENLINEAGE_TRANSPORT` (`file`, `http`, `kafka` or `off`; `http` where `OPENLINEAGE_URL`
 * is set), `OPENLINEAGE_NAMESPACE` (`seatrial`), `OPENLINEAGE_FILE` (`openlineage.ndjson` in `DATA_DIR`), `OPENLINEAGE_URL`,
 * `OPENLINEAGE_ENDPOINT` and `OPENLINEAGE_API_KEY`, `OPENLINEAGE_TOPIC` (`seatrial.openlineage`). Throws one Error that names every variable to mend.
 */
export function outboxSettings(env: Environment): OutboxSettings {
  const problems: string[] = [];
  const databaseUrl = env['DATABASE_URL'] || '';
  if (databaseUrl === '')
    problems.push('DATABASE_URL is not set: where the ledger is, postgresql://user@host:port/database');
  const healthPort = Number(env['HEALTH_PORT'] || 0);
  if (!Number.isInteger(healthPort) || healthPort < 0 || healthPort > 65_535)
    problems.push(`HEALTH_PORT: '${env['HEALTH_PORT']}' must be a port, or 0 for a free one`);
  const registry = registrySettings(env, problems);
  const lineage = lineageSettings(env, problems);
  if (problems.length > 0) throw new Error(`the outbox cannot start:\n  ${problems.join('\n  ')}`);
  return { databaseUrl, healthPort, healthHost: env['HEALTH_HOST'] || undefined, registry, lineage };
}

function registrySettings(env: Environment, problems: string[]): RegistrySettings {
  const kind = env['REGISTRY'] || (env['REGISTRY_URL'] ? 'mlflow' : 'file');
  if (kind === 'mlflow') return { kind, server: mlflowSettings(env, problems) };
  if (kind === 'file') {
    const dir = env['REGISTRY_DIR'] || (env['DATA_DIR'] ? join(env['DATA_DIR'], 'registry') : '');
    if (dir === '')
      problems.push('REGISTRY_DIR is not set: the folder of the file registry; or set REGISTRY=off');
    return { kind, dir };
  }
  if (kind !== 'off') problems.push(`REGISTRY: '${kind}' must be file, mlflow or off`);
  return { kind: 'off' };
}

function mlflowSettings(env: Environment, problems: string[]): MlflowSettings {
  const url = env['REGISTRY_URL'] || '';
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    problems.push(`REGISTRY_URL: '${url}' must be MLflow's address, such as http://mlflow:5000`);
  const [token, name, password] = [
    env['REGISTRY_TOKEN'],
    env['REGISTRY_USERNAME'],
    env['REGISTRY_PASSWORD'],
  ].map((text) => text || undefined);
  if ((name === undefined) !== (password === undefined))
    problems.push('REGISTRY_USERNAME and REGISTRY_PASSWORD go together');
  return {
    url,
    ...(token === undefined ? {} : { token }),
    ...(name === undefined || password === undefined ? {} : { user: { name, password } }),
  };
}

function lineageSettings(env: Environment, problems: string[]): LineageSettings {
  const url = env['OPENLINEAGE_URL'] || '';
  const kind = env['OPENLINEAGE_TRANSPORT'] || (url === '' ? 'file' : 'http');
  const namespace = env['OPENLINEAGE_NAMESPACE'] || 'seatrial';
  const [endpoint, apiKey] = [env['OPENLINEAGE_ENDPOINT'], env['OPENLINEAGE_API_KEY']];
  switch (kind) {
    case 'file': {
      const path =
        env['OPENLINEAGE_FILE'] || (env['DATA_DIR'] ? join(env['DATA_DIR'], 'openlineage.ndjson') : '');
      if (path === '')
        problems.push('OPENLINEAGE_FILE is not set: where run events go; or set OPENLINEAGE_TRANSPORT=off');
      return { kind, namespace, path };
    }
    case 'http':
      if (!/^https?:\/\//.test(url) || !URL.canParse(url))
        problems.push(`OPENLINEAGE_URL: '${url}' must be a server's address, such as http://marquez:5000`);
      return {
        kind,
        namespace,
        server: { url, ...(endpoint ? { endpoint } : {}), ...(apiKey ? { apiKey } : {}) },
      };
    case 'kafka':
      if (!env['KAFKA_BROKERS'])
        problems.push('KAFKA_BROKERS is not set, and OPENLINEAGE_TRANSPORT is kafka');
      return { kind, namespace, topic: env['OPENLINEAGE_TOPIC'] || 'seatrial.openlineage' };
    case 'off':
      return { kind };
    default:
      problems.push(`OPENLINEAGE_TRANSPORT: '${kind}' must be file, http, kafka or off`);
      return { kind: 'off' };
  }
}
