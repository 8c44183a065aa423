/**
 * Runs one benchmark, or those of a group one after the other: `npm run bench -- NAME [--quick] [--seed N] [--json FILE]`;
 * without NAME it lists them. Exit code 0 when it measured, whether its targets hold or not, which the table says; 1 when it could not measure; 64 for wrong usage.
 */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table } from '../stack/table.ts';
import type { Bench, BenchResult, Target } from './bench.ts';

const EXIT_USAGE = 64;
const folder = fileURLToPath(new URL('./', import.meta.url));
const isBench = (name: string): boolean => existsSync(`${folder}${name}/bench.ts`);
const groups = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const names = groups.flatMap(({ name: group }) => {
  if (isBench(group)) return [group];
  return readdirSync(`${folder}${group}`)
    .map((name) => `${group}/${name}`)
    .filter(isBench);
});
const usage = `npm run bench -- NAME [--quick] [--seed N] [--json FILE]\nbenches: ${names.join(', ')}`;

interface Arguments {
  /** None to list them; several when a group is named. */
  readonly chosen: readonly string[];
  readonly quick: boolean;
  readonly seed: number | undefined;
  readonly json: string | undefined;
}

/** Throws an error that says what is wrong with the arguments. */
function readArguments(): Arguments {
  const { values, positionals } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      seed: { type: 'string' },
      json: { type: 'string' },
    },
    allowPositionals: true,
  });
  const [name, ...more] = positionals;
  if (more.length > 0) throw new Error(`one bench at a time: ${positionals.join(', ')}`);
  const chosen = names.filter((one) => one === name || one.startsWith(`${name}/`));
  if (name !== undefined && chosen.length === 0) throw new Error(`there is no bench "${name}"`);
  const seed = values.seed === undefined ? undefined : Number(values.seed);
  if (seed !== undefined && !Number.isSafeInteger(seed))
    throw new Error(`--seed ${values.seed} is not a whole number`);
  return { chosen, quick: values.quick, seed, json: values.json };
}

function print({ targets }: BenchResult): void {
  const missed = targets.filter(({ holds }) => !holds);
  const line = ({ name, value, target, holds }: Target): string[] => [
    name,
    String(Number(value.toPrecision(4))),
    target,
    holds ? 'holds' : 'DOES NOT HOLD',
  ];
  const heading = ['what', 'measured', 'target', ''];
  process.stdout.write(`${table([heading, ...targets.map(line)])}\n\n`);
  process.stdout.write(
    missed.length === 0
      ? `all ${targets.length} targets hold\n`
      : `${missed.length} of ${targets.length} targets do not hold: ${missed.map(({ name }) => name).join('; ')}\n`,
  );
}

async function measure(name: string, { quick, seed }: Arguments): Promise<BenchResult> {
  const started = performance.now();
  const { run } = (await import(`./${name}/bench.ts`)) as { run: Bench };
  const result = await run({ quick, ...(seed === undefined ? {} : { seed }) });
  if (result.targets.length === 0) throw new Error(`the bench ${name} measured nothing`);
  for (const target of result.targets) {
    if (!Number.isFinite(target.value)) throw new Error(`${name}: "${target.name}" is not a finite number`);
  }
  process.stdout.write(
    `\n${name}${quick ? ' (quick)' : ''}, ${((performance.now() - started) / 1000).toFixed(0)} s\n\n`,
  );
  print(result);
  return result;
}

/** A group's results stand in one object, by name. */
async function save(file: string, results: ReadonlyMap<string, BenchResult>): Promise<void> {
  const [only, ...more] = results.values();
  const saved = more.length === 0 ? only : Object.fromEntries(results);
  await mkdir(dirname(resolve(file)), { recursive: true });
  await writeFile(resolve(file), `${JSON.stringify(saved, null, 2)}\n`);
}

try {
  const args = readArguments();
  if (args.chosen.length === 0) process.stdout.write(`${usage}\n`);
  const results = new Map<string, BenchResult>();
  for (const name of args.chosen)
    await measure(name, args).then(
      (result) => results.set(name, result),
      (error: unknown) => {
        process.stderr.write(`the bench ${name} could not measure: ${String(error)}\n`);
        if (error instanceof Error && error.stack) process.stderr.write(`${error.stack}\n`);
        process.exitCode = 1;
      },
    );
  if (args.json !== undefined && results.size > 0) await save(args.json, results);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  process.exitCode = EXIT_USAGE;
}
