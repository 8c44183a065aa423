// Proves that the registry follows a real ledger at least once and in order: what was told is not told again by a new process, what
// appears late is not left out, a registry that is away holds up nobody and hears everything afterwards, and a fact that cannot
// be told yet holds up its own stream only. A process that is killed in the middle goes on where it was.
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openLedger, sha256, type Ledger } from '../../adapters/ledger/index.ts';
import { createLogger } from '../../adapters/log.ts';
import { openFileRegistry } from '../../adapters/registry/index.ts';
import type { DomainEvent, LedgerEntry } from '../../contracts/ledger.ts';
import { chain, entryBody, GENESIS } from '../../domain/ledger/index.ts';
import { follow, type Follower } from '../../services/outbox/follow.ts';
import { outboxHealth } from '../../services/outbox/metrics.ts';
import { registrySink } from '../../services/outbox/registry-sink.ts';
import { startScript } from '../../stack/process.ts';
import { freePort, pglite, type TestDatabase } from '../ledger/databases.ts';
import { files, MODEL, story } from '../lineage/books.ts';
import { evidence, plan } from '../support/plans.ts';
import { pollUntil } from '../support/poll.ts';
import { unique } from '../support/unique.ts';

const quiet = createLogger('test');
quiet.level = 'silent';
const at = (minute: number): string => new Date(Date.UTC(2026, 2, 1, 0, minute)).toISOString();

let dir: string;
let database: TestDatabase;
let ledger: Ledger;
let followers: Follower[] = [];
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'seatrial-outbox-'));
  database = await pglite();
  ledger = await openLedger(database.url);
  await ledger.migrate();
});
afterEach(async () => {
  await Promise.all(followers.map((follower) => follower.stop()));
  followers = [];
});
afterAll(async () => {
  await ledger?.close();
  await database?.remove();
  await rm(dir, { recursive: true, force: true });
});

const requested = (model: string, version: string, minute: number): DomainEvent =>
  ({
    type: 'ReleaseRequested',
    data: { plan: plan({ model, version }), planRef: evidence('plan.json', '1') },
    at: at(minute),
  }) as unknown as DomainEvent;
const serving = (version: string | null, fence: number, minute: number): DomainEvent => ({
  type: 'ChampionChanged',
  data: { version, replaced: null, why: 'promoted', fence },
  at: at(minute),
});
const append = (stream: string, after: number, ...events: DomainEvent[]) =>
  ledger.append({ stream, after, events });

describe('a feed', () => {
  const places = (streams: readonly { entries: readonly LedgerEntry[] }[], model: string): string[] =>
    streams.flatMap(({ entries }) =>
      entries
        .filter(({ stream }) => stream.includes(model))
        .map(({ stream, seq }) => `${stream.split('/').at(-1)} ${seq}`),
    );

  test('gives each stream in order, again until it is confirmed, and to a new process only the rest', async () => {
    const model = unique('feed');
    const note: DomainEvent = { type: 'Noted', data: {}, at: at(1) };
    await append(`release/${model}/v1`, 0, note, note, note);
    await append(`release/${model}/v2`, 0, note);
    const reader = unique('reader');
    const feed = ledger.feed(reader);
    expect(places(await feed.unread(1_000), model)).toEqual(['v1 1', 'v1 2', 'v1 3', 'v2 1']);
    expect(places(await feed.unread(1_000), model)).toHaveLength(4);
    await feed.confirm(`release/${model}/v1`, 2);
    // Late news of an older place, as of a second process, must not bring back what is done.
    await feed.confirm(`release/${model}/v1`, 1);
    expect(places(await ledger.feed(reader).unread(1_000), model)).toEqual(['v1 3', 'v2 1']);
    expect(places(await feed.unread(1_000, [`release/${model}/v1`]), model)).toEqual(['v2 1']);
    expect(places(await ledger.feed(unique('reader')).unread(1_000), model)).toHaveLength(4);
  });

  test('leaves out no entry that appears after newer ones', async () => {
    const model = unique('late');
    const feed = ledger.feed(unique('reader'));
    const readAll = async (): Promise<string[]> => {
      const found: string[] = [];
      for (let next = await feed.unread(100); next.length > 0; next = await feed.unread(100)) {
        for (const { stream, entries } of next) await feed.confirm(stream, entries.at(-1)?.seq ?? 0);
        found.push(...places(next, model));
      }
      return found;
    };
    await append(`release/${model}/v1`, 0, { type: 'Noted', data: {}, at: at(1) });
    expect(await readAll()).toEqual(['v1 1']);
    // A transaction that began five minutes ago is finished only now.
    const [entry] = chain(`release/${model}/v2`, [{ type: 'Noted', data: {}, at: at(1) }], GENESIS, sha256);
    if (!entry) throw new Error('no entry');
    const client = new pg.Client(database.url);
    await client.connect();
    await client.query(
      `insert into seatrial_ledger (stream, seq, hash, previous_hash, body, appended_at)
       values ($1, 1, $2, $3, $4, now() - interval '5 minutes')`,
      [entry.stream, entry.hash, entry.previousHash, entryBody(entry)],
    );
    await client.end();
    expect(await readAll()).toEqual(['v2 1']);
    expect(await readAll()).toEqual([]);
  });
});

