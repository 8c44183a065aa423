// Proves that the bill of materials is CycloneDX 1.6 by its own schema, that points of the ML Test Score and lines of regulatory packs follow
// from evidence and go when it goes, and that no pack asks for evidence that no release could have.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { beforeAll, describe, expect, test } from 'vitest';
import { readPack } from '../../adapters/regulations/index.ts';
import { packNames } from '../../contracts/schemas/governance.ts';
import type { CheckResult, Report } from '../../contracts/report.ts';
import { auditFairness } from '../../domain/fairness/index.ts';
import {
  answerPack,
  evidenceItems,
  isShown,
  itemsOf,
  mlBom,
  mlTests,
  mlTestScore,
  modelCard,
  packText,
  scoreText,
  type GovernanceFacts,
} from '../../domain/governance/index.ts';
import { createRandom } from '../../domain/statistics/index.ts';
import { evidence, plan, report, usualSteps } from '../support/plans.ts';

const random = createRandom(111);
const scores = Array.from({ length: 600 }, () => random.next());
const audit = auditFairness({
  of: 'origin',
  scores,
  labels: scores.map((score) => (random.next() < score ? 1 : 0)),
  groups: scores.map((_, i) => (i % 2 === 0 ? 'EWR' : 'JFK')),
  threshold: 0.5,
});
const check = (name: string, verdict: CheckResult['verdict'] = 'pass'): CheckResult => ({
  name,
  metric: name,
  verdict,
  severity: 'blocking',
  reason: `${name}: ${verdict}`,
});
const sandbox: Report = {
  ...report('pass'),
  checks: ['golden-outputs', 'same-answers', 'result-format', 'edge-cases', 'training-repeatable'].map(
    (name) => check(name),
  ),
  metrics: { auc: { value: 0.7, unit: '1', samples: 1000, lower: 0.68, upper: 0.72 } },
  evidence: [evidence('sandbox-report.json', 'e')],
};
const parquet = { ...evidence('validation.parquet', '1'), mediaType: 'application/vnd.apache.parquet' };

function facts(more: Partial<GovernanceFacts> = {}): GovernanceFacts {
  return {
    plan: plan({ data: { validation: parquet, golden: evidence('golden.json', '2') }, steps: usualSteps }),
    planRef: evidence('plan.json', 'f'),
    signature: {
      inputs: [{ name: 'origin', datatype: 'BYTES', kind: 'category' }],
      output: { name: 'probabilities', positiveIndex: 1 },
    },
    training: {
      sha256: '3'.repeat(64),
      seed: 7,
      parameters: { iterations: 150 },
      data: { sha256: '4'.repeat(64) },
      train: { rows: 44952, from: 1357035300000, to: 1361577600000 },
      holdout: null,
      code: { 'train.py': '5'.repeat(64) },
      versions: { python: '3.11.7', 'scikit-learn': '1.7.2' },
    },
    earlier: [sandbox],
    audits: [audit],
    checks: [check('no-dangling-digest'), check('fairness-groups')],
    metrics: {},
    words: {
      license: 'MIT',
      intendedUse: 'gate crews',
      ethics: 'none are known',
      limitations: 'weather only',
    },
    ...more,
  };
}

