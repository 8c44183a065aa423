// Proves that no child outlives its parent, however the parent ends, and that a process that dies early says why.
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { startProcess, startScript } from '../../stack/process.ts';
import { isAlive, temporaryFolder, until } from './support.ts';

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** The children of a process and theirs, by `ps`. */
function descendants(pid: number): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const pairs = rows.map((row) => row.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    pairs.flatMap(([child = 0, itsParent]) => (itsParent === parent ? [child, ...below(child)] : []));
  return below(pid);
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [chunk] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  return chunk.toString('utf8').split('\n')[0] ?? '';
}

it.each(['SIGKILL', 'SIGTERM'] as const)(
  'leaves no child when %s ends the parent of a whole stack',
  async (signal) => {
    const dataDir = await temporaryFolder();
    const parent = spawn(process.execPath, ['--import', 'tsx', path('./fixtures/parent.ts'), dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const { pids } = JSON.parse(await firstLine(parent)) as { pids: number[] };
    expect(pids).toHaveLength(3);
    const all = descendants(parent.pid ?? -1);
    expect(all).toEqual(expect.arrayContaining(pids));
    expect(all.every(isAlive)).toBe(true);

    parent.kill(signal);
    await once(parent, 'exit');
    await until(() => !all.some(isAlive));
  },
);

it('says the last lines of the log when a process ends before it is ready', async () => {
  const folder = await temporaryFolder();
  const log = join(folder, 'out.log');
  writeFileSync(log, 'a line of yesterday\n');
  const start = startProcess({
    name: 'the broken one',
    command: process.execPath,
    args: ['-e', 'console.error("no such luck"); process.exit(3)'],
    log,
    ready: () => Promise.resolve(false),
  });
  await expect(start).rejects.toThrow(
    /the broken one ended before it was ready \(exit code 3\)[^]*no such luck/,
  );
  await start.catch((error: unknown) => expect(String(error)).not.toContain('yesterday'));
});

it('says that a program is not there', async () => {
  const log = join(await temporaryFolder(), 'out.log');
  const start = startProcess({ name: 'the absent one', command: '/no/such/program', log });
  await expect(start).rejects.toThrow(
    /the absent one ended before it was ready[^]*cannot run \/no\/such\/program/,
  );
});

it('says what it waited for when a process is never ready, and ends it', async () => {
  const log = join(await temporaryFolder(), 'out.log');
  let pid: number | undefined;
  const start = startProcess({
    name: 'the slow one',
    command: process.execPath,
    args: ['-e', 'console.log(process.pid); setInterval(() => 0, 1000)'],
    log,
    ready: () => Promise.reject(new Error('connection refused')),
    readyTimeoutMs: 2_000,
  });
  await start.catch((error: unknown) => (pid = Number(/^ +(\d+)$/m.exec(String(error))?.[1])));
  await expect(start).rejects.toThrow(/the slow one was not ready after 2 s \(connection refused\)/);
  expect(pid).toBeGreaterThan(0);
  expect(isAlive(pid ?? 0)).toBe(false);
});

it('runs our own TypeScript in a process of its own, and stops it in order', async () => {
  const folder = await temporaryFolder();
  const script = await startScript({
    name: 'script',
    file: path('./fixtures/script.ts'),
    args: ['stay'],
    log: join(folder, 'out.log'),
    // Its handler is there once it has spoken.
    ready: async () =>
      (await import('node:fs')).readFileSync(join(folder, 'out.log'), 'utf8').includes('"stay"'),
  });
  onTestFinished(() => script.kill('SIGKILL'));
  expect(isAlive(script.pid)).toBe(true);
  await script.stop();
  expect(await script.exited).toEqual({ code: 7, signal: null });
});
