import type { ReleaseView } from '../../contracts/release-view.ts';
import type { Seatrial } from '../index.ts';
import { interruptible } from './context.ts';
import { exitCodes, exitOfView } from './exit-codes.ts';
import { isRich, type OutputOptions } from './output.ts';
import { releaseLine, releasePage } from './release-text.ts';

export interface WatchOptions extends OutputOptions {
  /** Seconds. */
  readonly timeout?: number | undefined;
}

/**
 * Shows a release until it is live or over, and sets the exit code from its end. A terminal gets the whole page, redrawn; a
 * pipe one line for each change; `-o json` one JSON object for each change.
 */
export async function watchRelease(
  seatrial: Seatrial,
  release: string,
  options: WatchOptions,
): Promise<void> {
  const draw = drawer(options, (view) => releasePage(view, seatrial.linkTo(release)));
  const view = await seatrial.waitForRelease(release, {
    onChange: draw,
    signal: interruptible(),
    ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout * 1_000 }),
  });
  process.exitCode = exitCodes[exitOfView(view)].code;
}

function drawer({ output }: OutputOptions, page: (view: ReleaseView) => string): (view: ReleaseView) => void {
  if (output === 'json') return (view) => void process.stdout.write(`${JSON.stringify(view)}\n`);
  if (isRich()) return (view) => void process.stdout.write(`\u001b[H\u001b[2J${page(view)}\n`);
  let last = '';
  return (view) => {
    const line = releaseLine(view);
    if (line !== last) process.stdout.write(`${line}\n`);
    last = line;
  };
}
