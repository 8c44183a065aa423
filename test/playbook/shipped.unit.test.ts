// Proves of every playbook that comes with Seatrial: it holds without a warning; each failure mode leads to a runbook with commands
// that a shell takes; every `seatrial` command that its pages name is there; its pages are linked and found; and the strict one is
// stricter than the usual one wherever the two can be compared.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { commandsIn } from '../../activities/stages/incidents/runbook.ts';
import { findPlaybook, shippedPlaybooks } from '../../client/playbook/find-playbook.ts';
import { readPlaybook, type Playbook } from '../../client/playbook/read-playbook.ts';
import { rulesOf } from '../../client/playbook/rules.ts';
import { failureModes } from '../../contracts/schemas/incident-drill.ts';
import { compareRules } from '../../domain/playbook/index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const names = await shippedPlaybooks();
const playbooks: Playbook[] = [];
for (const name of names) playbooks.push(await readPlaybook((await findPlaybook(name, root)) as string));
const byName = (name: string): Playbook => playbooks.find((one) => one.name === name)!;
const pages = ({ files }: Playbook): [string, string][] =>
  Object.entries(files).flatMap(([name, path]) => (name.endsWith('.md') ? [[name, path]] : []));

test('there are at least these', () => {
  expect(names).toEqual(expect.arrayContaining(['low-risk', 'regulated-credit', 'standard']));
});

describe.each(playbooks.map((one) => [one.name, one] as const))('%s', (name, playbook) => {
  test('holds without a warning, under the name of its folder', () => {
    expect(playbook.warnings).toEqual([]);
    expect(playbook.name).toBe(name);
    expect(playbook.folder).toBe(join(root, 'playbooks', name));
  });

  test('has a test plan, criteria, a check list, runbooks, and a page on ethics and fairness', () => {
    const { spec, files } = playbook;
    expect(spec.steps.length).toBeGreaterThan(3);
    expect(spec.criteria.length).toBeGreaterThan(3);
    expect(Object.keys(spec.runbooks).length).toBeGreaterThan(0);
    for (const page of ['README.md', 'checklist.md', 'ethics.md'])
      expect(Object.keys(files)).toContain(`${name}/${page}`);
    expect(readFileSync(files[`${name}/ethics.md`]!, 'utf8')).toMatch(/^# Ethics and fairness$/m);
  });

  test('leads from every failure mode of its drill to a runbook with commands that a shell takes', () => {
    const drill = playbook.spec.steps.find((step) => 'stage' in step && step.stage === 'incident-drill');
    const modes = (drill && 'stage' in drill ? drill.parameters['failureModes'] : {}) as Record<
      string,
      { runbook: string }
    >;
    if (drill) expect(Object.keys(modes).sort()).toEqual([...failureModes].sort());
    const runbooks = drill
      ? Object.values(modes).map(({ runbook }) => runbook)
      : Object.keys(playbook.spec.runbooks);
    for (const runbook of runbooks) {
      const commands = commandsIn(readFileSync(playbook.spec.runbooks[runbook]!, 'utf8'));
      expect(commands.length, runbook).toBeGreaterThan(0);
      for (const command of commands) {
        const { status, stderr } = spawnSync('sh', ['-n'], { input: command, encoding: 'utf8' });
        expect(status, `${runbook}: ${stderr}`).toBe(0);
        const script = /^node -e '\n([\s\S]*)'$/m.exec(command.trim())?.[1];
        if (script !== undefined)
          execFileSync(process.execPath, ['--check', '--input-type=module', '-'], { input: script });
      }
    }
  });

  test('names no command of seatrial that is not there', () => {
    const cli = readFileSync(join(root, 'docs/cli.md'), 'utf8');
    for (const [page, path] of pages(playbook)) {
      const used = [...readFileSync(path, 'utf8').matchAll(/`seatrial ([a-z-]+)/g)].map(
        ([, command]) => command!,
      );
      for (const command of used)
        expect(cli, `${page} names seatrial ${command}`).toMatch(new RegExp('`' + command + '[ `]'));
    }
  });

  test('has no dead link', () => {
    for (const [page, path] of pages(playbook)) {
      for (const [, target] of readFileSync(path, 'utf8').matchAll(/\]\(([^)#:]+)\)/g))
        expect(existsSync(join(dirname(path), target!)), `${page} → ${target}`).toBe(true);
    }
  });
});

test('regulated-credit asks for less than standard only where credit is another matter', () => {
  const [standard, credit] = [byName('standard'), byName('regulated-credit')];
  const is = rulesOf(credit.spec, undefined);
  const changes = compareRules(rulesOf(standard.spec, is), is, { of: 'standard' });
  const fields = (wanted: string): string[] =>
    changes.flatMap(({ effect, step, field }) => (effect === wanted ? [`${step}: ${field}`] : []));
  expect(fields('weaker')).toEqual([
    // Labels come by the month, an application waits for its answer, and the second line decides where the owner did.
    'plan: watch.windowHours',
    'plan: watch.minRows',
    'sandbox: checks.latency-p99.max',
    'synthetic: parameters.load.latencyMs',
    'gate validation: requires.owner',
    'canary: canary.guards.latency.thresholdMs',
    'pre-production: parameters.checklist',
  ]);
  expect(fields('stricter').length).toBeGreaterThan(30);
});
