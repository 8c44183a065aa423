// Proves that the stage `governance` tells the honest flight model from releases with one planted defect each: files that
// are lost or changed, groups that are served unlike each other or that training hardly saw, data that gives people away.
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { governance, sandbox } from '../../activities/stages/index.ts';
import { openEvidence } from '../../adapters/evidence/index.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Report } from '../../contracts/report.ts';
import { makeGovernanceWorld, type GovernanceWorld } from './governance-world.ts';
import { checkOf, isAlive, planOf, required, runStage } from './support.ts';

let world: GovernanceWorld;
let tried: Report;
let honest: Report;

/** A group that has nothing to do with flights, and one that has. */
const GROUPS = `*, 'g' || hash(flight_id) % 3 AS chance, CASE WHEN scheduled_hour >= 15 THEN 'late in the day' ELSE 'early' END AS daytime`;

const textOf = async (report: Report, name: string): Promise<string> => {
  const ref = report.evidence.find((one) => one.name === name);
  if (ref === undefined) throw new Error(`the report names no ${name}`);
  return (await world.evidence.get(ref)).toString('utf8');
};
let grouped: Partial<Plan>;
const withData = (data: Plan['data']): Partial<Plan> => ({ data: { ...world.plan({}).data, ...data } });

beforeAll(async () => {
  world = await makeGovernanceWorld();
  const plan = planOf('sandbox', { files: world.files, parameters: { loadRequests: 50, runs: 2 } });
  tried = await runStage(world, sandbox(world.context), plan);
  await world.record(plan, tried);
  grouped = withData({
    validation: await world.changed('v.parquet', 'validation', (from) => `SELECT ${GROUPS} FROM ${from}`),
    reference: await world.changed('r.parquet', 'reference', (from) => `SELECT ${GROUPS} FROM ${from}`),
  });
  honest = await world.run(
    { fairness: { groups: ['chance'] }, card: { intendedUse: 'To call gate crews in time.' } },
    grouped,
  );
});
afterAll(() => world.remove());

describe('the honest model', () => {
  it('passes every check, and each metric says how sure it is', () => {
    const notPassed = honest.checks.filter(({ verdict }) => verdict !== 'pass');
    // No law is met by a model alone: what people have to write is shown as a gap.
    expect(notPassed.map(({ name }) => name)).toEqual(['pack-eu-ai-act', 'pack-sr-26-2', 'pack-nist-ai-rmf']);
    expect(honest.verdict).toBe('pass');
    const parity = honest.metrics['demographic-parity-chance'];
    expect(parity?.samples).toBeGreaterThan(2000);
    expect(parity!.lower!).toBeLessThanOrEqual(parity!.value);
    expect(parity!.upper!).toBeGreaterThan(parity!.value);
    for (const { pid } of world.servings) expect(isAlive(pid)).toBe(false);
  });

  it('leaves a model card that is filled from what was measured, and says what nobody said', async () => {
    const [, front = '', body = ''] = (await textOf(honest, 'model-card.md')).split(/^---$/m);
    const { library_name, 'model-index': index } = parseYaml(front) as {
      library_name: string;
      'model-index': { results: { metrics: { type: string; value: number }[] }[] }[];
    };
    expect(library_name).toBe('onnx');
    const auc = index[0]?.results[0]?.metrics.find(({ type }) => type === 'roc_auc');
    expect(auc?.value).toBe(tried.metrics['auc']?.value);
    expect(body).toContain('## Intended use\n\nTo call gate crews in time.');
    expect(body).toContain('## Out of scope\n\n*Not said in the release file.*');
    expect(body).toContain(required(world.files, 'model').sha256);
    expect(body).toContain('scikit-learn 1.7.2');
    expect(body).toContain(`| sandbox | pass | \`${tried.evidence[0]?.sha256}\` |`);
  });
});

