import type { Command } from 'commander';
import { interruptible, withSeatrial } from './context.ts';
import { show, type OutputOptions } from './output.ts';

/** `seatrial logs RELEASE|DECISION [--follow]`: what a training command said. */
export function addLogsCommand(program: Command, withOutput: (command: Command) => Command): void {
  withOutput(
    program
      .command('logs')
      .description('show what the training command of a retraining said')
      .argument('<what>', 'MODEL/VERSION that it made, or its decision'),
  )
    .option('-f, --follow', 'go on until the training is over')
    .action((what: string, { follow, ...options }: OutputOptions & { follow?: boolean }) =>
      withSeatrial(options, async (seatrial) => {
        const pieces = seatrial.logs(what, follow ? { follow, signal: interruptible() } : {});
        const asJson = options.output === 'json';
        const kept: Buffer[] = [];
        for await (const piece of pieces) {
          if (asJson) kept.push(piece);
          else process.stdout.write(piece);
        }
        if (asJson) show(options, { text: Buffer.concat(kept).toString('utf8') }, () => '');
      }),
    );
}
