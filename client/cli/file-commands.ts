import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { compilePlan, digestOnly } from '../compile-plan.ts';
import { PLAYBOOK_FILE } from '../playbook/find-playbook.ts';
import { readPlaybook } from '../playbook/read-playbook.ts';
import { problemText, type LocatedProblem } from '../problem.ts';
import { readReleaseFile, ReleaseFileError } from '../release-file.ts';
import { exitCodes } from './exit-codes.ts';
import { fail, paint, show, type OutputOptions } from './output.ts';
import { planForecasts, planText } from './plan-text.ts';

/** Commands that look at a release file and need no server. */
export function addFileCommands(program: Command, withOutput: (command: Command) => Command): void {
  withOutput(program.command('lint').description('check a release file, or the folder of a playbook'))
    .argument('<file>')
    .action(lint);
  withOutput(
    program.command('plan').description('show the plan that a release file makes, without starting it'),
  )
    .argument('<file>')
    .action(plan);
}

async function lint(file: string, options: OutputOptions): Promise<void> {
  try {
    const problems = await checked(file).then(
      ({ warnings }) => warnings,
      (error: unknown) => {
        if (error instanceof ReleaseFileError) return error.problems;
        throw error;
      },
    );
    const errors = problems.filter(({ severity }) => severity === 'error').length;
    process.exitCode = errors === 0 ? exitCodes.ok.code : exitCodes.badInput.code;
    if (options.output === 'json') return show(options, { ok: errors === 0, problems }, () => '');
    for (const problem of problems) process.stderr.write(`${problemText(problem)}\n`);
    const warnings = problems.length - errors;
    if (errors === 0) {
      show(
        options,
        undefined,
        () => `${paint('green', 'ok')} ${file}${warnings > 0 ? `, ${counted(warnings, 'warning')}` : ''}`,
      );
    } else {
      process.stderr.write(`${paint('red', counted(errors, 'error'), process.stderr)} in ${file}\n`);
    }
  } catch (error) {
    fail(error, options.output === 'json');
  }
}

async function plan(file: string, options: OutputOptions): Promise<void> {
  try {
    const source = await readReleaseFile(file);
    for (const warning of source.warnings) process.stderr.write(`${problemText(warning)}\n`);
    const frozen = await compilePlan(source, digestOnly);
    const forecasts = planForecasts(frozen.plan);
    show(options, { ...frozen, forecasts }, () => planText(frozen.plan, frozen.planRef, forecasts));
  } catch (error) {
    fail(error, options.output === 'json');
  }
}

/** A playbook's own file, or its folder, is checked as a playbook; every other file as a release file. */
async function checked(file: string): Promise<{ readonly warnings: readonly LocatedProblem[] }> {
  const path = resolve(file);
  const folder = basename(path) === PLAYBOOK_FILE ? dirname(path) : path;
  const isPlaybook = folder !== path || (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (!isPlaybook) return readReleaseFile(file);
  const { warnings, changes } = await readPlaybook(await realpath(folder).catch(() => folder));
  const weaker = changes.filter(({ effect, by }) => effect === 'weaker' && by !== undefined);
  return {
    warnings: [
      ...warnings,
      ...weaker.map(({ text, of }): LocatedProblem => {
        const what = `weaker than the playbook ${of}: ${text}`;
        const place = { path: [], file: join(folder, PLAYBOOK_FILE), line: 1, column: 1 };
        return { severity: 'warning', what, mend: 'people see this at every gate', ...place };
      }),
    ],
  };
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
