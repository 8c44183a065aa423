// Proves that `seatrial reproduce` trains a version again from its ledger and its evidence alone: a model that scikit-learn really trained
// on real flights comes out the same, also after its code has moved on; another seed, other parameters and other code are told, with how far
// the answers are apart; data that is lost or changed, code that nobody has and a program that is not here are named, with how to mend it.
// What was read, and what came of it, is in the ledger.
import { execFileSync } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEvidence, type EvidenceStore } from '../../adapters/evidence/index.ts';
import { openLedger, sha256, type Ledger } from '../../adapters/ledger/index.ts';
import { listEvidence, readAccessLog } from '../../client/evidence.ts';
import type { Reproduction } from '../../client/reproduce/index.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { JsonObject } from '../../contracts/json.ts';
import type { Plan, TrainerSpec } from '../../contracts/plan.ts';
import { verifyChain } from '../../domain/ledger/index.ts';
import { flights, python, trainScript } from '../example/flights.ts';
import { runCli } from '../client/run-cli.ts';
import { pglite, type TestDatabase } from '../ledger/databases.ts';
import { plan } from '../support/plans.ts';
import { unique } from '../support/unique.ts';

let root: string;
let database: TestDatabase;
let ledger: Ledger;
let store: EvidenceStore;
/** The training code, in a git repository: its newest commit is not the one that trained. */
let code: string;
let commit: string;
let training: EvidenceRef;
/** Trained with seed 1 on shuffled labels, so that the seed decides something. */
let released: Record<string, EvidenceRef>;
let trainer: TrainerSpec;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'seatrial-reproduce-test-'));
  database = await pglite();
  ledger = await openLedger(database.url);
  await ledger.migrate();
  store = openEvidence(join(root, 'evidence'));
  code = join(root, 'repository/models/flights');
  await mkdir(code, { recursive: true });
  await copyFile(trainScript, join(code, 'train.py'));
  git('init', '-q');
  commit = commitAll('train');
  training = await store.putFile(await someFlights(), {
    name: 'training.parquet',
    mediaType: 'application/x',
  });
  trainer = {
    command: [python(), 'train.py'],
    dataCommand: ['false'],
    cwd: code,
    seed: 1,
    arguments: ['--iterations', '10', '--shuffle-labels'],
    timeoutSeconds: 120,
  };
  released = await trained();
  const text = await readFile(join(code, 'train.py'), 'utf8');
  await writeFile(join(code, 'train.py'), text.replace('GOLDEN_ROWS = 256', 'GOLDEN_ROWS = 128'));
  commitAll('move on');
});
afterAll(async () => {
  await ledger?.close();
  await database?.remove();
  await rm(root, { recursive: true, force: true });
});

function git(...args: string[]): string {
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
  return execFileSync('git', [...who, ...args], { cwd: join(root, 'repository'), encoding: 'utf8' }).trim();
}

function commitAll(message: string): string {
  git('add', '-A');
  git('commit', '-qm', message);
  return git('rev-parse', 'HEAD');
}

async function someFlights(): Promise<string> {
  const { dir } = await flights();
  const file = join(root, 'training.parquet');
  const duck = await (await DuckDBInstance.create(':memory:')).connect();
  const from = `read_parquet('${join(dir, 'flights-2013-01.parquet')}')`;
  await duck.run(`COPY (SELECT * FROM ${from} LIMIT 3000) TO '${file}' (FORMAT parquet)`);
  duck.closeSync();
  return file;
}

/** What the training command leaves, by file name without ending. */
async function trained(): Promise<Record<string, EvidenceRef>> {
  const out = join(root, unique('out'));
  const data = join(root, 'training.parquet');
  const args = [...trainer.arguments, '--data', data, '--out', out, '--seed', String(trainer.seed)];
  execFileSync(python(), [join(code, 'train.py'), ...args]);
  const files: Record<string, EvidenceRef> = {};
  for (const name of ['model.onnx', 'signature.json', 'golden.json', 'validation.parquet', 'training.json'])
    files[name.split('.')[0]!] = await store.putFile(join(out, name), { name, mediaType: 'application/x' });
  return files;
}

