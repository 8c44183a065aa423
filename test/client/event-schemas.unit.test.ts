// Proves: the published schemas of live events and the AsyncAPI document are those that the code makes, the schemas accept and refuse
// what the code does, and the document is valid by AsyncAPI's own schema and whole: every topic, every reference, every type of message.
import { readFile } from 'node:fs/promises';
import asyncApiSpecs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asyncApi, eventSchema, generateEventSchemas } from '../../client/generate-event-schemas.ts';
import { isName } from '../../contracts/ids.ts';
import { eventTypes } from '../../contracts/live-events.ts';
import { driftReported } from '../../contracts/schemas/live-events.ts';
import { topicSettings, topics } from '../../contracts/topics.ts';
import { drift } from '../ingest/events.ts';

const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false });
addFormats.default(ajv);
const validate = ajv.compile(eventSchema('drift-report'));

test('docs/schemas holds what the generator writes (node --import tsx client/generate-event-schemas.ts)', async () => {
  const files = Object.entries(await generateEventSchemas());
  expect(files.map(([name]) => name)).toContain('events.asyncapi.json');
  for (const [name, text] of files)
    expect(await readFile(new URL(`../../docs/schemas/${name}`, import.meta.url), 'utf8'), name).toBe(text);
});

describe('the schema of a drift report', () => {
  test('accepts a report, as the code does', () => {
    expect(validate(drift('churn')), JSON.stringify(validate.errors)).toBe(true);
    expect(driftReported.safeParse(drift('churn')).success).toBe(true);
  });

  const [one] = drift('churn').measurements;
  test.each<[string, object]>([
    ['an unknown field', { histogram: [1, 2] }],
    ['a model that is no name', { model: { name: 'Not A Name', version: '1', environment: 'x' } }],
    ['a verdict of another word', { verdict: 'maybe' }],
    ['a measurement without direction', { measurements: [{ ...one, driftWhen: undefined }] }],
    ['201 measurements', { measurements: Array.from({ length: 201 }, () => one) }],
    [
      'a time without an offset',
      { window: { start: '2026-01-01T00:00:00', end: '2026-01-02T00:00:00Z', rows: 1 } },
    ],
  ])('refuses %s, as the code does', (_name, spoil) => {
    const report = JSON.parse(JSON.stringify({ ...drift('churn'), ...spoil })) as unknown;
    expect(validate(report)).toBe(false);
    expect(driftReported.safeParse(report).success).toBe(false);
  });

  test('knows the same names as the code', () => {
    const names = fc.oneof(fc.string({ maxLength: 5 }), fc.stringMatching(/^[a-z0-9._-]{1,130}$/));
    fc.assert(
      fc.property(names, (name) => {
        expect(validate(drift(name))).toBe(isName(name));
      }),
    );
  });
});

interface Document {
  asyncapi: string;
  info: { title: string; version: string };
  channels: Record<
    string,
    {
      address: string;
      messages: Record<string, { $ref: string }>;
      bindings: { kafka: { partitions: number } };
    }
  >;
  operations: Record<string, { action: string; channel: { $ref: string } }>;
  components: {
    messages: Record<string, { headers: { properties: { ce_type?: { const: string } } } }>;
    schemas: Record<string, object>;
  };
}

describe('the AsyncAPI document', () => {
  const document = asyncApi() as unknown as Document;

  test('has the parts that version 3 requires, in the forms that it allows', () => {
    expect(document.asyncapi).toBe('3.0.0');
    expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
    for (const name of [...Object.keys(document.channels), ...Object.keys(document.operations)])
      expect(name).toMatch(/^[\w-]+$/);
    for (const { action, channel } of Object.values(document.operations)) {
      expect(['send', 'receive']).toContain(action);
      expect(channel.$ref).toMatch(/^#\/channels\//);
    }
  });

  test("is valid by the project's own JSON schema of version 3.0.0", () => {
    // Their schema is written for looser validators than ours are.
    const official = new Ajv({ allErrors: true, strict: false, logger: false });
    addFormats.default(official);
    const valid = official.compile(asyncApiSpecs.schemasWithoutId['3.0.0'] as object);
    expect(valid(document), JSON.stringify(valid.errors?.slice(0, 3))).toBe(true);
    expect(valid({ ...document, operations: { wrong: { action: 'shout', channel: {} } } })).toBe(false);
  });

  test('names every topic with its partitions', () => {
    expect(
      Object.values(document.channels)
        .map(({ address }) => address)
        .sort(),
    ).toEqual(Object.values(topics).sort());
    for (const { address, bindings } of Object.values(document.channels))
      expect(bindings.kafka.partitions).toBe(
        topicSettings.find(({ topic }) => topic === address)!.partitions,
      );
  });

  test('has a message for each event type, and no dead reference', () => {
    const types = Object.values(document.components.messages).flatMap(
      ({ headers }) => headers.properties.ce_type?.const ?? [],
    );
    expect(types.sort()).toEqual(Object.values(eventTypes).sort());
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, path]) => path!,
    );
    expect(references.length).toBeGreaterThan(15);
    for (const path of references) {
      let here: unknown = document;
      for (const key of path.split('/')) here = (here as Record<string, unknown>)[key];
      expect(here, path).toBeDefined();
    }
  });

  test('its schemas are of the draft that AsyncAPI speaks, and refuse what the code refuses', () => {
    const draft7 = new Ajv({ allErrors: true, strict: true, strictTypes: false });
    addFormats.default(draft7);
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      const check = draft7.compile(schema);
      expect(check(drift('churn')), name).toBe(name === 'drift-report');
      expect(check({ ...drift('churn'), extra: 1 }), name).toBe(false);
    }
  });
});
