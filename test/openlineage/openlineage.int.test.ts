// Proves that what we say in OpenLineage is OpenLineage: the project's own Python client takes every event, field by field, and
// the judge that says so refuses wrong ones. And that events arrive by each transport: in a file, over HTTP with a server that is
// away and one that refuses, and in a real Kafka from the process as it runs in production.
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connectLog } from '../../adapters/kafka/index.ts';
import { openLedger, type Ledger } from '../../adapters/ledger/index.ts';
import { createLogger } from '../../adapters/log.ts';
import { fileTransport, httpTransport, type LineageTransport } from '../../adapters/openlineage/index.ts';
import type { RunEvent } from '../../contracts/openlineage.ts';
import { follow, type Follower } from '../../services/outbox/follow.ts';
import { openLineageSink } from '../../services/outbox/openlineage/sink.ts';
import { startKafka } from '../../stack/parts/kafka.ts';
import { startScript } from '../../stack/process.ts';
import { freePort, pglite, type TestDatabase } from '../ledger/databases.ts';
import { MODEL, RETRAINING, story } from '../lineage/books.ts';
import { pollUntil } from '../support/poll.ts';
import { unique } from '../support/unique.ts';
import { heard, judged } from './judged.ts';
import { told } from './told.ts';

const quiet = createLogger('test');
quiet.level = 'silent';

describe('the Python client of OpenLineage', () => {
  test('takes every event of the story, and of retrainings and releases that end badly', async () => {
    const failed = {
      type: 'RetrainingEnded',
      data: { outcome: 'failed', detail: 'no gradient', version: null, log: null },
    };
    const ended = (outcome: string) => ({ type: 'ReleaseEnded', data: { outcome, reason: 'so it is' } });
    const at = '2026-03-20T00:00:00.000Z';
    const v1 = `release/${MODEL}/v1`;
    const r2 = `release/${MODEL}/r2`;
    const events = [
      ...(await told(story())),
      ...(await told({ [RETRAINING]: [...(story()[RETRAINING] ?? []).slice(0, 2), { ...failed, at }] })),
      ...(await told({ [r2]: [...(story()[r2] ?? []), { ...ended('rejected'), at }] })),
      ...(await told({ [v1]: [...(story()[v1] ?? []), { ...ended('superseded'), at }] })),
    ];
    expect(events.length).toBeGreaterThan(20);
    const verdicts = await judged(events);
    expect(verdicts.map((verdict, index) => `${heard([events[index]!]).join('')}: ${verdict}`)).toEqual(
      events.map((event) => `${heard([event]).join('')}: ok`),
    );
  });

  test.each<[string, (event: Record<string, unknown>) => unknown, RegExp]>([
    ['an odd event type', (event) => ({ ...event, eventType: 'BEGIN' }), /'BEGIN' is not a valid EventType/],
    [
      'a run id that is no UUID',
      (event) => ({ ...event, run: { runId: 'x', facets: {} } }),
      /badly formed hexadecimal UUID/,
    ],
    ['a time without a time', (event) => ({ ...event, eventTime: '2026-03-01' }), /has to contain time/],
    ['a field that nobody knows', (event) => ({ ...event, odd: 1 }), /odd/],
    [
      'a facet of a version that is not there',
      (event) =>
        wrongFacet(event, {
          _schemaURL: 'https://openlineage.io/spec/facets/9-9-9/JobTypeJobFacet.json#/$defs/JobTypeJobFacet',
        }),
      /no facet of this client/,
    ],
    [
      'a facet with a field that is not its own',
      (event) => wrongFacet(event, { odd: 1 }),
      /unexpected keyword argument 'odd'/,
    ],
    [
      'another specification',
      (event) => ({ ...event, schemaURL: 'https://openlineage.io/spec/1-0-0/OpenLineage.json' }),
      /would write another event\.schemaURL/,
    ],
  ])('refuses %s, so it can say no', async (_name, spoil, expected) => {
    const [event] = await told(story());
    const [verdict] = await judged([spoil(event as unknown as Record<string, unknown>)]);
    expect(verdict).toMatch(expected);
  });
});

function wrongFacet(event: Record<string, unknown>, more: object): unknown {
  const job = event['job'] as RunEvent['job'];
  return { ...event, job: { ...job, facets: { jobType: { ...job.facets['jobType'], ...more } } } };
}