describe('the registry', () => {
  function start(folder: string): Follower {
    const sink = { ...registrySink(openFileRegistry(folder), ledger), name: unique('registry') };
    const follower = follow(ledger.feed(sink.name), sink, quiet);
    followers.push(follower);
    return follower;
  }
  const caughtUp = (follower: Follower) =>
    pollUntil(
      'the ledger’s end',
      () => Promise.resolve(follower.now()),
      (now) => now.caughtUp,
    );

  test('knows versions, where they came from, who serves and who is in release', async () => {
    for (const [stream, events] of Object.entries(story())) await append(stream, 0, ...events);
    const folder = join(dir, unique('story'));
    await caughtUp(start(folder));
    const view = await openFileRegistry(folder).view(MODEL);
    expect(view?.aliases).toEqual({ champion: 'v1', challenger: 'r2' });
    expect(view?.versions['v1']?.tags).toMatchObject({
      'seatrial.state': 'live',
      'seatrial.stage.production': 'pass',
    });
    expect(view?.versions['r2']).toMatchObject({
      sha256: files.model2.sha256,
      tags: {
        'seatrial.state': 'in release',
        'seatrial.release': `release/${MODEL}/r2`,
        'seatrial.plan': files.plan2.sha256,
        'seatrial.previous_version': 'v1',
        'seatrial.drift_events': 'live/performance/w24',
      },
    });
  });

  test('moves the champion on, and back after a rollback', async () => {
    const model = unique('model');
    const folder = join(dir, model);
    const follower = start(folder);
    const champion = (version: string | undefined) =>
      pollUntil(
        `champion ${version}`,
        () => openFileRegistry(folder).view(model),
        (view) => view !== undefined && view.aliases.champion === version,
      );
    await append(`release/${model}/v1`, 0, requested(model, 'v1', 1));
    await append(`release/${model}/v2`, 0, requested(model, 'v2', 2));
    await append(`model/${model}`, 0, serving('v1', 1, 3));
    await champion('v1');
    await append(`model/${model}`, 1, serving('v2', 2, 4));
    await champion('v2');
    await append(`model/${model}`, 2, serving('v1', 3, 5));
    await champion('v1');
    await append(`model/${model}`, 3, serving(null, 4, 6));
    await champion(undefined);
    expect(outboxHealth([follower])).toMatchObject({ ok: true });
  });

  test('that is away holds up nobody, and hears everything when it is back', async () => {
    const model = unique('away');
    const folder = join(dir, model);
    await writeFile(folder, 'no folder');
    const follower = start(folder);
    await pollUntil(
      'it to be away',
      () => Promise.resolve(follower.now()),
      ({ away }) => away !== null,
    );
    for (let n = 1; n <= 20; n += 1) await append(`release/${model}/v${n}`, 0, requested(model, `v${n}`, n));
    await append(`model/${model}`, 0, serving('v7', 1, 30));
    expect(follower.now().away).not.toBeNull();
    expect(outboxHealth([follower])).toMatchObject({ ok: true });
    expect(outboxHealth([follower], performance.now() + 61_000)).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/is away: the registry's folder .* failed/) as string,
    });
    await rename(folder, `${folder}.moved`);
    await mkdir(folder);
    await caughtUp(follower);
    const view = await openFileRegistry(folder).view(model);
    expect(Object.keys(view?.versions ?? {})).toHaveLength(20);
    expect(view?.aliases).toEqual({ champion: 'v7', challenger: 'v20' });
  });

  test('is told of a model’s other streams while one waits for a fact that is not there yet', async () => {
    const model = unique('waits');
    const folder = join(dir, model);
    const follower = start(folder);
    await append(`model/${model}`, 0, serving('v1', 1, 3));
    await append(`release/${model}/v0`, 0, requested(model, 'v0', 1));
    await pollUntil(
      'the other stream',
      () => openFileRegistry(folder).view(model),
      (view) => view !== undefined,
    );
    await pollUntil(
      'the wait',
      () => Promise.resolve(follower.now()),
      ({ setAside }) => setAside.size === 1,
    );
    expect(outboxHealth([follower])).toMatchObject({
      ok: false,
      detail: expect.stringContaining(
        `would not take model/${model}: the ledger has no beginning of`,
      ) as string,
    });
    await append(`release/${model}/v1`, 0, requested(model, 'v1', 2));
    await caughtUp(follower);
    expect((await openFileRegistry(folder).view(model))?.aliases.champion).toBe('v1');
    expect(outboxHealth([follower])).toMatchObject({ ok: true });
  });
});

