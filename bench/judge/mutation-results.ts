import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Share of the mutants that the tests must notice. */
export const MUTATION_TARGET = 0.8;

const judge = fileURLToPath(new URL('../../domain/judge/', import.meta.url));
/** Where the counts are kept. */
export const MUTATION_RESULTS = fileURLToPath(new URL('./results/mutation.json', import.meta.url));

/** Mutants of one file by what became of them. `ignored`: words for people and values computed once at loading. */
export interface Counts {
  killed: number;
  timeout: number;
  survived: number;
  noCoverage: number;
  ignored: number;
}

/** What was measured of one file, and the digest of the code that was measured. */
export interface Measured extends Counts {
  score: number;
  code: string;
}

/** The files of the judge, by name. `index.ts` only exports. */
export function judgeFiles(): string[] {
  return readdirSync(judge).filter((name) => name.endsWith('.ts') && name !== 'index.ts');
}

/** SHA-256 of what a file does: without types, comments and layout, so that those may change without a new measurement. */
export function codeDigest(name: string): string {
  const { outputText } = ts.transpileModule(readFileSync(`${judge}${name}`, 'utf8'), {
    compilerOptions: { removeComments: true, target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext },
  });
  return createHash('sha256').update(outputText.replace(/\s+/g, ' ')).digest('hex');
}

/** What has been measured so far, by file. */
export function readMeasured(): Record<string, Measured> {
  if (!existsSync(MUTATION_RESULTS)) return {};
  return (JSON.parse(readFileSync(MUTATION_RESULTS, 'utf8')) as { files: Record<string, Measured> }).files;
}

/** Share of the mutants that were noticed; a run that never ends is noticed. */
export function score({ killed, timeout, survived, noCoverage }: Counts): number {
  const noticed = killed + timeout;
  const all = noticed + survived + noCoverage;
  return all === 0 ? 1 : noticed / all;
}

/** The counts of several files together. */
export function totalOf(files: readonly Counts[]): Counts {
  const total: Counts = { killed: 0, timeout: 0, survived: 0, noCoverage: 0, ignored: 0 };
  for (const counts of files)
    for (const name of Object.keys(total) as (keyof Counts)[]) total[name] += counts[name];
  return total;
}

/** Files that were never measured, and files whose code has changed since. */
export function notCurrent(files: Readonly<Record<string, Measured>>): {
  missing: string[];
  stale: string[];
} {
  const all = judgeFiles();
  return {
    missing: all.filter((name) => files[name] === undefined),
    stale: all.filter((name) => files[name] !== undefined && files[name].code !== codeDigest(name)),
  };
}
