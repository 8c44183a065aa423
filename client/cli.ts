/** The `seatrial` command. `docs/cli.md` describes it; `client/index.ts` is the same as a library. */
import { Command, CommanderError, Option } from 'commander';
import { addActionCommands } from './cli/action-commands.ts';
import { addDlqCommands } from './cli/dlq.ts';
import { addDossierCommand } from './cli/dossier-command.ts';
import { addDriftCommand } from './cli/drift-command.ts';
import { addDoctorCommand } from './cli/doctor-command.ts';
import { addEvidenceCommand } from './cli/evidence-command.ts';
import { exitCodes } from './cli/exit-codes.ts';
import { addFileCommands } from './cli/file-commands.ts';
import { addLedgerCommands } from './cli/ledger-commands.ts';
import { addLineageCommand } from './cli/lineage-command.ts';
import { addLogsCommand } from './cli/logs-command.ts';
import { fail } from './cli/output.ts';
import { addPlaybookCommands } from './cli/playbook-commands.ts';
import { addReproduceCommand } from './cli/reproduce-command.ts';
import { addRetrainCommand } from './cli/retrain-command.ts';
import { addReportCommand } from './cli/report-command.ts';
import { addReleaseCommands } from './cli/release-commands.ts';

const withOutput = (command: Command): Command =>
  command.addOption(
    new Option('-o, --output <format>', 'for people or for programs')
      .choices(['text', 'json'])
      .default('text'),
  );

const program = new Command('seatrial')
  .description('Releases machine-learning models, step by step, with people at the gates.')
  .showSuggestionAfterError()
  .showHelpAfterError('(add --help for what there is)')
  .exitOverride();

addReleaseCommands(program, withOutput);
addFileCommands(program, withOutput);
addPlaybookCommands(program, withOutput);
addLedgerCommands(program, withOutput);
addLineageCommand(program, withOutput);
addLogsCommand(program, withOutput);
addEvidenceCommand(program, withOutput);
addReportCommand(program, withOutput);
addReproduceCommand(program, withOutput);
addDossierCommand(program, withOutput);
addDlqCommands(program, withOutput);
addActionCommands(program, withOutput);
addRetrainCommand(program, withOutput);
addDriftCommand(program, withOutput);
addDoctorCommand(program, withOutput);

// A reader such as `head` that closes the pipe early is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok.code);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  // Commander has said what is wrong already; --help and --version end here too, with its code 0.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : exitCodes.badInput.code;
  else fail(error, false);
}