describe('the documents', () => {
  it('are in the evidence store by digest, and name only what can be shown', async () => {
    const names = honest.evidence.map(({ name }) => name);
    expect(names).toEqual([
      'governance-report.json',
      'fairness-audit.json',
      'privacy-attacks.json',
      'model-card.md',
      'ml-bom.cdx.json',
      'ml-test-score.md',
      'pack-eu-ai-act.md',
      'pack-sr-26-2.md',
      'pack-nist-ai-rmf.md',
    ]);
    const bom = JSON.parse(await textOf(honest, 'ml-bom.cdx.json')) as { specVersion: string };
    expect(bom.specVersion).toBe('1.6');
    const digests = new Set<string>();
    for (const name of names.filter((one) => !one.endsWith('-report.json')))
      for (const [digest] of (await textOf(honest, name)).matchAll(/\b[0-9a-f]{64}\b/g)) digests.add(digest);
    const { training } = world.files;
    // Of the training record: its own script, and the window that it was cut from, which this plan does not hold.
    const { code, data } = await world.evidence.getJson<{
      code: Record<string, string>;
      data: { sha256: string };
    }>(required({ training: training! }, 'training'));
    for (const foreign of [...Object.values(code), data.sha256]) digests.delete(foreign);
    expect(digests.size).toBeGreaterThan(4);
    for (const digest of digests) expect(await world.evidence.has(digest), digest).toBe(true);
  });

  it('score what there is evidence for, and show the rest as gaps', async () => {
    const sections = ['data', 'model', 'infrastructure', 'monitoring'].map(
      (section) => honest.metrics[`ml-test-score-${section}`]?.value ?? -1,
    );
    expect(honest.metrics['ml-test-score']?.value).toBe(Math.min(...sections));
    expect(Math.max(...sections)).toBeGreaterThan(0);
    expect(await textOf(honest, 'ml-test-score.md')).toContain(
      `check:sandbox/golden-outputs \`${tried.evidence[0]?.sha256.slice(0, 12)}\``,
    );
    expect(await textOf(honest, 'pack-eu-ai-act.md')).toMatch(/\| Annex IV 8 \|.*\*\*gap\*\*/);
  });
});

describe('groups that are not served alike', () => {
  it('are found, with the bound that decided', async () => {
    const report = await world.run({ fairness: { groups: ['daytime'] } }, grouped);
    expect(report.verdict).toBe('fail');
    expect(checkOf(report, 'demographic-parity-daytime')).toMatchObject({ verdict: 'fail' });
    expect(checkOf(report, 'demographic-parity-daytime').reason).toMatch(/above the limit of 20\.0/);
  });

  it('are a warning where the plan says so, and undecided on too few flights', async () => {
    const limits = Object.fromEntries(
      ['demographic-parity', 'equalized-odds', 'predictive-parity', 'calibration-within-groups'].map(
        (measure) => [measure, { severity: 'warning' }],
      ),
    );
    const warned = await world.run({ fairness: { groups: ['daytime'], limits } }, grouped);
    expect(warned.verdict).toBe('pass');
    expect(checkOf(warned, 'demographic-parity-daytime').verdict).toBe('fail');
    const few = await world.changed(
      'few.parquet',
      'validation',
      (from) => `SELECT ${GROUPS} FROM ${from} LIMIT 240`,
    );
    const unsure = await world.run(
      { fairness: { groups: ['chance'], minimumRows: 30 } },
      withData({ ...grouped.data, validation: few }),
    );
    expect(checkOf(unsure, 'equalized-odds-chance').verdict).toBe('inconclusive');
  });

  it('are named when training hardly saw them', async () => {
    const reference = await world.changed(
      'no-jfk.parquet',
      'reference',
      (from) => `SELECT * FROM ${from} WHERE origin <> 'JFK' OR hash(flight_id) % 50 = 0`,
    );
    const report = await world.run({ fairness: { groups: ['origin'] } }, withData({ reference }));
    expect(checkOf(report, 'representation-origin')).toMatchObject({ verdict: 'fail', severity: 'warning' });
    const audits = JSON.parse(await textOf(report, 'fairness-audit.json')) as {
      representation: { worstGroup: string };
    }[];
    expect(audits[0]?.representation.worstGroup).toBe('JFK');
  });

  it('are shown as not looked at when the plan names none', async () => {
    const report = await world.run({});
    expect(report.verdict).toBe('pass');
    expect(checkOf(report, 'fairness-groups')).toMatchObject({ verdict: 'fail', severity: 'warning' });
  });
});

