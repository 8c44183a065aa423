/**
 * All tests: `npm test`, or a part of them: `npm test -- unit`, `npm test -- test/gateway`, `npm test -- int kafka -t whole`.
 * The names `unit`, `int` and `e2e` choose projects; everything else goes to vitest. The kinds run one after another,
 * because servers and the whole stack want the machine for themselves.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countOf, lineOf, noTests, sum } from './house/test-report.ts';
import type { Count, TestReport } from './house/test-report.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const projects = ['unit', 'int', 'e2e'];

/** One project's tests, shown as they run; the counts come from vitest's JSON report. */
async function runProject(project: string, args: readonly string[]): Promise<Count> {
  const report = join(root, 'reports/tests', `${project}.json`);
  await mkdir(dirname(report), { recursive: true });
  await rm(report, { force: true });
  const child = spawn(
    process.execPath,
    [
      ...['--import', new URL('../stack/follow-parent.mjs', import.meta.url).href],
      ...[join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', project, '--passWithNoTests'],
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
      ...args,
    ],
    {
      cwd: root,
      // The channel tells vitest when this process is gone, however it went.
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, SEATRIAL_FOLLOW_PARENT: '1' },
    },
  );
  const pass = (signal: NodeJS.Signals): boolean => child.kill(signal);
  process.on('SIGTERM', pass).on('SIGHUP', pass);
  const [code] = (await once(child, 'exit')) as [number | null];
  process.off('SIGTERM', pass).off('SIGHUP', pass);
  const text = await readFile(report, 'utf8').catch(() => null);
  return countOf(text === null ? null : (JSON.parse(text) as TestReport), code);
}

const args = process.argv.slice(2);
const chosen = projects.filter((project) => args.includes(project));
const rest = args.filter((argument) => !projects.includes(argument));

let total = noTests;
for (const project of chosen.length > 0 ? chosen : projects) {
  process.stdout.write(`\n== ${project} tests\n`);
  total = sum(total, await runProject(project, rest));
}
process.stdout.write(`\n${lineOf(total)}\n`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
