// Proves: a release file that names a playbook compiles to a plan that holds all of its rules, its name, version, digest and every
// change; that a later change of the playbook changes nothing of a frozen plan; and that what is wrong with either is told at its
// place, with the right name.
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEvidence, type EvidenceStore } from '../../adapters/evidence/index.ts';
import { compilePlan } from '../../client/compile-plan.ts';
import { readPlaybook } from '../../client/playbook/read-playbook.ts';
import { problemText } from '../../client/problem.ts';
import { readReleaseFile, ReleaseFileError } from '../../client/release-file.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { PlanPlaybook } from '../../contracts/playbook.ts';

const shipped = fileURLToPath(new URL('../../playbooks/', import.meta.url));
let folder: string;
let evidence: EvidenceStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatrial-playbook-'));
  evidence = openEvidence(join(folder, 'evidence'));
  for (const name of ['model.onnx', 'signature.json', 'golden.json', 'rows.parquet'])
    await writeFile(join(folder, name), name);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const release = (playbook: string, rest = ''): string => `apiVersion: seatrial/v1
kind: Release
metadata: { model: flights, version: v1 }
spec:
  playbook: ${playbook}
  requester: rita
  people: { owner: [olga] }
  artifact: { path: model.onnx }
  serving: { fallback: { score: 0.2 } }
  data: { golden: { path: golden.json }, validation: { path: rows.parquet } }
${rest}`;

async function read(text: string) {
  const file = join(folder, 'release.yaml');
  await writeFile(file, text);
  return readReleaseFile(file);
}
async function lint(text: string): Promise<string[]> {
  const problems = await read(text).then(
    ({ warnings }) => warnings,
    (error: unknown) => {
      if (error instanceof ReleaseFileError) return error.problems;
      throw error;
    },
  );
  return problems.map((problem) => problemText(problem).replaceAll(`${folder}/`, ''));
}
const compile = async (text: string): Promise<Plan> => (await compilePlan(await read(text), evidence)).plan;

/** A playbook in a folder of its own; `spec` is YAML that begins in the third column. */
async function write(name: string, spec: string, more: Record<string, string> = {}): Promise<string> {
  const at = join(folder, name);
  await mkdir(at, { recursive: true });
  const head = `apiVersion: seatrial/v1\nkind: Playbook\nmetadata: { name: ${name}, version: 0.1.0, summary: For tests }\nspec:\n`;
  await writeFile(join(at, 'playbook.yaml'), `${head}${spec}`);
  for (const [path, text] of Object.entries(more)) await writeFile(join(at, path), text);
  return at;
}
const SMALL = `  roles: { owner: the model }
  steps:
    - stage: sandbox
      checks: [{ metric: auc, min: 0.6 }]
    - gate: release
      requires: { owner: 1 }
  criteria: [{ of: sandbox/auc, because: a coin has one half }]
`;

