// A lock that is a file holding a process id. Plain JavaScript: the bootstrap uses it before any package is installed.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function readPid(file) {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Takes away the lock of a dead process. Renaming first, because of two that clear at once only one can rename. */
function clearStale(file, deadPid) {
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  const renamed = readPid(aside);
  if (renamed !== undefined && renamed !== deadPid && isAlive(renamed)) {
    // Somebody cleared and took the lock between our look and our rename: give it back.
    try {
      linkSync(aside, file);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
  }
  rmSync(aside, { force: true });
}

/** Takes the lock, or gives `{ holder }`, the living process that has it. The lock ends with `release()` or with this process. */
export function tryLock(file) {
  mkdirSync(dirname(file), { recursive: true });
  const mine = `${file}.${process.pid}`;
  // Written aside and linked, so that the lock is never seen without its process id.
  writeFileSync(mine, `${process.pid}\n`);
  try {
    for (;;) {
      try {
        linkSync(mine, file);
        break;
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const holder = readPid(file);
      if (holder !== undefined && isAlive(holder)) return { holder };
      clearStale(file, holder);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  const drop = () => {
    if (readPid(file) === process.pid) rmSync(file, { force: true });
  };
  process.once('exit', drop);
  return {
    release: () => {
      process.off('exit', drop);
      drop();
    },
  };
}

/** Waits until the lock is ours; `onWait(holder)` is called once when somebody else has it. */
export async function takeLock(file, onWait) {
  let said = false;
  for (;;) {
    const lock = tryLock(file);
    if (lock.release !== undefined) return lock;
    if (!said) onWait(lock.holder);
    said = true;
    await sleep(200);
  }
}
