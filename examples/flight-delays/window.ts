/**
 * The example's data command: writes the flights whose label came in a window into one Parquet file.
 *
 *   node --import tsx window.ts --from ISO --to ISO --out FILE [--prepared DIR]
 *
 * `DIR` holds the months that `prepareFlights` made; `.cache/flight-delays/data` of this repository unless given. Prints one JSON line
 * `{ file, rows, sha256 }`. A mistake in the arguments ends with exit code 2, any other failure with 1, and one line on standard error.
 */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { materialiseWindow } from './materialise.ts';

/** Where the demo prepares the flights. */
export const preparedDir = join(resolve(import.meta.dirname, '../..'), '.cache/flight-delays/data');

class BadArgument extends Error {}

const instant = (name: string, value: string | undefined): number => {
  const at = Date.parse(value ?? '');
  // A time without its zone would mean another window on every machine.
  if (Number.isFinite(at) && /(Z|[+-]\d\d:?\d\d)$/i.test(value ?? '')) return at;
  throw new BadArgument(`--${name} ${value ?? ''}: give a time such as 2013-03-01T05:00:00Z, with its zone`);
};

const readArguments = (argv: readonly string[]) => {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { from: text, to: text, out: text, prepared: text },
    });
    const { out, prepared = preparedDir } = values;
    if (out === undefined) throw new BadArgument('--out is missing: give the file to write');
    const [from, to] = [instant('from', values.from), instant('to', values.to)];
    if (from >= to) throw new BadArgument(`--from ${values.from} is not before --to ${values.to}`);
    return { from, to, out, preparedDir: prepared };
  } catch (error) {
    throw error instanceof BadArgument ? error : new BadArgument((error as Error).message);
  }
};

const sayProblem = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (!('code' in error) || error.code !== 'ENOENT') return error.message;
  return `${error.message}; prepare the flights first (prepareFlights in data.ts), or say where they are with --prepared DIR`;
};

if (resolve(process.argv[1] ?? '') === import.meta.filename) {
  try {
    const window = readArguments(process.argv.slice(2));
    process.stdout.write(`${JSON.stringify(await materialiseWindow(window))}\n`);
  } catch (error) {
    process.stderr.write(`window.ts: ${sayProblem(error)}\n`);
    process.exitCode = error instanceof BadArgument ? 2 : 1;
  }
}