describe('a plan from a playbook', () => {
  test('has its steps, watch and runbooks, and says which playbook it was', async () => {
    const plan = await compile(release('low-risk'));
    expect(plan.risk).toBe('low');
    expect(plan.steps.map(({ name }) => name)).toEqual([
      'intake',
      'sandbox',
      'release',
      'canary',
      'production',
    ]);
    expect(plan.steps[1]).toMatchObject({
      checks: [{ name: 'auc', min: 0.6 }, { name: 'log-loss' }, { name: 'latency-p99' }],
    });
    expect(plan.watch).toMatchObject({ psi: 0.25, windowHours: 168 });
    expect(Object.keys(plan.data).sort()).toEqual(['golden', 'runbook-bad-version', 'validation']);
    expect(plan.playbook).toMatchObject({ name: 'low-risk', version: '1.0.0', builtOn: [], changes: [] });
    const { sha256 } = await readPlaybook(join(shipped, 'low-risk'));
    expect(plan.playbook?.sha256).toBe(sha256);
    expect(Object.keys(plan.playbook?.files ?? {})).toEqual(
      ['README.md', 'checklist.md', 'ethics.md', 'playbook.yaml', 'runbooks/bad-version.md'].map(
        (path) => `low-risk/${path}`,
      ),
    );
    const kept = await evidence.get(plan.playbook!.files['low-risk/playbook.yaml']!);
    expect(kept.toString()).toBe(await readFile(join(shipped, 'low-risk/playbook.yaml'), 'utf8'));
  });

  test('is that of a file that says everything itself, but for the playbook', async () => {
    await write('own', SMALL);
    const over = await compile(release('./own', '  risk: low\n'));
    const alone = await compile(
      release(
        './own',
        `  risk: low\n${SMALL.slice(SMALL.indexOf('  steps'), SMALL.indexOf('  criteria'))}`,
      ).replace('  playbook: ./own\n', ''),
    );
    const { playbook, ...rest } = over;
    expect(playbook?.name).toBe('own');
    expect(rest).toEqual(alone);
    expect(alone).not.toHaveProperty('playbook');
  });

  test('keeps what an override changes as data', async () => {
    const plan = await compile(
      release(
        'low-risk',
        '  steps:\n    - { stage: sandbox, checks: [{ metric: auc, min: 0.5 }] }\n    - { gate: release, timeout: 2d }\n',
      ),
    );
    expect(plan.playbook?.changes).toEqual([
      {
        effect: 'weaker',
        step: 'sandbox',
        field: 'checks.auc.min',
        was: 0.6,
        is: 0.5,
        of: 'low-risk',
        text: '`sandbox` asks auc to be at least 0.5 where `low-risk` asks for at least 0.6',
      },
      {
        effect: 'other',
        step: 'gate release',
        field: 'timeout',
        was: '24h',
        is: '2d',
        of: 'low-risk',
        text: 'the gate `release` waits 2d, where `low-risk` waits 24h',
      },
    ]);
  });

  test('stays as it is when the playbook changes later, and the digest of the next one is another', async () => {
    const at = await write('moving', SMALL);
    const before = await compilePlan(await read(release('./moving')), evidence);
    await writeFile(join(at, 'checklist.md'), 'one more thing');
    const after = await compilePlan(await read(release('./moving')), evidence);
    expect(after.plan.playbook?.sha256).not.toBe(before.plan.playbook?.sha256);
    expect(await evidence.getJson(before.planRef)).toEqual(before.plan);
    expect(before.plan.steps).toEqual(after.plan.steps);
  });

  test('a default that the file changes counts too', async () => {
    await write('with-governance', SMALL.replace('    - gate', '    - stage: governance\n    - gate'));
    const parameters = '{ fairness: { limits: { representation: { max: 0.4 } } } }';
    const plan = await compile(
      release('./with-governance', `  steps: [{ stage: governance, parameters: ${parameters} }]\n`),
    );
    expect(plan.playbook?.changes.map(({ text }) => text)).toEqual([
      '`governance` sets fairness.limits.representation.max to 0.4 where `with-governance` has 0.1',
    ]);
  });

  test('may have a stage of somebody’s own, named by activity and task queue', async () => {
    await write(
      'theirs',
      SMALL.replace(
        '    - gate',
        '    - { stage: bias-review, taskQueue: python, parameters: { maxHarm: 1 } }\n    - gate',
      ),
    );
    const plan = await compile(release('./theirs'));
    expect(plan.steps[1]).toMatchObject({
      stage: 'bias-review',
      taskQueue: 'python',
      parameters: { maxHarm: 1 },
    });
  });
});

