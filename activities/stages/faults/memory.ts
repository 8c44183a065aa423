import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Resident memory of a process in MiB: from Linux's `/proc`, elsewhere from `ps`; null when there is no such process. */
export async function residentMemory(pid: number): Promise<number | null> {
  const kibibytes = (await fromProc(pid)) ?? (await fromPs(pid));
  return kibibytes === undefined || !Number.isFinite(kibibytes) ? null : kibibytes / 1024;
}

async function fromProc(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined); // no /proc, or no process
  const found = status === undefined ? null : /^VmRSS:\s+(\d+) kB$/m.exec(status);
  return found === null ? undefined : Number(found[1]);
}

async function fromPs(pid: number): Promise<number | undefined> {
  const out = await run('ps', ['-o', 'rss=', '-p', String(pid)]).catch(() => undefined); // no ps, or no process
  return out === undefined ? undefined : Number(out.stdout.trim() || Number.NaN);
}
