import type { Command } from 'commander';
import { clientSettings } from '../settings.ts';
import { exitCodes } from './exit-codes.ts';
import { fail, paint, show, type OutputOptions } from './output.ts';

export function addDoctorCommand(program: Command, withOutput: (command: Command) => Command): void {
  withOutput(
    program.command('doctor').description('look whether everything that a release needs is there'),
  ).action(doctor);
}

async function doctor(options: OutputOptions): Promise<void> {
  try {
    const { examine } = await import('../doctor.ts');
    const settings = clientSettings();
    const findings = await examine(settings);
    const ok = findings.every((finding) => finding.ok);
    process.exitCode = ok ? exitCodes.ok.code : exitCodes.unsound.code;
    show(options, { ok, findings }, () =>
      findings
        .map(({ what, ok: fine, detail, mend }) => {
          const line = `${fine ? paint('green', 'ok   ') : paint('red', 'WRONG')} ${what.padEnd(18)} ${detail}`;
          return mend === undefined || fine ? line : `${line}\n      ${mend}`;
        })
        .join('\n'),
    );
  } catch (error) {
    fail(error, options.output === 'json');
  }
}
