import { readFileSync } from 'node:fs';

/** The pins and settings that the embedded parts, docker-compose.yml and the bootstrap share. */
export interface Versions {
  readonly temporalCli: string;
  readonly temporalServer: string;
  readonly temporalUi: string;
  readonly kafka: string;
  readonly postgres: string;
  readonly pglite: string;
  readonly mlflow: string;
  readonly ports: Readonly<Record<'temporal' | 'temporalUi' | 'kafka' | 'database' | 'gateway', number>>;
  readonly kafkaSettings: Readonly<Record<string, string>>;
}

export const versions = JSON.parse(
  readFileSync(new URL('./versions.json', import.meta.url), 'utf8'),
) as Versions;
