import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Command } from 'commander';
import type { Dossier } from '../../domain/dossier/index.ts';
import { SeatrialError } from '../errors.ts';
import { withSeatrial } from './context.ts';
import { dossierText } from './dossier-text.ts';
import { show, type OutputOptions } from './output.ts';

interface DossierOptions extends OutputOptions {
  readonly out?: string;
}

/** `seatrial dossier RELEASE`: what a release leaves behind for people, made up anew from its ledger and evidence. */
export function addDossierCommand(program: Command, withOutput: (command: Command) => Command): void {
  withOutput(
    program
      .command('dossier')
      .description('show what a release leaves behind: its story, its trials and the living blueprint'),
  )
    .argument('<release>', 'MODEL/VERSION')
    .option('--out <file>', 'write the whole document there: .html, .md or .json')
    .action(dossier);
}

async function dossier(release: string, options: DossierOptions): Promise<void> {
  await withSeatrial(options, async (seatrial) => {
    const { out } = options;
    const form = out === undefined ? undefined : formOf(out);
    const found = await seatrial.dossier(release);
    if (out === undefined || form === undefined) return show(options, found, () => dossierText(found));
    await writeFile(out, await textOf(found, form));
    show(options, { release: found.release, out, ledger: found.ledger }, () => `wrote ${out}`);
  });
}

type Form = 'html' | 'md' | 'json';

function formOf(out: string): Form {
  const ending = extname(out).slice(1);
  if (ending === 'html' || ending === 'md' || ending === 'json') return ending;
  throw new SeatrialError(
    'USAGE',
    `${JSON.stringify(out)} does not say which form is wanted: end it in .html, .md or .json.`,
  );
}

async function textOf(found: Dossier, form: Form): Promise<string> {
  if (form === 'json') return `${JSON.stringify(found, null, 1)}\n`;
  // Charts take a while to load, so only who wants them waits for it.
  const { renderPage } = await import('../../adapters/pages/index.ts');
  const { dossierPage } = await import('../../domain/dossier/index.ts');
  const { html, markdown } = await renderPage(dossierPage(found));
  return form === 'html' ? html : markdown;
}
