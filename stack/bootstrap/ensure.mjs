// Brings a command's parts into place: nothing to do costs a few file reads, all that is missing is said at once.
import { join } from 'node:path';
import { takeLock } from '../lock.mjs';
import { Missing } from './missing.mjs';
import { cache } from './places.mjs';
import { say } from './say.mjs';

/** A part that the environment replaces by a real one is not needed. */
function isReplaced(part) {
  return part.replacedBy !== undefined && Boolean(process.env[part.replacedBy]);
}

/** Gives what is missing, an empty list when every part is in place. */
export async function ensure({ parts, replaceable = true }) {
  const wanted = parts.filter((part) => !(replaceable && isReplaced(part)));
  if (wanted.every((part) => part.isReady())) return [];

  const lock = await takeLock(join(cache, 'bootstrap.lock'), (holder) =>
    say(`waiting for another bootstrap to finish (process ${holder})`),
  );
  try {
    const absent = wanted.filter((part) => !part.isReady());
    // Ask every part first, so that a long install is not followed by the news that it was in vain.
    const missing = absent.flatMap((part) =>
      part.checkTools === undefined ? [] : missingOf(() => part.checkTools()),
    );
    if (missing.length > 0) return sameOnce(missing);
    for (const part of absent) {
      try {
        await part.install();
      } catch (error) {
        if (error instanceof Missing) return [error];
        return [
          new Missing(`${part.name}: ${error.message}`, 'this command', [
            'mend what the message names (often the network or a proxy), then run the command again',
            ...(part.replacedBy === undefined ? [] : [`set ${part.replacedBy} to use a real one instead`]),
          ]),
        ];
      }
    }
    return [];
  } finally {
    lock.release();
  }
}

function missingOf(requirement) {
  try {
    requirement();
    return [];
  } catch (error) {
    if (error instanceof Missing) return [error];
    throw error;
  }
}

/** Python is asked for by several parts, and is said once. */
function sameOnce(missing) {
  return [...new Map(missing.map((one) => [one.what, one])).values()];
}
