import type { Command } from 'commander';
import { withSeatrial } from './context.ts';
import { dossierText } from './dossier-text.ts';
import { show, type OutputOptions } from './output.ts';

/** `seatrial dossier RELEASE`: what a release leaves behind for people, made up anew from its ledger and evidence. */
export function addDossierCommand(program: Command, withOutput: (command: Command) => Command): void {
  withOutput(
    program
      .command('dossier')
      .description('show what a release leaves behind: its story, its trials and the living blueprint'),
  )
    .argument('<release>', 'MODEL/VERSION')
    .action((release: string, options: OutputOptions) =>
      withSeatrial(options, async (seatrial) => {
        const found = await seatrial.dossier(release);
        show(options, found, () => dossierText(found));
      }),
    );
}
