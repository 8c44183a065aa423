// Proves that the embedded database serves several connections at once through the ordinary `pg` driver, keeps their
// transactions apart, has its data still after kill -9, and says so when its port is taken.
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import type { Part } from '../../stack/part.ts';
import { startDatabase } from '../../stack/parts/database.ts';
import { temporaryFolder } from './support.ts';

const CONNECTIONS = 8;
const ROWS_EACH = 25;

async function connect(part: Part): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: String(part.extra['url']) });
  client.on('error', () => undefined); // kill -9 of the server breaks the connection, which is the point
  await client.connect();
  return client;
}

async function count(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ n: number }>('select count(*)::int as n from entries');
  return rows[0]?.n ?? -1;
}

it('serves concurrent connections, keeps transactions apart, and survives kill -9 with its data', async () => {
  const dataDir = await temporaryFolder();
  const first = await startDatabase({ dataDir });
  onTestFinished(() => first.stop());
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(first)));
  await clients[0]?.query('create table entries (writer int, n int, primary key (writer, n))');
  await Promise.all(
    clients.map(async (client, writer) => {
      for (let n = 0; n < ROWS_EACH; n += 1) {
        await client.query('begin');
        await client.query('insert into entries values ($1, $2)', [writer, n]);
        // Every third is taken back; were transactions mixed up, another writer's row would go or stay with it.
        await client.query(n % 3 === 2 ? 'rollback' : 'commit');
      }
    }),
  );
  const keptEach = Array.from({ length: ROWS_EACH }, (_, n) => n).filter((n) => n % 3 !== 2).length;
  const reader = await connect(first);
  expect(await count(reader)).toBe(CONNECTIONS * keptEach);
  const repeated = reader.query('insert into entries values (0, 0)');
  await expect(repeated).rejects.toMatchObject({ code: '23505' });

  first.kill('SIGKILL');
  await first.exited;
  const second = await startDatabase({ dataDir });
  onTestFinished(() => second.stop());
  const again = await connect(second);
  expect(await count(again)).toBe(CONNECTIONS * keptEach);
  await again.end();
});

it('rolls back what a broken connection left open, so that the others go on', async () => {
  const part = await startDatabase({ dataDir: await temporaryFolder() });
  onTestFinished(() => part.stop());
  const [broken, other] = await Promise.all([connect(part), connect(part)]);
  await other.query('create table entries (n int)');
  await broken.query('begin');
  await broken.query('insert into entries values (1)');
  (broken as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  expect(await count(other)).toBe(0);
  await other.end();
});

it('takes a free port when its own is taken, and says both', async () => {
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void squatter.close());
  const { port } = squatter.address() as AddressInfo;
  const said: string[] = [];
  const part = await startDatabase({
    dataDir: await temporaryFolder(),
    port,
    say: (line) => said.push(line),
  });
  onTestFinished(() => part.stop());
  const used = Number(part.address.split(':')[1]);
  expect(used).not.toBe(port);
  expect(said).toEqual([`port ${port} for the database is taken, using ${used}`]);
  const client = await connect(part);
  await client.end();
});
