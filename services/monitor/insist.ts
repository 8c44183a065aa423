import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Does it until it succeeds or `signal` aborts, with growing pauses. `onFailure` hears of each failure, and of the end of
 * them with null. Each try must be safe to repeat. Rejects with the last failure when aborted or after `tries`.
 */
export async function insist<T>(
  what: () => Promise<T>,
  onFailure: (error: unknown) => void,
  signal: AbortSignal,
  tries = Infinity,
): Promise<T> {
  for (let done = 1, pause = FIRST_PAUSE_MS; ; done++, pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      const result = await what();
      onFailure(null);
      return result;
    } catch (error) {
      if (signal.aborted) throw error;
      onFailure(error);
      if (done >= tries) throw error;
      await sleep(pause, undefined, { signal });
    }
  }
}
