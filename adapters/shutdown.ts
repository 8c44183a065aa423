import type { Logger } from './log.ts';

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

export interface ShutdownOptions {
  readonly log: Logger;
  /** Longest orderly close in milliseconds; then the process ends with code 1. */
  readonly timeoutMs?: number;
}

/**
 * Closes once, in order, at the first SIGTERM or SIGINT, and ends the process: 0 when `close` succeeded, 1 when it failed
 * or took too long. A second signal does not wait and ends with the shell's code for it (130 or 143).
 */
export function onShutdown(close: () => Promise<void>, { log, timeoutMs = 25_000 }: ShutdownOptions): void {
  let closing = false;
  const end = (signal: keyof typeof SIGNALS): void => {
    if (closing) process.exit(SIGNALS[signal]);
    closing = true;
    log.info({ signal }, 'closing');
    setTimeout(() => {
      log.error({ timeoutMs }, 'closing took too long');
      process.exit(1);
    }, timeoutMs).unref();
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'closing failed');
        process.exit(1);
      },
    );
  };
  for (const signal of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[])
    process.on(signal, () => end(signal));
}
