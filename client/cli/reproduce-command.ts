import { InvalidArgumentError, type Command } from 'commander';
import type { Reproduction } from '../reproduce/index.ts';
import { withSeatrial } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { columns, isRich, paint, show, type OutputOptions } from './output.ts';

interface ReproduceCommand extends OutputOptions {
  readonly as: string;
  readonly code?: string;
  readonly program?: string;
  readonly tolerance?: number;
  readonly anyway?: boolean;
}

/** `seatrial reproduce RELEASE`: the same training once more, from the books alone. */
export function addReproduceCommand(program: Command, withOutput: (command: Command) => Command): void {
  withOutput(
    program
      .command('reproduce')
      .description('train a version again from its ledger and evidence, and compare the predictions'),
  )
    .argument('<release>', 'MODEL/VERSION')
    .requiredOption('--as <person>', 'who asks; what is read and what came of it are written down')
    .option('--code <folder>', 'folder of the training code on this machine, where the plan names another')
    .option('--program <path>', 'program that trains, in place of the recorded one: another environment')
    .option(
      '--tolerance <number>',
      'largest difference of an answer that counts as the same; 1e-6',
      tolerance,
    )
    .option('--anyway', 'train although the code is not the recorded one, to see by how much it matters')
    .action(reproduce);
}

async function reproduce(release: string, { as: by, output, ...options }: ReproduceCommand): Promise<void> {
  await withSeatrial({ output }, async (seatrial) => {
    const say = (what: string): void => void process.stderr.write(`${what} ...\n`);
    const signal = interrupted();
    const result = await seatrial.reproduce(release, {
      by,
      signal,
      ...options,
      ...(output === 'json' || !isRich() ? {} : { say }),
    });
    process.exitCode = exitCodes[result.outcome === 'same' ? 'ok' : 'unsound'].code;
    show({ output }, result, () => reproductionText(result));
  });
}

const colours = { same: 'green', different: 'red', impossible: 'yellow' } as const;

/** A reproduction for people. */
export function reproductionText(result: Reproduction): string {
  const { release, outcome, summary, code, seconds, artifact, predictions, differences, lacks } = result;
  const lines = [`${paint(colours[outcome], outcome)}  ${release.replace(/^release\//, '')}: ${summary}`];
  // The summary says of a single one what it is.
  for (const { what, mend } of lacks) lines.push(...(lacks.length > 1 ? [`  ${what}`] : []), `      ${mend}`);
  if (code) lines.push(`code      ${code.from}`);
  if (seconds !== null) lines.push(`training  took ${seconds} s`);
  if (artifact.again !== null)
    lines.push(`artifact  released ${artifact.released.slice(0, 12)}, again ${artifact.again.slice(0, 12)}`);
  const rows = Object.entries(predictions).map(([name, one]) => [
    `  ${name}`,
    String(one.rows),
    one.largest.toExponential(2),
    one.mean.toExponential(2),
    String(one.flips),
  ]);
  if (rows.length > 0) lines.push(columns([['  ROWS OF', 'ROWS', 'LARGEST', 'MEAN', 'FLIPS'], ...rows]));
  if (differences.length > 0) lines.push('not as recorded:', ...differences.map((what) => `  ${what}`));
  return lines.join('\n');
}

/** Ctrl-C ends the training, and with it the command. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    process.exitCode = exitCodes.interrupted.code;
    controller.abort();
  });
  return controller.signal;
}

function tolerance(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('write a number from 0 on, such as 1e-6');
  return value;
}
