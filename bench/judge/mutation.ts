/**
 * Mutation testing of the judge: changes its code one place at a time and counts how many changes a quick test notices.
 *
 *     node --import tsx bench/judge/mutation.ts [FILE ...]
 *
 * FILE is a name such as `series.ts`; without any, every file of `domain/judge`. What was measured goes to
 * `results/mutation.json`, where the files that were not measured now keep their last counts. The reports of single
 * mutants are in `reports/mutation/`. Exit code 1 when less than 80 % are killed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const TARGET = 0.8;
const root = fileURLToPath(new URL('../../', import.meta.url));
const results = fileURLToPath(new URL('./results/mutation.json', import.meta.url));

/** Mutants of one file by what became of them. `ignored`: words for people and values computed once at loading. */
interface Counts {
  killed: number;
  timeout: number;
  survived: number;
  noCoverage: number;
  ignored: number;
}

interface StrykerReport {
  files: Record<
    string,
    { mutants: { status: string; mutatorName: string; location: { start: { line: number } } }[] }
  >;
}

const key: Readonly<Record<string, keyof Counts>> = {
  Killed: 'killed',
  Timeout: 'timeout',
  Survived: 'survived',
  NoCoverage: 'noCoverage',
  Ignored: 'ignored',
};

/** Share of the mutants that were noticed; a run that never ends is noticed. */
function score({ killed, timeout, survived, noCoverage }: Counts): number {
  const noticed = killed + timeout;
  return noticed / (noticed + survived + noCoverage);
}

function countsOf(report: StrykerReport): Record<string, Counts> {
  const entries = Object.entries(report.files).map(([file, { mutants }]): [string, Counts] => {
    const counts: Counts = { killed: 0, timeout: 0, survived: 0, noCoverage: 0, ignored: 0 };
    for (const { status } of mutants) {
      const own = key[status];
      if (own === undefined) throw new Error(`${file}: a mutant ended as ${status}; see reports/mutation/`);
      counts[own]++;
    }
    return [basename(file), counts];
  });
  return Object.fromEntries(entries);
}

function mutate(files: readonly string[]): Record<string, Counts> {
  const { status, error } = spawnSync(
    process.execPath,
    [
      `${root}node_modules/@stryker-mutator/core/bin/stryker.js`,
      'run',
      '--mutate',
      files.map((file) => `domain/judge/${file}`).join(','),
    ],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, SEATRIAL_MUTATE_FORECAST: files.includes('forecast.ts') ? 'on' : 'off' },
    },
  );
  if (status !== 0) throw error ?? new Error(`mutation testing ended with exit code ${String(status)}`);
  const report = readFileSync(`${root}reports/mutation/mutation.json`, 'utf8');
  writeFileSync(`${root}reports/mutation/${files.length === 1 ? files[0] : 'several'}.json`, report);
  return countsOf(JSON.parse(report) as StrykerReport);
}

const all = readdirSync(`${root}domain/judge`).filter((name) => name.endsWith('.ts') && name !== 'index.ts');
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !all.includes(name));
if (unknown.length > 0)
  throw new Error(`not in domain/judge: ${unknown.join(', ')}. Write ${all.join(', ')}`);
const wanted = asked.length > 0 ? asked : all;

const known = existsSync(results)
  ? (JSON.parse(readFileSync(results, 'utf8')) as { files: Record<string, Counts> }).files
  : {};
const quick = wanted.filter((name) => name !== 'forecast.ts');
const fresh = {
  ...(quick.length > 0 ? mutate(quick) : {}),
  ...(wanted.includes('forecast.ts') ? mutate(['forecast.ts']) : {}),
};
const files = Object.fromEntries(
  Object.entries({ ...known, ...fresh })
    .filter(([name]) => all.includes(name))
    .map(([name, counts]): [string, Counts & { score: number }] => [
      name,
      { ...counts, score: Number(score(counts).toFixed(4)) },
    ])
    .sort(([a], [b]) => (a < b ? -1 : 1)),
);
const sum = (name: keyof Counts): number => Object.values(files).reduce((n, counts) => n + counts[name], 0);
const total: Counts = {
  killed: sum('killed'),
  timeout: sum('timeout'),
  survived: sum('survived'),
  noCoverage: sum('noCoverage'),
  ignored: sum('ignored'),
};
const notMeasured = all.filter((name) => files[name] === undefined);
mkdirSync(new URL('./results/', import.meta.url), { recursive: true });
writeFileSync(
  results,
  `${JSON.stringify({ target: TARGET, score: Number(score(total).toFixed(4)), total, notMeasured, files }, null, 2)}\n`,
);
console.table(files);
process.stdout.write(`${(100 * score(total)).toFixed(1)} % noticed, at least ${100 * TARGET} % wanted\n`);
if (score(total) < TARGET) process.exitCode = 1;
