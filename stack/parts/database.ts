import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { sayToStderr } from '../part.ts';
import type { Part, PartOptions } from '../part.ts';
import { HOST, choosePort } from '../ports.ts';
import { startScript } from '../process.ts';
import { fillFromTemplate } from '../template.ts';
import { versions } from '../versions.ts';

/** PostgreSQL in WebAssembly, in a process of its own so that its queries do not hold up ours. `extra.url` is its postgres:// URL. */
export async function startDatabase(options: PartOptions): Promise<Part> {
  const port = await choosePort('the database', options.port, options.say ?? sayToStderr);
  const folder = join(options.dataDir, 'data');
  mkdirSync(options.dataDir, { recursive: true });
  await fillFromTemplate(folder, `postgres-${versions.postgres}-pglite-${versions.pglite}`, initialise);
  const url = `postgres://postgres:postgres@${HOST}:${port}/postgres`;
  const running = await startScript({
    name: 'the database',
    file: fileURLToPath(new URL('./database-server.ts', import.meta.url)),
    args: [folder, HOST, String(port)],
    log: options.log ?? `${options.dataDir}.log`,
    ready: () => answers(url),
  });
  return { ...running, address: `${HOST}:${port}`, extra: { url } };
}

/** initdb, which takes seconds in WebAssembly: hence the template. */
async function initialise(folder: string): Promise<void> {
  const database = await PGlite.create(folder);
  await database.close();
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  await client.connect();
  try {
    await client.query('select 1');
    return true;
  } finally {
    await client.end();
  }
}
