import { join } from 'node:path';

export interface OutboxSettings {
  readonly databaseUrl: string;
  readonly healthPort: number;
  readonly healthHost: string | undefined;
  readonly registry: RegistrySettings;
}

export type RegistrySettings = { readonly kind: 'off' } | { readonly kind: 'file'; readonly dir: string };

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `DATABASE_URL` (required), `HEALTH_PORT` (0: a free one), `HEALTH_HOST`, `REGISTRY` (`file` or `off`), and
 * `REGISTRY_DIR` (`registry` in `DATA_DIR`). Throws one Error that names every variable to mend.
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
  if (problems.length > 0) throw new Error(`the outbox cannot start:\n  ${problems.join('\n  ')}`);
  return { databaseUrl, healthPort, healthHost: env['HEALTH_HOST'] || undefined, registry };
}

function registrySettings(env: Environment, problems: string[]): RegistrySettings {
  const kind = env['REGISTRY'] || 'file';
  if (kind === 'off') return { kind };
  if (kind !== 'file') {
    problems.push(`REGISTRY: '${kind}' must be file or off`);
    return { kind: 'off' };
  }
  const dir = env['REGISTRY_DIR'] || (env['DATA_DIR'] ? join(env['DATA_DIR'], 'registry') : '');
  if (dir === '')
    problems.push('REGISTRY_DIR is not set: the folder of the file registry; or set REGISTRY=off');
  return { kind, dir };
}
