// Proves: the published JSON Schema is the one that the code makes, editors that use it accept what we accept, and it refuses
// the same misspellings.
import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { generateSchemas } from '../../client/generate-schemas.ts';
import { isName } from '../../contracts/ids.ts';
import {
  parseDuration,
  publishedPlaybookSchema,
  publishedReleaseSchema,
  releaseFile,
  releaseFileJsonSchema,
} from '../../contracts/schemas/index.ts';

const root = new URL('../../', import.meta.url);
const example = parse(
  await readFile(new URL('examples/flight-delays/release.yaml', root), 'utf8'),
) as Example;
const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false });
formats.default(ajv);
const validate = ajv.compile(releaseFileJsonSchema());

interface Example {
  metadata: Record<string, unknown>;
  spec: Record<string, unknown> & { steps: Record<string, unknown>[] };
}

describe('docs/schemas', () => {
  test('holds what the generator writes (node --import tsx client/generate-schemas.ts)', async () => {
    for (const [name, text] of Object.entries(await generateSchemas())) {
      expect(await readFile(new URL(`docs/schemas/${name}`, root), 'utf8')).toBe(text);
    }
  });
});

describe('the schema of a release file', () => {
  test('accepts the example, as the code does', () => {
    expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
    expect(releaseFile.safeParse(example).success).toBe(true);
  });

  test.each<[string, (copy: Example) => void]>([
    ['an unknown field', (copy) => (copy.spec['requestor'] = 'rita')],
    ['a missing requester', (copy) => delete copy.spec['requester']],
    ['a step without stage or gate', (copy) => copy.spec.steps.push({ timeout: '1h' })],
    ['a wrong duration', (copy) => (copy.spec.steps[0]!['timeout'] = '5 minutes')],
    ['a version that is a number', (copy) => (copy.metadata['version'] = 1)],
    ['an unknown choice', (copy) => (copy.spec['risk'] = 'enormous')],
  ])('refuses %s, as the code does', (_name, spoil) => {
    const copy = structuredClone(example);
    spoil(copy);
    expect(validate(copy)).toBe(false);
    expect(releaseFile.safeParse(copy).success).toBe(false);
  });

  test('knows the same names as the rest of the code', () => {
    const metadata = releaseFile.shape.metadata.shape;
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ maxLength: 5 }), fc.stringMatching(/^[a-z0-9._-]{1,130}$/)),
        (text) => {
          expect(metadata.model.safeParse(text).success).toBe(isName(text));
        },
      ),
    );
  });
});

describe('what editors use', () => {
  const published = ajv.compile(publishedReleaseSchema());
  const playbook = ajv.compile(publishedPlaybookSchema());
  const over = (steps: unknown): object => {
    const { people, requester, artifact, serving } = example.spec;
    return { ...example, spec: { playbook: 'standard', people, requester, artifact, serving, steps } };
  };

  test('takes a whole release file, and one that says only what is other than in its playbook', async () => {
    expect(published(example), JSON.stringify(published.errors)).toBe(true);
    const second = parse(
      await readFile(new URL('examples/flight-delays/with-playbook.yaml', root), 'utf8'),
    ) as unknown;
    expect(published(second), JSON.stringify(published.errors)).toBe(true);
    expect(published(over(undefined)), JSON.stringify(published.errors)).toBe(true);
    const some = [
      { stage: 'canary', canary: { steps: [{ weight: 5 }] } },
      { gate: 'release', requires: { owner: null } },
      { stage: 'sandbox', checks: [{ metric: 'auc', severity: 'warning' }] },
    ];
    expect(published(over(some)), JSON.stringify(published.errors)).toBe(true);
  });

  test('refuses a misspelt step in both', () => {
    expect(published(over([{ stage: 'sandbox', chekcs: [] }]))).toBe(false);
    expect(
      published({
        ...example,
        spec: { ...example.spec, steps: [{ stage: 'canary', canary: { steps: [{ weight: 5 }] } }] },
      }),
    ).toBe(false);
  });

  test.each(['standard', 'low-risk', 'regulated-credit'])(
    'takes the playbook %s, and not a misspelt one',
    async (name) => {
      const text = await readFile(new URL(`playbooks/${name}/playbook.yaml`, root), 'utf8');
      expect(playbook(parse(text)), JSON.stringify(playbook.errors)).toBe(true);
      expect(playbook(parse(text.replace('  roles:', '  rolls:')))).toBe(false);
    },
  );
});

describe('durations', () => {
  test.each([
    ['30s', 30],
    ['10m', 600],
    ['48h', 172_800],
    ['7d', 604_800],
    ['0s', undefined],
    ['1.5h', undefined],
    ['-1h', undefined],
    ['1w', undefined],
    ['1 h', undefined],
    ['h', undefined],
    ['', undefined],
  ])('%j is %s seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });
});