describe('a transport', () => {
  let dir: string;
  let database: TestDatabase;
  let ledger: Ledger;
  let expected: string[];
  const running: Follower[] = [];
  const servers: Server[] = [];
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'seatrial-openlineage-'));
    database = await pglite();
    ledger = await openLedger(database.url);
    await ledger.migrate();
    for (const [stream, events] of Object.entries(story())) await ledger.append({ stream, after: 0, events });
    expected = heard(await told(story())).sort();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((follower) => follower.stop()));
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  afterAll(async () => {
    await ledger?.close();
    await database?.remove();
    await rm(dir, { recursive: true, force: true });
  });

  function start(transport: LineageTransport): Follower {
    const sink = { ...openLineageSink(transport, ledger, 'seatrial'), name: unique('openlineage') };
    const follower = follow(ledger.feed(sink.name), sink, quiet);
    running.push(follower);
    return follower;
  }
  const caughtUp = (follower: Follower) =>
    pollUntil(
      'the ledger’s end',
      () => Promise.resolve(follower.now()),
      (now) => now.caughtUp,
    );
  const events = (text: string): RunEvent[] =>
    text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as RunEvent]));

  test('writes a file, one event a line, and begins a line of its own after half of one', async () => {
    const file = join(dir, 'deep/down/events.ndjson');
    await caughtUp(start(fileTransport(file)));
    expect(heard(events(await readFile(file, 'utf8'))).sort()).toEqual(expected);
    const torn = join(dir, 'torn.ndjson');
    await appendFile(torn, '{"half":');
    await caughtUp(start(fileTransport(torn)));
    const [half, ...lines] = (await readFile(torn, 'utf8')).split('\n');
    expect(half).toBe('{"half":');
    expect(heard(events(lines.join('\n'))).sort()).toEqual(expected);
  });

  test('posts to a server, waits for one that is away, and goes round what it refuses', async () => {
    const heardAt: { path: string | undefined; key: string | undefined; event: RunEvent }[] = [];
    let answer: (event: RunEvent) => number = () => 503;
    const url = await listening((request, body) => {
      const event = JSON.parse(body) as RunEvent;
      const status = answer(event);
      if (status === 201) heardAt.push({ path: request.url, key: request.headers.authorization, event });
      return status;
    });
    const follower = start(httpTransport({ url, apiKey: 'open-sesame' }));
    const away = await pollUntil(
      'it to be away',
      () => Promise.resolve(follower.now()),
      (now) => now.away !== null,
    );
    expect(away.away?.reason).toMatch(/\/api\/v1\/lineage answered 503/);
    answer = ({ job }) => (job.name === `${MODEL}.monitor` ? 422 : 201);
    const now = await pollUntil(
      'the refusal alone to be left',
      () => Promise.resolve(follower.now()),
      ({ setAside, away: gone }) => gone === null && setAside.size === 1,
    );
    expect([...now.setAside.entries()]).toMatchObject([
      [
        `model/${MODEL}`,
        { reason: expect.stringMatching(/refused an event of .*\.monitor \(422\)/) as string },
      ],
    ]);
    answer = () => 201;
    await caughtUp(follower);
    expect(heardAt[0]).toMatchObject({ path: '/api/v1/lineage', key: 'Bearer open-sesame' });
    // At least once: some came before the refusal and again after it. As a set they are all.
    const once = new Map(
      heardAt.map(({ event }) => [
        `${event.run.runId} ${event.eventType} ${event.eventTime} ${JSON.stringify(event.run.facets)}`,
        event,
      ]),
    );
    expect(heard([...once.values()]).sort()).toEqual(expected);
  });

  test('that no server answers is away', async () => {
    const { send } = httpTransport({ url: `http://127.0.0.1:${await freePort()}` });
    await expect(send(await told(story()))).rejects.toThrow(
      /127\.0\.0\.1:\d+ did not answer: .*ECONNREFUSED/,
    );
  });

  test('writes to a real Kafka from the process that production runs', async () => {
    const broker = await startKafka({ dataDir: join(dir, 'kafka') });
    const health = await freePort();
    const outbox = await startScript({
      name: 'outbox',
      file: join(import.meta.dirname, '../../services/outbox/main.ts'),
      log: join(dir, 'outbox.log'),
      env: {
        DATABASE_URL: database.url,
        KAFKA_BROKERS: broker.address,
        HEALTH_PORT: String(health),
        REGISTRY: 'off',
        OPENLINEAGE_TRANSPORT: 'kafka',
        OPENLINEAGE_TOPIC: 'lineage',
      },
      ready: async () => (await fetch(`http://127.0.0.1:${health}/health`)).ok,
    });
    const log = await connectLog({ brokers: [broker.address], clientId: 'test' }, quiet);
    try {
      await pollUntil(
        'the end of the ledger',
        async () => (await fetch(`http://127.0.0.1:${health}/metrics`)).text(),
        (text) => text.includes('seatrial_outbox_caught_up{sink="openlineage"} 1'),
      );
      const found: { key: string; event: RunEvent }[] = [];
      await log.readRange({ topic: 'lineage', from: { 0: 0 } }, (records) => {
        for (const { key, value } of records)
          found.push({ key: String(key), event: JSON.parse(String(value)) as RunEvent });
      });
      expect(heard(found.map(({ event }) => event)).sort()).toEqual(expected);
      for (const { key, event } of found) expect(key).toBe(`run:seatrial/${event.job.name}`);
      expect(new Set(await judged(found.map(({ event }) => event)))).toEqual(new Set(['ok']));
    } finally {
      await log.close();
      await outbox.stop();
      await broker.stop();
    }
  });

  async function listening(
    answer: (
      request: { url?: string | undefined; headers: Record<string, string | undefined> },
      body: string,
    ) => number,
  ): Promise<string> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { url, headers } = request;
        const authorization = headers.authorization;
        response
          .writeHead(answer({ url, headers: { authorization } }, Buffer.concat(chunks).toString('utf8')))
          .end();
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
});
