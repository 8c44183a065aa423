import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** A folder that is gone after the test, with what parts write beside it: `<dataDir>.log`. */
export async function temporaryFolder(): Promise<string> {
  const around = await mkdtemp(join(tmpdir(), 'seatrial-stack-'));
  onTestFinished(() => rm(around, { recursive: true, force: true, maxRetries: 5 }));
  const folder = join(around, 'part');
  await mkdir(folder);
  return folder;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // ESRCH: no such process
  }
}

/** Waits until it holds; the runner's own time limit ends a wait that never does. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50);
}

export const silent = (): void => undefined;
