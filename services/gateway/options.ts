import type { GatewayOptions } from './server.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export type GatewaySettings = Omit<GatewayOptions, 'log' | 'onError' | 'host'> & {
  readonly host: string;
  readonly logsPredictions: boolean;
  /** A second port for health and metrics, away from callers; undefined when they are on the gateway's port only. */
  readonly healthPort: number | undefined;
};

/**
 * Reads `GATEWAY_PORT` (8080), `GATEWAY_HOST` (127.0.0.1), `EVIDENCE_DIR`, `DATA_DIR`, `GATEWAY_TIMEOUT_MS` (1000), `HEALTH_PORT` and
 * `PREDICTION_LOG` (`on`, or `off` for an isolated trial, which needs no `DATA_DIR`). Throws an Error that names the variable.
 */
export function gatewaySettings(env: Environment): GatewaySettings {
  const logsPredictions = choice(env, 'PREDICTION_LOG', ['on', 'off']) === 'on';
  const dataDir = env['DATA_DIR'];
  if (!dataDir && logsPredictions) {
    throw new Error('DATA_DIR is missing: give the folder that keeps which versions have traffic.');
  }
  return {
    port: whole(env, 'GATEWAY_PORT', 8080, 0, 65_535),
    host: env['GATEWAY_HOST'] ?? '127.0.0.1',
    evidenceDir: required(env, 'EVIDENCE_DIR', 'give the folder of the evidence store'),
    dataDir: dataDir || null,
    timeoutMs: whole(env, 'GATEWAY_TIMEOUT_MS', 1000, 1, 600_000),
    logsPredictions,
    healthPort: env['HEALTH_PORT'] ? whole(env, 'HEALTH_PORT', 0, 0, 65_535) : undefined,
  };
}

function required(env: Environment, name: string, mend: string): string {
  const value = env[name];
  if (value) return value;
  throw new Error(`${name} is missing: ${mend}.`);
}

function whole(env: Environment, name: string, usual: number, low: number, high: number): number {
  const text = env[name];
  if (text === undefined || text === '') return usual;
  const value = Number(text);
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new Error(`${name}: '${text}' is not a whole number from ${low} to ${high}.`);
}

function choice(env: Environment, name: string, choices: readonly [string, ...string[]]): string {
  const value = env[name] || choices[0];
  if (choices.includes(value)) return value;
  throw new Error(`${name}: '${value}' is not one of ${choices.join(', ')}.`);
}
