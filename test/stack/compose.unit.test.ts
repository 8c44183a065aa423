// Proves that docker-compose.yml is valid Compose, and that it is the embedded stack's twin: the same versions, ports,
// Kafka settings, Temporal search attributes and database URL. It does not prove that the images start: that needs Docker.
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { searchAttributeTypes } from '../../contracts/search-attributes.ts';
import { versions } from '../../stack/versions.ts';

interface ComposeService {
  readonly image: string;
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
}

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const compose = parse(read('../../docker-compose.yml')) as { services: Record<string, ComposeService> };

function service(name: string): ComposeService {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
  JSON.parse(read('./compose-spec/schema.json')) as object,
);

describe('docker-compose.yml', () => {
  it('is valid by the Compose Specification', () => {
    expect(validate(compose) || validate.errors).toBe(true);
  });

  it('would not be valid with a wrong key, so the check above can fail', () => {
    expect(validate({ services: { kafka: { image: 'apache/kafka', enviroment: {} } } })).toBe(false);
  });

  it('uses the images of the pinned versions', () => {
    const images = Object.fromEntries(
      Object.entries(compose.services).map(([name, { image }]) => [name, image]),
    );
    expect(images).toEqual({
      database: `postgres:${versions.postgres}`,
      kafka: `apache/kafka:${versions.kafka}`,
      temporal: `temporalio/server:${versions.temporalServer}`,
      'temporal-schema': `temporalio/admin-tools:${versions.temporalServer}`,
      'temporal-init': `temporalio/admin-tools:${versions.temporalServer}`,
      'temporal-ui': `temporalio/ui:${versions.temporalUi}`,
      mlflow: `ghcr.io/mlflow/mlflow:v${versions.mlflow}`,
    });
  });

  it('shows the same ports, on this machine only', () => {
    const { ports } = versions;
    expect(service('temporal').ports).toEqual([`127.0.0.1:${ports.temporal}:7233`]);
    expect(service('temporal-ui').ports).toEqual([`127.0.0.1:${ports.temporalUi}:8080`]);
    expect(service('kafka').ports).toEqual([`127.0.0.1:${ports.kafka}:${ports.kafka}`]);
    expect(service('database').ports).toEqual([`127.0.0.1:${ports.database}:5432`]);
  });

  it('gives Kafka the same settings', () => {
    const environment = service('kafka').environment ?? {};
    // The image turns KAFKA_LOG_SEGMENT_BYTES into log.segment.bytes.
    const wanted = Object.fromEntries(
      Object.entries(versions.kafkaSettings).map(([key, value]) => [
        `KAFKA_${key.toUpperCase().replaceAll('.', '_')}`,
        value,
      ]),
    );
    expect(environment).toMatchObject(wanted);
  });

  it('registers the search attributes of the contracts, no more and no fewer', () => {
    const script = service('temporal-init').command?.join('\n') ?? '';
    const registered = [...script.matchAll(/--name (\w+) --type (\w+)/g)].map(([, name, type]) => [
      name,
      type,
    ]);
    expect(Object.fromEntries(registered)).toEqual(searchAttributeTypes);
    expect(registered).toHaveLength(Object.keys(searchAttributeTypes).length);
  });
});