describe('playbooks that build on each other', () => {
  test('say what they change, and the file what it changes of them', async () => {
    await write(
      'team',
      '  playbook: low-risk\n  without: [gate release]\n  steps:\n    - { stage: sandbox, checks: [{ metric: auc, min: 0.55 }] }\n',
    );
    const plan = await compile(
      release('./team', '  steps:\n    - { stage: sandbox, checks: [{ metric: auc, min: 0.5 }] }\n'),
    );
    expect(plan.steps.map(({ name }) => name)).toEqual(['intake', 'sandbox', 'canary', 'production']);
    const { builtOn, changes } = plan.playbook as PlanPlaybook;
    expect(builtOn.map(({ name }) => name)).toEqual(['low-risk']);
    expect(changes.map(({ of, by, text }) => [by, of, text])).toEqual([
      [undefined, 'team', '`sandbox` asks auc to be at least 0.5 where `team` asks for at least 0.55'],
      ['team', 'low-risk', 'the gate `release` is left out, where `low-risk` has it'],
      ['team', 'low-risk', '`sandbox` asks auc to be at least 0.55 where `low-risk` asks for at least 0.6'],
    ]);
    expect(Object.keys(plan.playbook?.files ?? {})).toContain('low-risk/ethics.md');
  });

  test('in a circle are refused', async () => {
    await write('one', `  playbook: ../two\n${SMALL}`);
    await write('two', `  playbook: ../one\n${SMALL}`);
    expect(await lint(release('./one'))).toEqual([
      'two/playbook.yaml:5:13: the playbooks build on each other in a circle: one → two → one; let one of them say all of its rules itself',
    ]);
  });

  test('cannot do without what is not there', async () => {
    await write('less', '  playbook: low-risk\n  without: [canari]\n');
    expect(await lint(release('./less'))).toEqual([
      'less/playbook.yaml:6:13: low-risk has no step canari; name one of intake, sandbox, gate release, canary, production; did you mean canary?',
    ]);
  });
});

describe('what lint says of a release', () => {
  test('nothing, where it asks no less', async () => {
    expect(
      await lint(release('low-risk', '  steps: [{ stage: sandbox, checks: [{ metric: auc, min: 0.7 }] }]\n')),
    ).toEqual([]);
  });

  test('what it weakens, at its line', async () => {
    const text = release(
      'low-risk',
      '  steps:\n    - stage: canary\n      canary: { steps: [{ weight: 60 }] }\n  watch: { psi: 1 }\n',
    );
    expect(await lint(text)).toEqual([
      'release.yaml:13:17: warning: weaker than the playbook: `canary` starts at 60 % where `low-risk` starts at 20 %; people see this at every gate',
      'release.yaml:13:17: warning: weaker than the playbook: `canary` takes 1 step where `low-risk` takes 2 steps; people see this at every gate',
      'release.yaml:13:17: warning: weaker than the playbook: `canary` looks at 500 labelled answers of each arm in all where `low-risk` looks at 600; people see this at every gate',
      'release.yaml:14:17: warning: weaker than the playbook: the plan sets watch.psi to 1 where `low-risk` has 0.25; people see this at every gate',
    ]);
  });

  test.each<[string, string, string[]]>([
    [
      'an unknown playbook',
      release('standart'),
      [
        'release.yaml:5:13: no playbook is called standart; use one of low-risk, regulated-credit, standard, or a path that begins with ./; did you mean standard?',
      ],
    ],
    [
      'a folder without a playbook',
      release('./nowhere'),
      ['release.yaml:5:13: there is no file nowhere/playbook.yaml; give the folder of a playbook'],
    ],
    [
      'what the playbook asks for',
      release('low-risk').replace(', validation: { path: rows.parquet }', ''),
      [
        'release.yaml:10:3: the playbook low-risk asks for the file validation: Labelled rows that the model never saw (Parquet).; add to spec.data: { validation: { path: FILE } }',
      ],
    ],
    [
      'a role that nobody holds',
      release('low-risk').replace('owner', 'boss'),
      [
        'release.yaml:5:13: nobody holds the role owner (in the playbook low-risk); add it to spec.people: { owner: [PERSON] }',
      ],
    ],
    [
      'a misspelt field in a step of the file',
      release('low-risk', '  steps: [{ stage: sandbox, chekcs: [] }]\n'),
      [
        'release.yaml:11:29: unknown field `chekcs` in spec.steps[1]; rename it or take it out; did you mean checks?',
      ],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await lint(text)).toEqual(expected);
  });

  test('a skip where the playbook lets none be', async () => {
    await write('strict', `  skips: refused\n${SMALL}`);
    expect(
      await lint(
        release('./strict', '  steps: [{ stage: sandbox, skip: { reason: no time, approvedBy: olga } }]\n'),
      ),
    ).toContain('release.yaml:11:29: the playbook strict lets no stage be left out; take `skip` out');
  });

  test('a parameter that the playbook leaves to the release, once', async () => {
    await write(
      'asking',
      SMALL.replace('    - gate', '    - stage: synthetic\n    - gate').replace(
        '  criteria',
        "  fill: { synthetic.quality: 'what is measured, and its floor' }\n  criteria",
      ),
    );
    expect(await lint(release('./asking', '  steps: [{ stage: synthetic, timeout: 2h }]\n'))).toEqual([
      'release.yaml:11:11: the playbook asking asks for synthetic.quality: what is measured, and its floor; add to the step synthetic: { parameters: { quality: ... } }',
    ]);
    expect(
      await lint(
        release(
          './asking',
          '  steps: [{ stage: synthetic, parameters: { quality: { metric: auc, floor: 0.6 } } }]\n',
        ),
      ),
    ).toEqual([]);
  });
});

