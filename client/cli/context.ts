import type { Seatrial } from '../index.ts';
import { exitCodes } from './exit-codes.ts';
import { fail, type OutputOptions } from './output.ts';

/** Runs one command: opens the client, closes it whatever happens, and turns a failure into a block on standard error. */
export async function withSeatrial(
  options: OutputOptions,
  work: (seatrial: Seatrial) => Promise<void>,
): Promise<void> {
  let seatrial: Seatrial | undefined;
  try {
    // Temporal's client takes a second to load, so only the commands that need it wait for it.
    const { openSeatrial } = await import('../index.ts');
    seatrial = openSeatrial();
    await work(seatrial);
  } catch (error) {
    fail(error, options.output === 'json');
  } finally {
    await seatrial?.close().catch((error: unknown) => {
      process.stderr.write(`warning: the connections did not close cleanly: ${String(error)}\n`);
    });
  }
}

/** Ctrl-C ends a watch at once; the release itself goes on. */
export function interruptible(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    controller.abort();
    process.stderr.write('\nstopped watching; the release goes on\n');
    process.exit(exitCodes.interrupted.code);
  });
  return controller.signal;
}