test('a process that is killed in the middle goes on where it was', async () => {
  const model = unique('killed');
  const folder = join(dir, model);
  const health = await freePort();
  const start = () =>
    startScript({
      name: 'outbox',
      file: join(import.meta.dirname, '../../services/outbox/main.ts'),
      log: join(dir, 'outbox.log'),
      env: { DATABASE_URL: database.url, REGISTRY_DIR: folder, HEALTH_PORT: String(health), DATA_DIR: dir },
      ready: async () => (await fetch(`http://127.0.0.1:${health}/health`)).ok,
    });
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${health}/metrics`)).text();
    return Number(new RegExp(`^${name}\\{sink="registry"\\} (\\d+)`, 'm').exec(text)?.[1]);
  };
  const versions = 120;
  for (let n = 1; n <= versions; n += 1)
    await append(`release/${model}/v${n}`, 0, requested(model, `v${n}`, n));
  const first = await start();
  await pollUntil(
    'some to be told',
    () => metric('seatrial_outbox_told'),
    (told) => told > 20,
  );
  first.kill('SIGKILL');
  await first.exited;
  const second = await start();
  try {
    await pollUntil(
      'the rest',
      () => metric('seatrial_outbox_caught_up'),
      (up) => up === 1,
    );
    const view = await openFileRegistry(folder).view(model);
    expect(Object.keys(view?.versions ?? {})).toHaveLength(versions);
    expect(view?.aliases).toEqual({ challenger: `v${versions}` });
    // Its own count starts anew; where it goes on does not.
    const client = new pg.Client(database.url);
    await client.connect();
    const { rows } = await client.query<{ count: number }>(
      'select count(*)::integer as count from seatrial_ledger',
    );
    await client.end();
    expect(await metric('seatrial_outbox_told')).toBeLessThan((rows[0]?.count ?? 0) - 20);
  } finally {
    await second.stop();
  }
});
