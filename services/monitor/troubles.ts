import type { Logger } from '../../adapters/log.ts';
import type { Health } from '../../adapters/service.ts';

/** What does not work at the moment, by what was being done. */
export interface Troubles {
  /** For one activity: takes its failures, and null when it works again. */
  of(activity: string): (error: unknown) => void;
  health(): Health;
}

export function createTroubles(logger: Logger): Troubles {
  const current = new Map<string, string>();
  return {
    of: (activity) => (error) => {
      if (error === null) {
        if (current.delete(activity)) logger.info({ activity }, 'works again');
        return;
      }
      current.set(activity, error instanceof Error ? error.message : String(error));
      logger.warn({ activity, err: error }, 'does not work, will be tried again');
    },
    health: () =>
      current.size === 0
        ? { ok: true, detail: 'watching' }
        : {
            ok: false,
            detail: [...current].map(([activity, message]) => `${activity}: ${message}`).join('; '),
          },
  };
}
