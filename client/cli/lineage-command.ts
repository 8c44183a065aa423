import type { Command } from 'commander';
import { withSeatrial } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { lineageTree } from './lineage-text.ts';
import { show, type OutputOptions } from './output.ts';

/** `seatrial lineage WHAT`: one chain, both ways. Dangling references make it unsound, and the exit code says so. */
export function addLineageCommand(program: Command, withOutput: (command: Command) => Command): void {
  withOutput(
    program
      .command('lineage')
      .description(
        'show where a version came from and what it led to: drift, retraining, data, training, traffic',
      )
      .argument('<what>', 'MODEL/VERSION, a retraining’s decision, MODEL, or 12 characters of a digest'),
  ).action((what: string, options: OutputOptions) =>
    withSeatrial(options, async (seatrial) => {
      const lineage = await seatrial.lineage(what);
      process.exitCode = lineage.dangling.length === 0 ? exitCodes.ok.code : exitCodes.unsound.code;
      show(options, lineage, () => lineageTree(lineage));
    }),
  );
}
