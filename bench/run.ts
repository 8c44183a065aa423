/**
 * Runs one benchmark: `npm run bench -- NAME [--quick] [--json FILE]`; without NAME it lists them. Exit code 0 when it
 * measured, whether its targets hold or not, which the table says; 1 when it could not measure; 64 for wrong usage.
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
const names = readdirSync(folder).filter((name) => existsSync(`${folder}${name}/bench.ts`));
const usage = `npm run bench -- NAME [--quick] [--json FILE]\nbenches: ${names.join(', ')}`;

interface Arguments {
  readonly name: string | undefined;
  readonly quick: boolean;
  readonly json: string | undefined;
}

/** Throws an error that says what is wrong with the arguments. */
function readArguments(): Arguments {
  const { values, positionals } = parseArgs({
    options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
    allowPositionals: true,
  });
  const [name, ...more] = positionals;
  if (more.length > 0) throw new Error(`one bench at a time: ${positionals.join(', ')}`);
  if (name !== undefined && !names.includes(name)) throw new Error(`there is no bench "${name}"`);
  return { name, quick: values.quick, json: values.json };
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

async function measure(name: string, { quick, json }: Arguments): Promise<void> {
  const started = performance.now();
  const { run } = (await import(`./${name}/bench.ts`)) as { run: Bench };
  const result = await run({ quick });
  if (result.targets.length === 0) throw new Error(`the bench ${name} measured nothing`);
  for (const target of result.targets) {
    if (!Number.isFinite(target.value)) throw new Error(`${name}: "${target.name}" is not a finite number`);
  }
  if (json !== undefined) {
    const file = resolve(json);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  }
  process.stdout.write(
    `\n${name}${quick ? ' (quick)' : ''}, ${((performance.now() - started) / 1000).toFixed(0)} s\n\n`,
  );
  print(result);
}

try {
  const args = readArguments();
  if (args.name === undefined) process.stdout.write(`${usage}\n`);
  else
    await measure(args.name, args).catch((error: unknown) => {
      process.stderr.write(`the bench ${args.name} could not measure: ${String(error)}\n`);
      if (error instanceof Error && error.stack) process.stderr.write(`${error.stack}\n`);
      process.exitCode = 1;
    });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  process.exitCode = EXIT_USAGE;
}
