/** Every check of the repository that is not a test: `npm run verify`. One line each, with its time; ends non-zero on any failure. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { cheapChecks } from './house/checks.ts';
import type { Check } from './house/checks.ts';
import { root } from './house/tree.ts';

/** A tool of node_modules; it fails with what it printed. */
function tool(name: string, script: string, args: readonly string[]): Check {
  return {
    name,
    async run() {
      const child = spawn(process.execPath, [join(root, 'node_modules', script), ...args], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [[code], out, error] = await Promise.all([
        once(child, 'exit') as Promise<[number | null]>,
        text(child.stdout),
        text(child.stderr),
      ]);
      if (code === 0) return [];
      const lines = `${out}\n${error}`.split('\n').filter((line) => line.trim() !== '');
      return lines.length > 0 ? lines : [`it ended with ${code}`];
    },
  };
}

const checks: readonly Check[] = [
  ...cheapChecks,
  tool('formatted by Prettier', 'prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']),
  tool('types', 'typescript/bin/tsc', ['-p', '.', '--pretty', 'false']),
  tool('lint', 'eslint/bin/eslint.js', ['.', '--max-warnings', '0']),
];

let failed = 0;
for (const check of checks) {
  const started = performance.now();
  const problems = await check.run().catch((error: unknown) => [String(error)]);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${check.name} (${seconds} s)\n`);
  for (const problem of problems) process.stdout.write(`       ${problem}\n`);
  if (problems.length > 0) failed += 1;
}
process.stdout.write(`${checks.length - failed} checks hold, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
