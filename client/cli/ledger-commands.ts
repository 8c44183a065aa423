import { existsSync } from 'node:fs';
import { InvalidArgumentError, type Command } from 'commander';
import type { LedgerEntry } from '../../contracts/ledger.ts';
import type { LedgerHead } from '../../domain/ledger/index.ts';
import { championAt, readExport, verifyExport, type Verification } from '../history.ts';
import { withSeatrial } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { columns, fail, paint, show, type OutputOptions } from './output.ts';

const STREAMS =
  'MODEL/VERSION, viewed/MODEL/VERSION (who fetched its evidence), reproduced/MODEL/VERSION, or model/MODEL';

/** Commands for auditors. */
export function addLedgerCommands(program: Command, withOutput: (command: Command) => Command): void {
  withOutput(
    program.command('history').description('show the ledger of a release or model; -o json exports it'),
  )
    .argument('<stream>', STREAMS)
    .option('--at <time>', 'only what had happened by then, such as 2026-03-01T12:00:00Z')
    .action(history);
  withOutput(program.command('verify').description('check a ledger, also offline from an exported file'))
    .argument('<ledger>', `a file, or ${STREAMS}`)
    .option('--head <seq:hash>', 'a head that you noted before; it must lie on the chain', head)
    .action(verify);
}

async function history(stream: string, options: OutputOptions & { at?: string }): Promise<void> {
  await withSeatrial(options, async (seatrial) => {
    const found = await seatrial.history(stream, options.at === undefined ? {} : { at: options.at });
    show(options, found, () => {
      const lines = [columns(found.entries.map(row))];
      if (found.stream.startsWith('model/')) {
        lines.push(
          '',
          `serving${options.at === undefined ? '' : ` at ${options.at}`}: ${championAt(found) ?? 'nothing'}`,
        );
      }
      lines.push('', `head ${found.head.seq}:${found.head.hash}`);
      return lines.join('\n');
    });
  });
}

async function verify(ledger: string, options: OutputOptions & { head?: LedgerHead }): Promise<void> {
  if (!existsSync(ledger) && !looksLikeFile(ledger)) {
    return withSeatrial(options, async (seatrial) => {
      report(await seatrial.verify(ledger, options.head ? { head: options.head } : {}), options);
    });
  }
  try {
    report(verifyExport(await readExport(ledger), options.head), options);
  } catch (error) {
    fail(error, options.output === 'json');
  }
}

/** A file that is not there is told as such, not as a release with an odd name. */
const looksLikeFile = (text: string): boolean => /^[./~]|\.json$/.test(text);

function report({ stream, verdict }: Verification, options: OutputOptions): void {
  process.exitCode = verdict.valid ? exitCodes.ok.code : exitCodes.unsound.code;
  show(options, { stream, ...verdict }, () =>
    verdict.valid
      ? `${paint('green', 'valid')} ${stream}: ${verdict.entries} entries, head ${verdict.head.seq}:${verdict.head.hash}`
      : `${paint('red', 'NOT VALID')} ${stream}: ${verdict.problem} at entry ${verdict.at}. ${verdict.message}`,
  );
}

/** Data in a table is cut to what a line can hold; `-o json` has all of it. */
function row({ seq, at, type, data, hash }: LedgerEntry): string[] {
  const text = JSON.stringify(data);
  return [String(seq), at, type, hash.slice(0, 12), text.length > 100 ? `${text.slice(0, 99)}…` : text];
}

function head(text: string): LedgerHead {
  const match = /^(\d{1,9}):([0-9a-f]{64})$/.exec(text);
  if (!match)
    throw new InvalidArgumentError('write SEQ:HASH, as `seatrial history` and `seatrial verify` print it');
  return { seq: Number(match[1]), hash: match[2]! };
}
