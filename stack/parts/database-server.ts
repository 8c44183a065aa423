/** database-server.ts FOLDER HOST PORT: serves a PGlite data folder over the PostgreSQL protocol until SIGTERM. */
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

// PGlite itself runs one query after the other; the socket server queues those of this many connections.
const MAX_CONNECTIONS = 100;

const [folder, host, port] = process.argv.slice(2);
if (folder === undefined || host === undefined || port === undefined) {
  throw new Error('usage: database-server.ts FOLDER HOST PORT');
}

const db = await PGlite.create(folder);
const server = new PGLiteSocketServer({ db, host, port: Number(port), maxConnections: MAX_CONNECTIONS });
await server.start();

async function end(): Promise<void> {
  await server.stop();
  await db.close();
  process.exit(0);
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end());
