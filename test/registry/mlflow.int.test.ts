// Proves the registry in a real MLflow server: the port's promises, what teams see there (aliases, tags, source, versions of
// their own left alone), and that a server which is away, full of trouble or no MLflow at all is told apart from one that refuses.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLedger } from '../../adapters/ledger/index.ts';
import { createLogger } from '../../adapters/log.ts';
import { openMlflowRegistry, RegistryUnavailable } from '../../adapters/registry/index.ts';
import { follow } from '../../services/outbox/follow.ts';
import { registrySink } from '../../services/outbox/registry-sink.ts';
import { freePort, pglite } from '../ledger/databases.ts';
import { files, MODEL, story } from '../lineage/books.ts';
import { evidence } from '../support/plans.ts';
import { pollUntil } from '../support/poll.ts';
import { conformance } from './conformance.ts';
import { startMlflow, type MlflowServer } from './mlflow-server.ts';

let dir: string;
let server: MlflowServer;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'seatrial-mlflow-'));
  server = await startMlflow(join(dir, 'mlflow'));
});
afterAll(async () => {
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
});

const ask = async (path: string): Promise<unknown> =>
  (await fetch(`${server.url}/api/2.0/mlflow/${path}`)).json();

conformance('MLflow', () => openMlflowRegistry({ url: server.url }));

describe('what teams see in MLflow', () => {
  const version = {
    model: 'shared',
    version: 'v1',
    summary: 'the first',
    artifact: evidence('model.onnx'),
    tags: {},
  };

  test('is the version with its source, and their own versions as they were', async () => {
    const create = (path: string, body: unknown) =>
      fetch(`${server.url}/api/2.0/mlflow/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    await create('registered-models/create', { name: 'shared' });
    await create('model-versions/create', { name: 'shared', source: 's3://models/theirs' });
    await create('registered-models/alias', { name: 'shared', alias: 'champion', version: '1' });

    const registry = openMlflowRegistry({ url: server.url });
    await registry.putVersion(version);
    expect(await registry.view('shared')).toMatchObject({ versions: { v1: {} }, aliases: {} });
    expect(await ask('model-versions/get?name=shared&version=2')).toMatchObject({
      model_version: { source: `seatrial:/evidence/${'a'.repeat(64)}`, description: 'the first' },
    });
    expect(await ask('model-versions/get?name=shared&version=1')).toMatchObject({
      model_version: { source: 's3://models/theirs' },
    });
  });

  test('is a version once, although the answer to its making was lost', async () => {
    const registry = openMlflowRegistry({ url: server.url });
    const lossy = openMlflowRegistry({ url: await losing('model-versions/create') });
    const lost = { ...version, model: 'lost' };
    await expect(lossy.putVersion(lost)).rejects.toBeInstanceOf(RegistryUnavailable);
    await registry.putVersion(lost);
    const { model_versions: found } = (await ask(
      `model-versions/search?${new URLSearchParams({ filter: "name = 'lost'" }).toString()}`,
    )) as { model_versions: unknown[] };
    expect(found).toHaveLength(1);
  });
});

describe('a server that is not as it should be', () => {
  const put = (url: string) =>
    openMlflowRegistry({ url, timeoutMs: 2_000 }).putVersion({
      model: 'm',
      version: 'v1',
      summary: '',
      artifact: evidence('model.onnx'),
      tags: {},
    });

  test('is away when nothing listens', async () => {
    const refusal = put(`http://127.0.0.1:${await freePort()}`);
    await expect(refusal).rejects.toBeInstanceOf(RegistryUnavailable);
    await expect(refusal).rejects.toThrow(/MLflow at 127\.0\.0\.1:\d+ did not answer: .*ECONNREFUSED/);
  });

  test.each<[string, number, string, RegExp]>([
    ['in trouble', 503, '{"error_code":"TEMPORARILY_UNAVAILABLE"}', /is in trouble \(503\)/],
    ['shut', 401, 'no', /does not let us in \(401\); look at REGISTRY_TOKEN/],
    ['no MLflow', 200, '<html>', /is no MLflow server: .* answered 200 with <html>/],
  ])('is away when it is %s', async (_what, status, body, message) => {
    const refusal = put(await answering(status, body));
    await expect(refusal).rejects.toBeInstanceOf(RegistryUnavailable);
    await expect(refusal).rejects.toThrow(message);
  });
});

test('MLflow is killed while a story is told, and knows all of it when it is back', async () => {
  const database = await pglite();
  const ledger = await openLedger(database.url);
  const quiet = createLogger('test');
  quiet.level = 'silent';
  await ledger.migrate();
  const registry = openMlflowRegistry({ url: server.url, timeoutMs: 5_000 });
  const follower = follow(ledger.feed('registry'), registrySink(registry, ledger), quiet);
  try {
    await server.kill();
    for (const [stream, events] of Object.entries(story())) await ledger.append({ stream, after: 0, events });
    await pollUntil(
      'it to be missed',
      () => Promise.resolve(follower.now()),
      ({ away }) => away !== null,
    );
    await server.start();
    await pollUntil(
      'the end of the story',
      () => Promise.resolve(follower.now()),
      ({ caughtUp }) => caughtUp,
    );
    expect(await registry.view(MODEL)).toMatchObject({
      aliases: { champion: 'v1', challenger: 'r2' },
      versions: {
        v1: { sha256: files.model1.sha256, tags: { 'seatrial.state': 'live' } },
        r2: {
          sha256: files.model2.sha256,
          tags: { 'seatrial.decision': expect.stringContaining('v1.') as string },
        },
      },
    });
  } finally {
    await follower.stop();
    await ledger.close();
    await database.remove();
  }
});

const servers: Server[] = [];
afterAll(() => {
  for (const one of servers) {
    one.closeAllConnections();
    one.close();
  }
});

async function listening(one: Server): Promise<string> {
  servers.push(one);
  await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(one.address() as AddressInfo).port}`;
}

const answering = (status: number, body: string): Promise<string> =>
  listening(createServer((_request, response) => response.writeHead(status).end(body)));

/** MLflow behind a line that breaks after one kind of request was taken: the caller never hears the answer. */
function losing(path: string): Promise<string> {
  return listening(
    createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        void fetch(`${server.url}${request.url}`, {
          method: request.method ?? 'GET',
          headers: { 'content-type': 'application/json' },
          ...(request.method === 'GET' ? {} : { body }),
        }).then(async (answer) => {
          const text = await answer.text();
          if (request.url?.includes(path)) request.socket.destroy();
          else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
        });
      });
    }),
  );
}
