// Proves on a real Temporal, database and evidence store that a release leaves a dossier, however it ends: written by its workflow, named in
// its ledger, whole in the store, made up anew by the CLI; and that one which cannot be written holds up nothing.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lightActivities } from '../../activities/index.ts';
import { sha256 } from '../../adapters/ledger/index.ts';
import type { StageActivity } from '../../contracts/activities.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { LedgerEntry } from '../../contracts/ledger.ts';
import type { Dossier } from '../../domain/dossier/index.ts';
import { verifyChain } from '../../domain/ledger/index.ts';
import { runCli } from '../client/run-cli.ts';
import { startEngine, type Engine, type Release } from '../support/engine.ts';
import { taskFailures } from '../support/histories.ts';
import { gate, report, stage } from '../support/plans.ts';
import { pollUntil } from '../support/poll.ts';

let engine: Engine;
let folder: string;

const sandbox: StageActivity = async ({ version }) => {
  const verdict = version.startsWith('bad') ? ('fail' as const) : ('pass' as const);
  const file = await engine.evidence.put(`report of ${version}`, {
    name: 'sandbox-report.json',
    mediaType: 'application/json',
  });
  return {
    ...report(verdict),
    metrics: { auc: { value: 0.7125, unit: '1', lower: 0.69, upper: 0.73, samples: 5000 } },
    evidence: [file],
  };
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatrial-dossier-'));
  engine = await startEngine({
    stages: { sandbox },
    light: (context) => ({
      writeDossier: (input) =>
        input.version === 'bad-disk'
          ? Promise.reject(ApplicationFailure.nonRetryable('the disk is full', 'EvidenceUnavailable'))
          : lightActivities(context).writeDossier(input),
    }),
  });
});
afterAll(async () => {
  await engine?.stop();
  await rm(folder, { recursive: true, force: true });
});

const entriesOf = ({ plan }: Release): Promise<readonly LedgerEntry[]> =>
  engine.ledger.read(`release/${plan.model}/${plan.version}`);

async function writtenFor(release: Release, occasion: string): Promise<EvidenceRef[]> {
  const written = await pollUntil(
    `the dossier (${occasion})`,
    async () =>
      (await entriesOf(release)).find(
        ({ type, data }) => type === 'DossierWritten' && data['occasion'] === occasion,
      ),
    (entry) => entry !== undefined,
  );
  return written?.data['files'] as unknown as EvidenceRef[];
}

async function readWritten(files: readonly EvidenceRef[]): Promise<{ dossier: Dossier; html: string }> {
  expect(files.map(({ name }) => name)).toEqual(['dossier.html', 'dossier.md', 'dossier.json']);
  const [html, , json] = await Promise.all(files.map((file) => engine.evidence.get(file)));
  return { dossier: JSON.parse(String(json)) as Dossier, html: String(html) };
}

const cli = (...args: string[]) =>
  runCli(['dossier', ...args], folder, {
    DATABASE_URL: engine.stack.databaseUrl,
    EVIDENCE_DIR: engine.stack.evidenceDir,
  });

test('a version that serves leaves one, and another at its end', { timeout: 120_000 }, async () => {
  const steps = [stage('sandbox'), stage('production')];
  const first = await engine.start({ version: '1', steps });
  await first.until('live', ({ situation }) => situation === 'live');
  const atPromotion = await readWritten(await writtenFor(first, 'promotion'));
  expect(atPromotion.dossier).toMatchObject({ state: 'live', dangling: [], times: { ended: null } });
  expect(atPromotion.dossier.story.map(({ what }) => what)).toContain('serves everybody');

  const next = await engine.start({ version: '2', steps });
  await next.until('live', ({ situation }) => situation === 'live');
  await first.handle.result();
  const atEnd = await readWritten(await writtenFor(first, 'end'));
  expect(atEnd.dossier).toMatchObject({ state: 'superseded', dangling: [] });
  expect(atEnd.html).toContain('0.7125');
  const entries = await entriesOf(first);
  expect(verifyChain(entries, sha256)).toMatchObject({ valid: true });
  const { seq, hash } = atEnd.dossier.ledger.head;
  expect(entries[seq - 1]?.hash).toBe(hash);
  expect(await taskFailures(first.handle)).toEqual([]);

  const out = join(folder, 'dossier.html');
  expect(await cli('flight-delays/1', '--out', out)).toMatchObject({ code: 0, stderr: '' });
  const anew = await readFile(out, 'utf8');
  for (const said of ['Dossier of a release, superseded', '0.7125', 'serves everybody'])
    expect(anew).toContain(said);
  const { stdout } = await cli('flight-delays/1');
  expect(stdout).toMatch(/auc +0\.7125 \(0\.69 to 0\.73\)/);
  expect(stdout).toContain(`seatrial verify flight-delays/1 --head`);
});

test('a version that is rejected leaves one too', { timeout: 60_000 }, async () => {
  const release = await engine.start({
    version: 'bad-1',
    steps: [stage('sandbox'), gate('validation', { 'model-risk': 1 }), stage('production')],
  });
  expect(await release.handle.result()).toMatchObject({ outcome: 'rejected' });
  const { dossier } = await readWritten(await writtenFor(release, 'end'));
  expect(dossier).toMatchObject({ state: 'rejected', dangling: [] });
  expect(dossier.unknown.join('\n')).toContain('What production would have found');
});

test(
  'one that cannot be written is noted, and the release ends as it would',
  { timeout: 60_000 },
  async () => {
    const release = await engine.start({ version: 'bad-disk', steps: [stage('sandbox')] });
    expect(await release.handle.result()).toMatchObject({ outcome: 'rejected' });
    const last = (await entriesOf(release)).at(-1);
    expect(last).toMatchObject({
      type: 'DossierNotWritten',
      data: { occasion: 'end', failure: { message: 'the disk is full' } },
    });
    expect(await taskFailures(release.handle)).toEqual([]);
    const { stdout } = await cli('flight-delays/bad-disk', '-o', 'json');
    expect((JSON.parse(stdout) as Dossier).story.at(-1)?.what).toContain('could not be written');
  },
);

test('the form of the file must be said, and the release must be known', { timeout: 60_000 }, async () => {
  const [noForm, unknown] = await Promise.all([
    cli('flight-delays/1', '--out', join(folder, 'dossier')),
    cli('flight-delays/nobody'),
  ]);
  expect(noForm).toMatchObject({ code: 2 });
  expect(noForm.stderr).toContain('end it in .html, .md or .json');
  expect(unknown.code).toBe(8);
});
