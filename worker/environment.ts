import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { TRAINING_FOLDER } from '../contracts/training-folder.ts';

export interface WorkerEnvironment {
  readonly databaseUrl: string;
  readonly evidenceDir: string;
  readonly gatewayUrl: string;
  readonly dataDir: string;
  /** Of running trainings; workers of the training queue share it. */
  readonly trainingDir: string;
  readonly healthPort: number;
  readonly metricsPort: number | null;
  readonly versioning: boolean;
  /** Named by the deployment, or else by the workflows' sources. */
  readonly buildId: string | null;
  /** Which queues this process serves. */
  readonly queues: readonly Queue[];
}

export const queues = ['release', 'trials', 'training'] as const;
export type Queue = (typeof queues)[number];

/** Reads the environment. Throws one error that names everything that is missing or wrong. */
export function workerEnvironment(env: NodeJS.ProcessEnv = process.env): WorkerEnvironment {
  const problems: string[] = [];
  const required = (name: string, what: string): string => {
    const value = env[name];
    if (!value) problems.push(`${name} is not set: ${what}`);
    return value ?? '';
  };
  const wanted = (env['WORKER_QUEUES'] ?? queues.join(',')).split(',').map((name) => name.trim());
  const unknown = wanted.filter((name) => !(queues as readonly string[]).includes(name));
  if (unknown.length > 0)
    problems.push(`WORKER_QUEUES names ${unknown.join(', ')}; it knows ${queues.join(', ')}`);
  const environment: WorkerEnvironment = {
    databaseUrl: required('DATABASE_URL', 'where the ledger is, postgresql://user@host:port/database'),
    evidenceDir: required('EVIDENCE_DIR', 'the folder of the evidence store'),
    gatewayUrl: required('GATEWAY_URL', 'the serving gateway, http://host:port'),
    dataDir: env['DATA_DIR'] ?? join(tmpdir(), 'seatrial-worker'),
    trainingDir: env['TRAINING_DIR'] || join(env['EVIDENCE_DIR'] ?? '', TRAINING_FOLDER),
    healthPort: Number(env['HEALTH_PORT'] ?? 0),
    metricsPort: env['METRICS_PORT'] ? Number(env['METRICS_PORT']) : null,
    versioning: env['WORKER_VERSIONING'] === 'on',
    buildId: env['SEATRIAL_BUILD_ID'] || null,
    queues: wanted as Queue[],
  };
  if (problems.length > 0) throw new Error(`the worker cannot start:\n  ${problems.join('\n  ')}`);
  return environment;
}