describe('the bill of materials', () => {
  let validate: ValidateFunction;
  beforeAll(async () => {
    const schema = async (name: string): Promise<object> =>
      JSON.parse(
        await readFile(join(import.meta.dirname, 'cyclonedx', `${name}.SNAPSHOT.schema.json`), 'utf8'),
      ) as object;
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats.default(ajv);
    // Formats of draft 2019-09 for texts in other scripts; nothing here is in one.
    for (const format of ['idn-email', 'iri-reference']) ajv.addFormat(format, true);
    for (const name of ['spdx', 'jsf-0.82'])
      ajv.addSchema(await schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
    validate = ajv.compile(await schema('bom-1.6'));
  });

  test.each([
    ['of everything that is known', {}],
    ['of nothing but a plan', { training: null, earlier: [], audits: [], words: {}, plan: plan() }],
  ])('%s is valid', (_, more: Partial<GovernanceFacts>) => {
    const bom = mlBom(facts(more));
    expect(validate(bom), JSON.stringify(validate.errors?.slice(0, 3), null, 1)).toBe(true);
    expect(mlBom(facts(more))).toEqual(bom);
  });

  test('holds model, data and libraries by digest and version; the schema refuses what it does not know', () => {
    const bom = mlBom(facts()) as unknown as {
      components: { name: string }[];
      metadata: { component: object };
    };
    expect(bom.components.map(({ name }) => name)).toEqual(['validation.parquet', 'python', 'scikit-learn']);
    expect(bom.metadata.component).toMatchObject({
      type: 'machine-learning-model',
      hashes: [{ alg: 'SHA-256', content: 'b'.repeat(64) }],
    });
    expect(validate({ ...bom, colour: 'red' })).toBe(false);
    expect(validate({ ...bom, specVersion: 1.6 })).toBe(false);
  });
});

describe('the ML Test Score', () => {
  test('has 28 tests, seven a section', () => {
    expect(mlTests).toHaveLength(28);
    for (const section of ['data', 'model', 'infrastructure', 'monitoring'])
      expect(mlTests.filter((one) => one.section === section)).toHaveLength(7);
    expect(new Set(mlTests.map((one) => one.test)).size).toBe(28);
  });

  test('a point needs all of its evidence, and is linked to it; the smallest section is the score', () => {
    const { points, sections, score } = mlTestScore(evidenceItems(facts(), []), {});
    const repeatable = points.find((one) => one.test === 'infra-1');
    expect(repeatable).toMatchObject({ points: 1 });
    expect(repeatable?.evidence.map(({ sha256 }) => sha256)).toEqual(['e'.repeat(64)]);
    expect(score).toBe(Math.min(...Object.values(sections)));
    for (const one of points) expect(one.points > 0).toBe(one.evidence.length > 0);

    const failed = { ...sandbox, checks: [check('training-repeatable', 'fail')] };
    const without = mlTestScore(evidenceItems(facts({ earlier: [failed] }), []), {});
    expect(without.points.find((one) => one.test === 'infra-1')).toMatchObject({
      points: 0,
      missing: ['check:sandbox/training-repeatable'],
    });
    expect(without.sections.infrastructure).toBeLessThan(sections.infrastructure);
  });

  test('half a point for a person’s document, and none for one that is not there', () => {
    const items = evidenceItems(facts(), []);
    const points = (name: string) =>
      mlTestScore(items, { 'data-2': name }).points.find((one) => one.test === 'data-2')?.points;
    expect(points('data:golden')).toBe(0.5);
    expect(points('data:nowhere')).toBe(0);
  });
});

describe.each(packNames)('the pack %s', (name) => {
  test('has a date and a source, and each line something that a release could show', async () => {
    const pack = await readPack(name);
    expect(pack.pack).toBe(name);
    expect(new Set(pack.lines.map(({ line }) => line)).size).toBe(pack.lines.length);
    const form =
      /^(plan|artifact|signature|watch|retraining|rollback|fallback|(data|stage|gate|planned|says|lineage|document):[\w.*-]+|check:[\w-]+\/[\w*-]+)$/;
    for (const { line, evidence: ids } of pack.lines) {
      expect(ids.length, line).toBeGreaterThan(0);
      for (const id of ids) expect(id, line).toMatch(form);
    }
  });

  test('shows each line as it is, and a gap where nothing is', async () => {
    const pack = await readPack(name);
    const answers = answerPack(pack, evidenceItems(facts(), [evidence('model-card.md', '6')]));
    for (const { answer, evidence: found, missing } of answers) {
      expect(answer === 'gap').toBe(found.length === 0);
      expect(answer === 'shown').toBe(missing.length === 0);
    }
    expect(new Set(answers.map(({ answer }) => answer))).toContain('shown');
    const text = packText(pack, answerPack(pack, new Map()));
    expect(text.match(/\*\*gap\*\*/g)).toHaveLength(pack.lines.length);
  });
});

test('Annex IV has its nine sections', async () => {
  const { lines } = await readPack('eu-ai-act');
  for (let section = 1; section <= 9; section++)
    expect(lines.map(({ line }) => line)).toContain(`Annex IV ${section}`);
  for (const article of [9, 10, 11, 12, 13, 14, 15, 72])
    expect(lines.map(({ line }) => line)).toContain(`Article ${article}`);
});

test('an id with a star stands for all that are there, and one that fails spoils it', () => {
  const spoilt = { ...sandbox, checks: [check('worst-slice-auc'), check('worst-slice-log-loss', 'fail')] };
  const items = evidenceItems(facts({ earlier: [spoilt] }), []);
  expect(itemsOf(items, 'check:sandbox/worst-slice-*')).toHaveLength(2);
  expect(isShown(items, 'check:sandbox/worst-slice-auc')).toBe(true);
  expect(isShown(items, 'check:sandbox/worst-slice-*')).toBe(false);
  expect(isShown(items, 'check:nothing/*')).toBe(false);
});

test('pages are whole where nothing was said or measured', () => {
  const bare = facts({ training: null, earlier: [], audits: [], checks: [], words: {}, plan: plan() });
  expect(modelCard(bare).body).toContain('*Not said in the release file.*');
  expect(modelCard(bare).frontMatter).not.toHaveProperty('model-index');
  expect(scoreText(mlTestScore(evidenceItems(bare, []), {}))).toContain('# ML Test Score: 0');
});