describe('data and models that give people away', () => {
  it('are attacked, and each defect is caught by its own check', async () => {
    const { reference } = world.plan({}).data;
    const copied = await world.changed(
      'twin.parquet',
      'reference',
      (from) => `SELECT * FROM ${from} LIMIT 3`,
    );
    const counts = await world.changed(
      'counts.parquet',
      'reference',
      (from) => `SELECT carrier, dest, count(*) AS n FROM ${from} GROUP BY ALL`,
    );
    const masked = await world.changed(
      'masked.parquet',
      'validation',
      (from) => `SELECT *, md5((hash(flight_id) % 1000)::VARCHAR) AS crew FROM ${from}`,
    );
    const alone = ['carrier', 'dest', 'scheduled_hour', 'weekday'];
    const report = await world.run(
      {
        privacy: {
          released: ['masked'],
          quasiIdentifiers: alone,
          masked: { crew: { digits: 3 } },
          linkage: { table: 'validation' },
          tables: [{ file: 'counts', count: 'n' }],
          twin: 'twin',
          membership: { maxTruePositiveRate: 0, rows: 300, neighbours: 1 },
        },
      },
      withData({ masked, counts, twin: copied, reference: reference! }),
    );
    expect(report.verdict).toBe('fail');
    const verdicts = Object.fromEntries(report.checks.map(({ name, verdict }) => [name, verdict]));
    expect(verdicts).toMatchObject({
      'dictionary-reversal': 'fail',
      'k-anonymity-masked': 'fail',
      'linkage-masked': 'fail',
      'small-cells': 'fail',
      'twin-copies': 'fail',
      // No interval lies within a limit of 0, and so few rows prove nothing.
      'membership-inference': 'inconclusive',
    });
    expect(report.metrics['twin-copies']?.value).toBe(3);
    expect(report.metrics['k-masked']?.value).toBe(1);
  });

  it('that were not attacked are named, and a file that is not there is said before anything runs', async () => {
    expect(checkOf(honest, 'privacy-attacks').reason).toMatch(
      /not made: dictionary-reversal \(no masked columns/,
    );
    expect(checkOf(honest, 'membership-inference').verdict).toBe('pass');
    await expect(world.run({ privacy: { released: ['nowhere'] } })).rejects.toMatchObject({
      type: 'PlanInvalid',
    });
  });
});

describe('what cannot be shown later', () => {
  it('fails when a named file is lost, whoever names it', async () => {
    const lost = '1'.repeat(64);
    const report = await world.run({}, { lineage: { data: { sha256: lost } } });
    expect(checkOf(report, 'no-dangling-digest')).toMatchObject({ verdict: 'fail', severity: 'blocking' });
    expect(checkOf(report, 'no-dangling-digest').reason).toContain(
      'plan.lineage.data.sha256 names 111111111111',
    );
  });

  it('fails when a file is no longer what its digest says', async () => {
    const note = await world.evidence.put('as it was', { name: 'note.md', mediaType: 'text/markdown' });
    const path = await world.evidence.path(note);
    await chmod(path, 0o644);
    await writeFile(path, 'as somebody wants it');
    // Another worker: this one has read the file before, and reads no file twice.
    const context = { ...world.context, evidence: openEvidence(join(world.dir, 'evidence')) };
    const plan = world.plan({}, withData({ note }));
    const report = await runStage(world, governance(context), plan);
    expect(checkOf(report, 'no-dangling-digest').reason).toMatch(
      /plan\.data\.note names .* which is changed/,
    );
  });

  it('warns when nothing says how it was trained', async () => {
    const { 'training-record': _, ...data } = world.plan({}).data;
    const report = await world.run({}, { data });
    expect(checkOf(report, 'lineage-complete')).toMatchObject({ verdict: 'fail', severity: 'warning' });
    expect(checkOf(report, 'lineage-complete').reason).toMatch(/nothing says data, code, .*environment/);
  });
});
