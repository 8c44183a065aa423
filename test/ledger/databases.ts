import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDatabase } from '../../stack/parts/database.ts';

/** A real database server in a folder of its own. `kill` is `kill -9`; `start` after it uses the same folder. */
export interface TestDatabase {
  readonly url: string;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Ends the server and removes its folder. */
  remove(): Promise<void>;
}

/** PGlite as the embedded stack serves it. */
export async function pglite(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'seatrial-pglite-'));
  const options = { dataDir: join(folder, 'database'), port: await freePort() };
  let part = await startDatabase(options);
  return {
    url: String(part.extra['url']),
    start: async () => void (part = await startDatabase(options)),
    kill: async () => {
      part.kill('SIGKILL');
      await part.exited;
    },
    remove: async () => {
      await part.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/** The folder of PostgreSQL's programs, or undefined where it is not installed. */
export function postgresPrograms(): string | undefined {
  const folders = ['/usr/lib/postgresql/17/bin', '/usr/lib/postgresql/16/bin', '/usr/lib/postgresql/15/bin'];
  try {
    folders.unshift(execFileSync('pg_config', ['--bindir'], { stdio: 'pipe' }).toString().trim());
  } catch {
    // No pg_config: the usual places are tried.
  }
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

export async function postgres(programs: string): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'seatrial-postgres-'));
  const port = await freePort();
  const user = unprivilegedUser();
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const as = { ...user, cwd: folder };
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8'], {
    ...as,
    stdio: 'pipe',
  });
  const options = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', folder];
  return served(folder, `postgresql://postgres@127.0.0.1:${port}/postgres`, () =>
    spawnServer(join(programs, 'postgres'), options, 'ready to accept connections', as),
  );
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function served(
  folder: string,
  url: string,
  spawnIt: () => Promise<ChildProcess>,
): Promise<TestDatabase> {
  let child: ChildProcess | undefined = await spawnIt();
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    child = undefined;
  };
  return {
    url,
    start: async () => void (child = await spawnIt()),
    kill,
    remove: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

async function spawnServer(
  program: string,
  args: string[],
  ready: string,
  as: { uid?: number; gid?: number; cwd?: string } = {},
): Promise<ChildProcess> {
  const child = spawn(program, args, { ...as, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes(ready)) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code}:\n${output}`)));
  });
  return child;
}

/** PostgreSQL refuses to run as root, so there it runs as the user `postgres` or `nobody`. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string): number =>
        Number(execFileSync('id', [flag, name], { stdio: 'pipe' }).toString());
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // Not on this machine: the next one is tried.
    }
  }
  throw new Error('PostgreSQL cannot run as root, and there is no user `postgres` or `nobody` to run it as.');
}