/** A release of it, as its ledger has it. */
async function release(more: Partial<Plan> = {}, without: readonly string[] = []): Promise<string> {
  const version = unique('v');
  const { model, signature, golden, validation, training: record } = released;
  const data = Object.entries({ golden, validation, training, 'training-record': record, ...more.data });
  const known = Object.fromEntries(data.filter(([name]) => !without.includes(name))) as Plan['data'];
  const whole = plan({
    version,
    artifact: model!,
    signature: signature!,
    retraining: {
      policy: { minSeverity: 'critical', coolDownHours: 1, budgetPer30Days: 1 },
      trainer,
      windowDays: 1,
    },
    ...more,
    data: known,
  });
  const planRef = await store.put(JSON.stringify(whole), {
    name: 'plan.json',
    mediaType: 'application/json',
  });
  const event = { type: 'ReleaseRequested', data: { plan: whole, planRef } as unknown as JsonObject };
  const at = '2013-03-01T00:00:00.000Z';
  await ledger.append({ stream: `release/${whole.model}/${version}`, after: 0, events: [{ ...event, at }] });
  return `${whole.model}/${version}`;
}

async function reproduce(name: string, ...args: string[]): Promise<Reproduction & { exit: number | null }> {
  const env = { DATABASE_URL: database.url, EVIDENCE_DIR: join(root, 'evidence') };
  const ran = await runCli(['reproduce', name, '--as', 'olga', '-o', 'json', ...args], root, env);
  if (ran.stdout === '') throw new Error(`${ran.code}: ${ran.stderr}`);
  return { ...(JSON.parse(ran.stdout) as Reproduction), exit: ran.code };
}

const withTrainer = (more: Partial<TrainerSpec>): Partial<Plan> => ({
  retraining: {
    policy: { minSeverity: 'critical', coolDownHours: 1, budgetPer30Days: 1 },
    trainer: { ...trainer, ...more },
    windowDays: 1,
  },
});

describe('the same', () => {
  test('by the digest of its code, which a commit before the newest has', async () => {
    const name = await release();
    const result = await reproduce(name);
    expect(result).toMatchObject({
      outcome: 'same',
      exit: 0,
      artifact: { released: released['model']!.sha256, again: released['model']!.sha256 },
      predictions: { golden: { rows: 256, largest: 0, flips: 0 }, validation: { rows: 296, largest: 0 } },
      differences: [],
      code: { commit },
    });

    const stream = `release/${name}`;
    const read = await readAccessLog(ledger, stream);
    expect(new Set(read.map(({ by, name: file }) => `${by} ${file}`))).toEqual(
      new Set(
        [
          'model.onnx',
          'signature.json',
          'golden.json',
          'validation.parquet',
          'training.json',
          'training.parquet',
        ].map((file) => `olga ${file}`),
      ),
    );
    const entries = await ledger.read(`reproduced/${name}`);
    expect(verifyChain(entries, sha256)).toMatchObject({ valid: true });
    expect(entries).toMatchObject([{ type: 'TrainingReproduced', data: { by: 'olga', outcome: 'same' } }]);
    const documents = (await listEvidence(ledger, stream)).filter(({ from }) => from === 'reproduction');
    expect(documents.map((one) => one.name)).toEqual(['reproduction.json', 'reproduction.log']);
    expect(await store.getJson(documents[0]!)).toMatchObject({ outcome: 'same', by: 'olga' });
    expect((await store.get(documents[1]!)).toString()).toContain('progress');
  });

  test('by the seed that was written down, whatever the plan says', async () => {
    const result = await reproduce(await release(withTrainer({ seed: 2 })));
    expect(result).toMatchObject({ outcome: 'same' });
    expect(result.differences).toEqual(["the plan's seed is 2; the training wrote down 1, which was used"]);
  });
});

test('the same in another environment, and which package it is', async () => {
  const record = await store.getJson<JsonObject>(released['training']!);
  const forged = JSON.stringify({
    ...record,
    versions: { ...(record['versions'] as JsonObject), numpy: '1.26.4' },
  });
  const older = await store.put(forged, { name: 'training.json', mediaType: 'application/json' });
  const result = await reproduce(await release({ data: { 'training-record': older } }));
  expect(result).toMatchObject({ outcome: 'same', exit: 0 });
  expect(result.differences).toEqual([expect.stringMatching(/^environment numpy was 1\.26\.4 and is 2\./)]);
});

