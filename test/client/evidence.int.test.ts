// Proves that `seatrial evidence` lists every document of a release from a real ledger, fetches one as it was stored, and that nobody
// gets one without being in the access log, also when many ask at once.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEvidence } from '../../adapters/evidence/index.ts';
import { openLedger, sha256, type Ledger } from '../../adapters/ledger/index.ts';
import { accessStream, readAccessLog, readEvidence, type EvidenceLine } from '../../client/evidence.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { JsonValue } from '../../contracts/json.ts';
import { verifyChain } from '../../domain/ledger/index.ts';
import type { Part } from '../../stack/part.ts';
import { startDatabase } from '../../stack/parts/database.ts';
import { plan, report } from '../support/plans.ts';
import { runCli } from './run-cli.ts';

const RELEASE = 'release/flight-delays/1';
let folder: string;
let database: Part;
let ledger: Ledger;
let card: EvidenceRef;
let pages: EvidenceRef[];
const cli = (...args: string[]) => command('evidence', ...args);
const command = (...args: string[]) =>
  runCli(args, folder, {
    DATABASE_URL: String(database.extra['url']),
    EVIDENCE_DIR: join(folder, 'evidence'),
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatrial-evidence-'));
  database = await startDatabase({ dataDir: join(folder, 'database') });
  ledger = await openLedger(String(database.extra['url']));
  await ledger.migrate();
  const store = openEvidence(join(folder, 'evidence'));
  card = await store.put('# A model card\n', { name: 'model-card.md', mediaType: 'text/markdown' });
  pages = [
    await store.put('<p>page</p>', { name: 'governance-page.html', mediaType: 'text/html' }),
    await store.put('page', { name: 'governance-page.md', mediaType: 'text/markdown' }),
  ];
  const brief = await store.put('# Brief\n', { name: 'brief-validation.md', mediaType: 'text/markdown' });
  const json = (value: unknown): JsonValue => value as JsonValue;
  const at = '2013-03-01T00:00:00.000Z';
  const planRef = await store.put(JSON.stringify(plan()), {
    name: 'plan.json',
    mediaType: 'application/json',
  });
  await ledger.append({
    stream: RELEASE,
    after: 0,
    events: [
      { type: 'ReleaseRequested', data: { plan: json(plan()), planRef: json(planRef) }, at },
      {
        type: 'StageFinished',
        data: {
          step: 0,
          attempt: 1,
          report: json({ ...report('pass', 'governance'), evidence: [card, ...pages] }),
        },
        at,
      },
      { type: 'GateOpened', data: { step: 1, gate: 'validation', evidence: json(brief), dueAt: at }, at },
    ],
  });
});
afterAll(async () => {
  await ledger?.close();
  await database?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('lists every document with where it comes from', async () => {
  const { stdout, code } = await cli('flight-delays/1', '-o', 'json');
  expect(code).toBe(0);
  const lines = JSON.parse(stdout) as EvidenceLine[];
  expect(lines.map(({ from, name }) => `${from}: ${name}`)).toEqual([
    'plan: plan.json',
    'plan: model.onnx',
    'plan: signature.json',
    'governance: model-card.md',
    'governance: governance-page.html',
    'governance: governance-page.md',
    'gate validation: brief-validation.md',
  ]);
  const text = (await cli('flight-delays/1')).stdout;
  expect(text).toMatch(new RegExp(`^governance +${card.sha256} +15 +model-card\\.md$`, 'm'));
  expect((await cli('flight-delays/2')).code).toBe(8);
  expect((await cli('flight-delays/1', '--log')).stdout).toBe('nobody has fetched anything\n');
});

test('gives a document to whoever says who they are, and writes that down', async () => {
  const nameless = await cli('flight-delays/1', '--get', card.sha256);
  expect(nameless).toMatchObject({ code: 2, stdout: '' });
  expect(nameless.stderr).toContain('--as PERSON');
  expect(await cli('flight-delays/1', '--get', card.sha256.slice(0, 12), '--as', 'olga')).toEqual({
    code: 0,
    stdout: '# A model card\n',
    stderr: '',
  });
  const file = join(folder, 'card.md');
  await cli('flight-delays/1', '--get', card.sha256, '--as', 'max', '--to', file);
  expect(await readFile(file, 'utf8')).toBe('# A model card\n');
  const foreign = await cli('flight-delays/1', '--get', 'f'.repeat(64), '--as', 'olga');
  expect(foreign.code).toBe(2);
  const log = await readAccessLog(ledger, RELEASE);
  expect(log.map(({ by, name, sha256: digest }) => [by, name, digest])).toEqual([
    ['olga', 'model-card.md', card.sha256],
    ['max', 'model-card.md', card.sha256],
  ]);
  expect((await cli('flight-delays/1', '--log')).stdout).toMatch(
    /olga {2}[0-9a-f]{12} {2}model-card\.md\n.*max/,
  );
});

test('many at once are all in the log, and its chain is whole', async () => {
  const before = (await readAccessLog(ledger, RELEASE)).length;
  const store = openEvidence(join(folder, 'evidence'));
  const people = ['ann', 'bob', 'cem', 'dee'];
  await Promise.all(people.map((by) => readEvidence(ledger, store, RELEASE, card.sha256, by)));
  const log = await readAccessLog(ledger, RELEASE);
  expect(
    log
      .slice(before)
      .map(({ by }) => by)
      .sort(),
  ).toEqual(people);
  const entries = await ledger.read(accessStream(RELEASE));
  expect(verifyChain(entries, sha256)).toMatchObject({ valid: true, entries: entries.length });
  // An auditor checks the log of readers as any other ledger.
  const verified = await command('verify', 'viewed/flight-delays/1');
  expect(verified.stdout).toContain(`valid viewed/flight-delays/1: ${entries.length} entries`);
  expect(verified.code).toBe(0);
  expect(JSON.parse((await command('history', 'viewed/flight-delays/1', '-o', 'json')).stdout)).toMatchObject(
    {
      stream: 'viewed/flight-delays/1',
      entries: entries.map(({ hash }) => ({ hash })),
    },
  );
  const none = await command('verify', 'reproduced/flight-delays/1');
  expect([none.code, none.stderr]).toEqual([
    8,
    expect.stringContaining('The ledger has no entry of reproduced/flight-delays/1.'),
  ]);
});

test('what cannot be logged is not given', async () => {
  const store = openEvidence(join(folder, 'evidence'));
  const silent: Ledger = { ...ledger, append: () => Promise.reject(new Error('the disk is full')) };
  await expect(readEvidence(silent, store, RELEASE, card.sha256, 'olga')).rejects.toThrow('the disk is full');
});

test('`seatrial report` finds the page of a stage, writes it to a file, and says who read it', async () => {
  expect((await command('report', 'flight-delays/1')).stdout).toMatch(
    /^governance +[0-9a-f]{64} +11 +governance-page\.html\n$/,
  );
  const file = join(folder, 'page.html');
  const fetched = await command('report', 'flight-delays/1', 'governance', '--as', 'ines', '--to', file);
  expect(fetched).toMatchObject({ code: 0, stdout: `wrote governance-page.html, 11 bytes, to ${file}\n` });
  expect(await readFile(file, 'utf8')).toBe('<p>page</p>');
  const markdown = await command('report', 'flight-delays/1', 'governance', '--as', 'ines', '--markdown');
  expect(markdown.stdout).toBe('page');
  const read = (await readAccessLog(ledger, RELEASE)).filter(({ by }) => by === 'ines');
  expect(read.map(({ name }) => name)).toEqual(['governance-page.html', 'governance-page.md']);
  const unknown = await command('report', 'flight-delays/1', 'sandbox', '--as', 'ines');
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain('flight-delays/1 has no page of "sandbox"; there is governance.');
});
