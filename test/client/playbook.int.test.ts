// Proves: the command lists and shows the shipped playbooks, makes one that passes lint at once and is never written over, and a
// release file over each shipped playbook compiles; what is wrong is told in one block with exit code 2.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Plan } from '../../contracts/plan.ts';
import { runCli } from './run-cli.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatrial-playbook-cli-'));
  await writeFile(join(folder, 'any'), 'any');
  await writeFile(join(folder, 'signature.json'), '{}');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const cli = (...args: string[]) => runCli(args, folder);
const json = async (...args: string[]): Promise<unknown> => {
  const { code, stdout, stderr } = await cli(...args, '-o', 'json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
};
const NAMES = ['low-risk', 'regulated-credit', 'standard'];

test('list names them, and show has the plan, the reasons and what a release gives', async () => {
  expect((await json('playbook', 'list')) as object[]).toMatchObject(
    NAMES.map((name) => ({ name, version: '1.0.0' })),
  );
  const { code, stdout } = await cli('playbook', 'show', 'regulated-credit');
  expect(code).toBe(0);
  for (const part of [
    'gate validation, within 30d',
    '2 of independent-validation',
    'canary.canary.steps: One applicant',
    '29 CFR 1607.4(D)',
    'no stage may be left out',
    'post-market-plan:',
  ])
    expect(stdout).toContain(part);
});

test('an unknown name is told with the nearest one', async () => {
  expect(await cli('playbook', 'show', 'standrad')).toMatchObject({
    code: 2,
    stdout: '',
    stderr:
      'error: no playbook is called standrad; use one of low-risk, regulated-credit, standard, or a path that begins with ./; did you mean standard?\n',
  });
  expect((await cli('playbook', 'new', 'mine', '--from', 'lowrisk')).stderr).toContain(
    'did you mean low-risk?',
  );
});

describe.each(NAMES)('new --from %s', (from) => {
  test('makes a folder that passes lint at once, and is not written over', async () => {
    const name = `my-${from}`;
    expect((await cli('playbook', 'new', name, '--from', from)).code).toBe(0);
    expect(await cli('lint', name)).toEqual({ code: 0, stdout: `ok ${name}\n`, stderr: '' });
    const files = await readdir(join(folder, name));
    expect(files).toEqual(
      expect.arrayContaining(['README.md', 'checklist.md', 'ethics.md', 'playbook.yaml', 'runbooks']),
    );
    expect(parse(await readFile(join(folder, name, 'playbook.yaml'), 'utf8'))).toMatchObject({
      metadata: { name, version: '0.1.0' },
    });

    const before = await readFile(join(folder, name, 'playbook.yaml'));
    const again = await cli('playbook', 'new', name, '--from', from);
    expect(again.code).toBe(2);
    expect(again.stderr).toMatch(/is there already\. Choose another name or --dir, or remove it\.\n$/);
    expect(await readFile(join(folder, name, 'playbook.yaml'))).toEqual(before);
  });

  test('its page ends in a release file that compiles once it is filled in', async () => {
    const page = await readFile(join(folder, `my-${from}`, 'README.md'), 'utf8');
    const stub = /```yaml\n([\s\S]*?)```/.exec(page)![1]!;
    const filled = stub
      .replaceAll('path: FILE', 'path: any')
      .replaceAll('path: model.onnx', 'path: any')
      .replaceAll('WHO ASKS FOR IT', 'rita')
      .replaceAll('TO FILL IN', 'something');
    // Each role needs as many people as its gates ask for, of whom none has two roles.
    let person = 0;
    const release = parse(filled) as {
      spec: {
        people: Record<string, string[]>;
        steps?: { stage: string; parameters: Record<string, unknown> }[];
      };
    };
    for (const role of Object.keys(release.spec.people))
      release.spec.people[role] = [`p${person++}`, `p${person++}`];
    for (const { stage, parameters } of release.spec.steps ?? []) {
      for (const key of Object.keys(parameters))
        if (key === 'quality') parameters[key] = { metric: 'auc', floor: 0.6 };
      if (stage === 'sandbox') parameters['slices'] = ['region'];
      if (stage === 'canary') parameters['balance'] = ['region'];
      if (stage === 'shadow') parameters['personal'] = ['name'];
      if (stage === 'synthetic' && 'twin' in parameters)
        parameters['twin'] = { quasiIdentifiers: ['region'] };
      const { fairness, privacy } = parameters as { fairness?: object; privacy?: object };
      if (fairness) parameters['fairness'] = { groups: ['sex'] };
      if (privacy) parameters['privacy'] = { quasiIdentifiers: ['region'] };
    }
    await writeFile(join(folder, 'release.yaml'), JSON.stringify(release));
    const { plan } = (await json('plan', 'release.yaml')) as { plan: Plan };
    expect(plan.playbook).toMatchObject({ name: `my-${from}`, version: '0.1.0', changes: [] });
    expect(plan.steps.length).toBeGreaterThan(4);

    release.spec = { ...release.spec, playbook: from } as typeof release.spec;
    await writeFile(join(folder, 'release.yaml'), JSON.stringify(release));
    const shipped = ((await json('plan', 'release.yaml')) as { plan: Plan }).plan;
    expect(shipped.steps).toEqual(plan.steps);
    expect(shipped.playbook?.name).toBe(from);
  });
});
