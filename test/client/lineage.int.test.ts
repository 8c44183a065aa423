// Proves that `seatrial lineage` finds one chain in a real ledger from a release, a decision, a model and a digest, for
// people and for programs, and ends with another code when something that the chain names is not there.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEvidence } from '../../adapters/evidence/index.ts';
import { openLedger } from '../../adapters/ledger/index.ts';
import type { FoundLineage } from '../../client/index.ts';
import type { Part } from '../../stack/part.ts';
import { startDatabase } from '../../stack/parts/database.ts';
import { DECISION, files, MODEL, RETRAINING, story } from '../lineage/books.ts';
import { runCli } from './run-cli.ts';

let folder: string;
let database: Part;
const lineage = (what: string, env: Record<string, string> = {}, ...more: string[]) =>
  runCli(['lineage', what, ...more], folder, { DATABASE_URL: String(database.extra['url']), ...env });
const json = async (what: string): Promise<FoundLineage> =>
  JSON.parse((await lineage(what, {}, '-o', 'json')).stdout) as FoundLineage;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatrial-lineage-'));
  database = await startDatabase({ dataDir: join(folder, 'database') });
  const ledger = await openLedger(String(database.extra['url']));
  await ledger.migrate();
  for (const [stream, events] of Object.entries(story())) await ledger.append({ stream, after: 0, events });
  await ledger.close();
});
afterAll(async () => {
  await database?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('seatrial lineage', () => {
  test('shows a tree to people, without colour in a pipe', async () => {
    const { code, stdout, stderr } = await lineage(`${MODEL}/r2`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^model flight-delays\n└─ release v1 {2}live\n/);
    expect(stdout).toContain('release r2  observing  <- asked for\n');
    expect(stdout).not.toContain('\u001b');
  });

  test.each([
    ['a release', `${MODEL}/r2`, `release/${MODEL}/r2`],
    ['a decision', DECISION, RETRAINING],
    ['a retraining', RETRAINING, RETRAINING],
    ['a model', MODEL, `model/${MODEL}`],
    ['the digest of data', files.data.sha256.slice(0, 12), RETRAINING],
  ])('answers programs the same of %s', async (_name, what, stream) => {
    const found = await json(what);
    expect(found.asked.stream).toBe(stream);
    expect(found.releases.map(({ version }) => version)).toEqual(['v1', 'r2']);
    expect(found.retrainings.map(({ decision }) => decision)).toEqual([DECISION]);
    expect(found.dangling).toEqual([]);
  });

  test('says of a digest who names it, and as what', async () => {
    const { asked } = await json(files.model2.sha256);
    expect(asked.named.map(({ stream, type, as }) => [stream, type, as])).toEqual([
      [`release/${MODEL}/r2`, 'ReleaseRequested', ['plan.artifact']],
      [RETRAINING, 'ModelTrained', ['files.model']],
    ]);
  });

  test('looks for the files where it knows the store, and is unsound without them', async () => {
    const dir = join(folder, 'evidence');
    await openEvidence(dir).put('something else', { name: 'a', mediaType: 'text/plain' });
    const { code, stdout } = await lineage(`${MODEL}/v1`, { EVIDENCE_DIR: dir });
    expect(code).toBe(12);
    expect(stdout).toContain(
      `names ${files.data.sha256}: training-data.parquet is not in the evidence store\n`,
    );
  });

  test.each([
    ['flight-delays/v9', 8, /Nothing in the ledger is called "flight-delays\/v9"/],
    ['0123456789abcdef', 8, /Nothing in the ledger is called/],
    ['a/b/c/d', 2, /names nothing. Write MODEL\/VERSION/],
  ])('does not know %s', async (what, expected, message) => {
    const { code, stdout, stderr } = await lineage(what);
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
