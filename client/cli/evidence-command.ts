import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { SeatrialError } from '../errors.ts';
import { withSeatrial } from './context.ts';
import { columns, show, type OutputOptions } from './output.ts';

interface EvidenceOptions extends OutputOptions {
  readonly get?: string;
  readonly as?: string;
  readonly to?: string;
  readonly log?: boolean;
}

/** `seatrial evidence RELEASE`: what a release left behind; `--get` fetches one document, and says so in the access log. */
export function addEvidenceCommand(program: Command, withOutput: (command: Command) => Command): void {
  withOutput(
    program
      .command('evidence')
      .description('list the documents of a release, fetch one, or show who fetched what'),
  )
    .argument('<release>', 'MODEL/VERSION')
    .option('--get <digest>', 'fetch the document of this digest, or of its first 12 characters')
    .option('--as <person>', 'who fetches it; it is logged')
    .option('--to <file>', 'write it there instead of to standard output')
    .addOption(new Option('--log', 'show who fetched what, and when').conflicts('get'))
    .action(evidence);
}

async function evidence(release: string, options: EvidenceOptions): Promise<void> {
  await withSeatrial(options, async (seatrial) => {
    const { get, as, to, log } = options;
    if (log) {
      const accesses = await seatrial.evidenceAccess(release);
      show(options, accesses, () =>
        accesses.length === 0
          ? 'nobody has fetched anything'
          : columns(accesses.map(({ at, by, name, sha256 }) => [at, by, sha256.slice(0, 12), name])),
      );
      return;
    }
    if (get === undefined) {
      const lines = await seatrial.evidence(release);
      show(options, lines, () =>
        columns(lines.map(({ from, name, sha256, bytes }) => [from, sha256, String(bytes), name])),
      );
      return;
    }
    if (as === undefined)
      throw new SeatrialError(
        'USAGE',
        'Say with `--as PERSON` who fetches it: access to evidence is logged.',
      );
    const { line, content } = await seatrial.fetchEvidence(release, get, as);
    if (to !== undefined) await writeFile(to, content);
    if (options.output === 'json') show(options, { ...line, ...(to === undefined ? {} : { to }) }, () => '');
    else if (to === undefined) process.stdout.write(content);
    else show(options, line, () => `wrote ${line.name}, ${line.bytes} bytes, to ${to}`);
  });
}