describe('not the same', () => {
  test('with another seed, where nothing was written down', async () => {
    const lineage = { code: { commit }, trainer: { ...trainer, seed: 2 } } as unknown as JsonObject;
    const result = await reproduce(await release({ lineage }, ['training-record']));
    expect(result).toMatchObject({ outcome: 'different', exit: 12, code: { commit } });
    expect(result.summary).toMatch(/^other predictions: answers to 552 rows differ by 0\.\d+ at most/);
    expect(result.predictions['golden']!.largest).toBeGreaterThan(0.001);
    expect(result.differences).toContainEqual(expect.stringContaining('cannot be compared'));
  });

  test('with other parameters', async () => {
    const result = await reproduce(
      await release(withTrainer({ arguments: ['--iterations', '12', '--shuffle-labels'] })),
    );
    expect(result).toMatchObject({ outcome: 'different', exit: 12 });
    expect(result.differences).toContain('parameter iterations was 10 and is 12');
  });
});

describe('impossible', () => {
  test('when the code is another one, unless it is tried anyway', async () => {
    const record = await store.getJson<JsonObject>(released['training']!);
    const forged = JSON.stringify({ ...record, code: { 'train.py': 'f'.repeat(64) } });
    const other = await store.put(forged, { name: 'training.json', mediaType: 'application/json' });
    const name = await release({ data: { 'training-record': other } });
    const result = await reproduce(name);
    expect(result).toMatchObject({ outcome: 'impossible', exit: 12, artifact: { again: null } });
    expect(result.summary).toMatch(/train\.py was ffffffffffff and has the digest [0-9a-f]{12}/);
    const anyway = await reproduce(name, '--anyway');
    expect(anyway).toMatchObject({ outcome: 'same', exit: 0 });
    expect(anyway.differences).toContainEqual(expect.stringMatching(/^code: train\.py was f+/));
  });

  test('when the commit is not there', async () => {
    const lineage = { code: { commit: 'a'.repeat(40), repository: 'https://git.example/models.git' } };
    const result = await reproduce(await release({ lineage }, ['training-record']));
    expect(result.lacks).toEqual([
      {
        what: `the repository has no commit ${'a'.repeat(40)}`,
        mend: 'fetch it from https://git.example/models.git, or name a repository that has it with --code',
      },
    ]);
  });

  test('when the program is not there, with what it had', async () => {
    const result = await reproduce(await release(withTrainer({ command: ['./no/python', 'train.py'] })));
    expect(result.lacks).toMatchObject([
      { what: 'the program ./no/python is not on this machine', mend: /.*/ },
    ]);
    expect(result.lacks[0]!.mend).toMatch(/--program\. It had python 3\.\d+\.\d+, scikit-learn 1\.7\.2/);
    const other = await reproduce(
      await release(withTrainer({ command: ['./no/python', 'train.py'] })),
      ...['--program', python()],
    );
    expect(other).toMatchObject({ outcome: 'same' });
  });

  test('when the plan does not say how or on what', async () => {
    const [none, blind] = [
      await release({}, ['training']),
      await release({ retraining: undefined } as never),
    ];
    expect((await reproduce(none)).summary).toContain('which file the version was trained on');
    expect((await reproduce(blind)).summary).toContain('which command trained the version');
  });

  test('when the data has been changed, and when it is gone', async () => {
    const lost = await store.put('lost', { name: 'training.parquet', mediaType: 'text/plain' });
    const file = await store.path(lost);
    await chmod(file, 0o644);
    await writeFile(file, 'other');
    const name = await release({ data: { training: lost } });
    const result = await reproduce(name);
    expect(result).toMatchObject({ outcome: 'impossible', exit: 12, code: null });
    expect(result.lacks).toMatchObject([
      {
        what: expect.stringContaining('has been changed') as string,
        mend: expect.stringContaining(lost.sha256) as string,
      },
    ]);
    await rm(file);
    expect((await reproduce(name)).summary).toContain(`Evidence ${lost.sha256} is not in`);
  });
});
