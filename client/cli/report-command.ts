import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { SeatrialError } from '../errors.ts';
import type { EvidenceLine } from '../index.ts';
import { withSeatrial } from './context.ts';
import { columns, show, type OutputOptions } from './output.ts';

interface ReportOptions extends OutputOptions {
  readonly as?: string;
  readonly to?: string;
  readonly markdown?: boolean;
}

/** `seatrial report RELEASE [STAGE]`: the page that a stage wrote for people. Fetching it stands in the access log, as with `evidence`. */
export function addReportCommand(program: Command, withOutput: (command: Command) => Command): void {
  withOutput(
    program
      .command('report')
      .description('list the pages that stages wrote for people, or fetch the newest of a stage'),
  )
    .argument('<release>', 'MODEL/VERSION')
    .argument('[stage]', 'such as sandbox, or one page of several, such as canary-step-2')
    .option('--as <person>', 'who reads it; it is logged')
    .option('--to <file>', 'write it there instead of to standard output')
    .option('--markdown', 'as Markdown and not as HTML')
    .action(report);
}

async function report(release: string, stage: string | undefined, options: ReportOptions): Promise<void> {
  await withSeatrial(options, async (seatrial) => {
    const { as, to, markdown = false } = options;
    const pages = (await seatrial.evidence(release)).filter((line) => isPage(line, markdown));
    if (stage === undefined) {
      show(options, pages, () =>
        pages.length === 0
          ? 'no stage has written a page yet'
          : columns(pages.map(({ from, name, sha256, bytes }) => [from, sha256, String(bytes), name])),
      );
      return;
    }
    const page = pageOf(pages, stage);
    if (page === undefined) throw new SeatrialError('USAGE', noPage(release, stage, pages));
    if (as === undefined)
      throw new SeatrialError('USAGE', 'Say with `--as PERSON` who reads it: access to evidence is logged.');
    const { line, content } = await seatrial.fetchEvidence(release, page.sha256, as);
    if (to !== undefined) await writeFile(to, content);
    if (options.output === 'json') show(options, { ...line, ...(to === undefined ? {} : { to }) }, () => '');
    else if (to === undefined) process.stdout.write(content);
    else show(options, line, () => `wrote ${line.name}, ${line.bytes} bytes, to ${to}`);
  });
}

/** Other Markdown, such as a model card, is a document of its own. */
const isPage = ({ name }: EvidenceLine, markdown: boolean): boolean =>
  name.endsWith(markdown ? '-page.md' : '-page.html');

/** What the page is of: `sandbox`, `canary-step-2`. */
const subject = ({ name }: EvidenceLine): string => name.replace(/-page\.(html|md)$/, '');

/** The newest attempt's: by the page's own name, else by its stage. */
function pageOf(pages: readonly EvidenceLine[], stage: string): EvidenceLine | undefined {
  return pages.findLast((page) => subject(page) === stage) ?? pages.findLast(({ from }) => from === stage);
}

function noPage(release: string, stage: string, pages: readonly EvidenceLine[]): string {
  const there = [...new Set(pages.map(subject))];
  const what = there.length === 0 ? 'no stage of it has written one yet' : `there is ${there.join(', ')}`;
  return `${release} has no page of ${JSON.stringify(stage)}; ${what}.`;
}
