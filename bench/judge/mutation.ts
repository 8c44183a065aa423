/**
 * Mutation testing of the judge: changes its code one place at a time and counts how many changes a quick test notices.
 *
 *     node --import tsx bench/judge/mutation.ts [FILE ...]
 *
 * FILE is a name such as `series.ts`; without any, every file of `domain/judge` that was never measured or whose code
 * has changed since. Each file's counts go to `results/mutation.json` as soon as they are known, with a digest of the
 * code that was measured; the others keep theirs. The reports of single mutants are in `reports/mutation/`. Exit code 1
 * when less than 80 % are killed, or when a file is not measured as it is now.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  codeDigest,
  judgeFiles,
  MUTATION_RESULTS,
  MUTATION_TARGET,
  notCurrent,
  readMeasured,
  score,
  totalOf,
} from './mutation-results.ts';
import type { Counts, Measured } from './mutation-results.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface StrykerReport {
  files: Record<string, { mutants: { status: string }[] }>;
}

const key: Readonly<Record<string, keyof Counts>> = {
  Killed: 'killed',
  Timeout: 'timeout',
  Survived: 'survived',
  NoCoverage: 'noCoverage',
  Ignored: 'ignored',
};

/** One run for several files, because its start costs more than a small file's mutants. */
function mutate(names: readonly string[]): Record<string, Measured> {
  const codes = names.map(codeDigest);
  const { status, error } = spawnSync(
    process.execPath,
    [
      `${root}node_modules/@stryker-mutator/core/bin/stryker.js`,
      'run',
      '--mutate',
      names.map((name) => `domain/judge/${name}`).join(','),
    ],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, SEATRIAL_MUTATE_FORECAST: names.includes('forecast.ts') ? 'on' : 'off' },
    },
  );
  if (status !== 0) throw error ?? new Error(`mutation testing ended with exit code ${String(status)}`);
  const report = JSON.parse(readFileSync(`${root}reports/mutation/mutation.json`, 'utf8')) as StrykerReport;
  return Object.fromEntries(
    names.map((name, i) => {
      const own = Object.entries(report.files).find(([file]) => basename(file) === name);
      const counts = totalOf([]);
      for (const { status: fate } of own?.[1].mutants ?? []) {
        const kind = key[fate];
        if (kind === undefined) throw new Error(`${name}: a mutant ended as ${fate}; see reports/mutation/`);
        counts[kind]++;
      }
      writeFileSync(`${root}reports/mutation/${name}.json`, JSON.stringify({ files: { [name]: own?.[1] } }));
      return [name, { ...counts, score: Number(score(counts).toFixed(4)), code: codes[i]! }];
    }),
  );
}

/** The forecast alone, since its tests simulate; the others by four, so that little is lost when a run is stopped. */
function groupsOf(names: readonly string[]): string[][] {
  const quick = names.filter((name) => name !== 'forecast.ts');
  const groups: string[][] = [];
  for (let i = 0; i < quick.length; i += 4) groups.push(quick.slice(i, i + 4));
  if (names.includes('forecast.ts')) groups.push(['forecast.ts']);
  return groups;
}

function write(files: Readonly<Record<string, Measured>>): void {
  const total = totalOf(Object.values(files));
  const sorted = Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
  const { missing, stale } = notCurrent(files);
  const summary = { target: MUTATION_TARGET, score: Number(score(total).toFixed(4)), total, missing, stale };
  mkdirSync(new URL('./results/', import.meta.url), { recursive: true });
  writeFileSync(MUTATION_RESULTS, `${JSON.stringify({ ...summary, files: sorted }, null, 2)}\n`);
}

const all = judgeFiles();
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !all.includes(name));
if (unknown.length > 0)
  throw new Error(`not in domain/judge: ${unknown.join(', ')}. Write ${all.join(', ')}`);
const open = notCurrent(readMeasured());
const wanted = asked.length > 0 ? asked : [...open.missing, ...open.stale];
for (const group of groupsOf(wanted)) {
  const fresh = mutate(group);
  // Read again: another run may have written meanwhile.
  const kept = Object.entries(readMeasured()).filter(([other]) => all.includes(other));
  write({ ...Object.fromEntries(kept), ...fresh });
}

const files = readMeasured();
const { missing, stale } = notCurrent(files);
console.table(files, ['killed', 'timeout', 'survived', 'noCoverage', 'ignored', 'score']);
const reached = score(totalOf(Object.values(files)));
process.stdout.write(
  `${(100 * reached).toFixed(1)} % noticed, at least ${100 * MUTATION_TARGET} % wanted; ` +
    `never measured: ${missing.join(', ') || 'none'}; changed since: ${stale.join(', ') || 'none'}\n`,
);
if (reached < MUTATION_TARGET || missing.length > 0 || stale.length > 0) process.exitCode = 1;
