import { pino } from 'pino';
import type { Logger } from 'pino';

export type { Logger };

/**
 * One JSON line per entry on standard output, with the process's name. `LOG_LEVEL` is `trace`, `debug`, `info` (default),
 * `warn`, `error`, `fatal` or `silent`.
 */
export function createLogger(name: string): Logger {
  return pino({ name, level: process.env['LOG_LEVEL'] ?? 'info' });
}