describe('what is wrong with a playbook', () => {
  test.each<[string, string, string[]]>([
    [
      'a runbook that is not there',
      `${SMALL}  runbooks: { down: down.md }\n`,
      [
        "bad/playbook.yaml:12:21: there is no file bad/down.md; write the runbook down, or correct its path; it is relative to the playbook's folder",
      ],
    ],
    [
      'a runbook outside',
      `${SMALL}  runbooks: { down: ../release.yaml }\n`,
      [
        "bad/playbook.yaml:12:21: the runbook ../release.yaml is outside the playbook's folder; put the file into the folder, so that the playbook is whole wherever it is",
      ],
    ],
    [
      'a link that leads outside',
      `${SMALL}  runbooks: { down: link.md }\n`,
      [
        "bad/playbook.yaml:12:21: the runbook link.md is outside the playbook's folder; put the file into the folder, so that the playbook is whole wherever it is",
      ],
    ],
    [
      'a role that it does not declare',
      SMALL.replace('requires: { owner: 1 }', 'requires: { owner: 1, ownr: 1 }'),
      [
        'bad/playbook.yaml:10:29: the role ownr is not declared; add it to spec.roles: { ownr: WHAT IT ANSWERS FOR }; did you mean owner?',
      ],
    ],
    [
      'a check without a reason',
      SMALL.replace('sandbox/auc', 'rollback'),
      [
        'bad/playbook.yaml:8:16: nobody says why the limit of sandbox/auc is as it is; add to spec.criteria: { of: sandbox/auc, because: REASON }',
      ],
    ],
    [
      'a reason of nothing',
      SMALL.replace('criteria: [', 'criteria: [{ of: sandbox/acu, because: x }, '),
      [
        'bad/playbook.yaml:11:20: this playbook has no sandbox/acu; write STEP/CHECK, STEP.FIELD, `gate NAME`, `watch.FIELD` or `rollback`',
      ],
    ],
    [
      'a misspelt field',
      SMALL.replace('roles', 'rolls'),
      [
        'bad/playbook.yaml:4:1: spec.roles is missing; add it: roles: { NAME: ... }',
        'bad/playbook.yaml:5:3: unknown field `rolls` in spec; rename it or take it out; did you mean roles?',
      ],
    ],
    [
      'a parameter that no release is asked for',
      SMALL.replace(
        '    - gate',
        '    - stage: drift-rehearsal\n      parameters: { quality: { metric: auc, floor: 0.6 } }\n    - gate',
      ),
      [
        'bad/playbook.yaml:10:7: Invalid input: expected string, received undefined; see docs/stages.md for the parameters of drift-rehearsal',
      ],
    ],
  ])('%s', async (_, spec, expected) => {
    const at = await write('bad', spec);
    await symlink(join(folder, 'release.yaml'), join(at, 'link.md')).catch(() => undefined);
    expect(await lint(release('./bad'))).toEqual(expected);
  });

  test('a copy of each shipped one holds anywhere', async () => {
    for (const name of ['standard', 'low-risk', 'regulated-credit']) {
      const at = join(folder, `copy-${name}`);
      await cp(join(shipped, name), at, { recursive: true });
      const [original, copy] = [await readPlaybook(join(shipped, name)), await readPlaybook(at)];
      expect(copy.warnings).toEqual([]);
      expect(copy.sha256).toBe(original.sha256);
    }
  });
});
