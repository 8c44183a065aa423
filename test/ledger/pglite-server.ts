/**
 * PGlite served over the PostgreSQL protocol, as a process of its own that a test can kill.
 * `node --import tsx pglite-server.ts DIRECTORY PORT`: prints one line when it listens.
 */
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

const [directory, port] = process.argv.slice(2);
const db = await PGlite.create(String(directory));
const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: Number(port), maxConnections: 16 });
await server.start();
console.log('listening');
