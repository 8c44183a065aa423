// Proves: the command, run as a process of its own, answers programs in JSON and people in lines, ends with the documented exit
// code, and tells every failure in one block on standard error. Temporal and the database are real; the release is a stand-in.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLedger } from '../../adapters/ledger/index.ts';
import { exitCodes } from '../../client/cli/exit-codes.ts';
import type { LedgerExport } from '../../client/index.ts';
import type { DomainEvent } from '../../contracts/ledger.ts';
import { searchAttributeTypes } from '../../contracts/search-attributes.ts';
import { taskQueues } from '../../contracts/task-queues.ts';
import type { Part } from '../../stack/part.ts';
import { startDatabase } from '../../stack/parts/database.ts';
import { startTemporal } from '../../stack/parts/temporal.ts';
import { runCli } from './run-cli.ts';

let folder: string;
const cli = (...args: string[]) => runCli(args, folder);
const json = async (...args: string[]): Promise<{ code: number | null; value: unknown; error: unknown }> => {
  const { code, stdout, stderr } = await cli(...args, '-o', 'json');
  return {
    code,
    value: stdout === '' ? undefined : JSON.parse(stdout),
    error: stderr === '' ? undefined : JSON.parse(stderr),
  };
};

const release = (version: string) => `apiVersion: seatrial/v1
kind: Release
metadata: { model: flights, version: ${version}, summary: A test }
spec:
  requester: rita
  people: { model-risk: [max] }
  artifact: { path: model.onnx }
  serving: { fallback: { score: 0.2 } }
  steps:
    - stage: intake
    - gate: validation
      requires: { model-risk: 1 }
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatrial-cli-'));
  for (const name of ['model.onnx', 'signature.json']) await writeFile(join(folder, name), name);
  for (const version of ['v1', 'v2']) await writeFile(join(folder, `${version}.yaml`), release(version));
  await writeFile(join(folder, 'wrong.yaml'), release('v1').replace('requester', 'requestor'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('without any server', () => {
  test('docs/cli.md lists the exit codes as they are', async () => {
    const text = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8');
    const listed = [...text.matchAll(/^\| +(\d+) +\| (.*?) +\|$/gm)].map(([, code, meaning]) => [
      Number(code),
      meaning,
    ]);
    expect(listed).toEqual(Object.values(exitCodes).map(({ code, meaning }) => [code, meaning]));
  });

  test('lint says ok, or every error with its place', async () => {
    expect(await cli('lint', 'v1.yaml')).toEqual({ code: 0, stdout: 'ok v1.yaml\n', stderr: '' });
    expect(await cli('lint', 'wrong.yaml')).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'wrong.yaml:4:1: spec.requester is missing; add it: requester: TEXT\n' +
        'wrong.yaml:5:3: unknown field `requestor` in spec; rename it or take it out; did you mean requester?\n' +
        '2 errors in wrong.yaml\n',
    });
    expect(await json('lint', 'wrong.yaml')).toMatchObject({
      code: 2,
      value: {
        ok: false,
        problems: [
          { line: 4, column: 1 },
          { line: 5, column: 3, didYouMean: 'requester' },
        ],
      },
    });
  });

  test('plan shows what would be released, and its digest', async () => {
    const asJson = await json('plan', 'v1.yaml');
    expect(asJson).toMatchObject({ code: 0, value: { plan: { model: 'flights', version: 'v1' } } });
    const asText = await cli('plan', 'v1.yaml');
    expect(asText.stdout).toContain(
      ' 2. gate validation, within 2d, then reject, not rita\n    1 of model-risk: max\n',
    );
    expect(asText.stdout).toContain((asJson.value as { planRef: { sha256: string } }).planRef.sha256);
    expect(asText.stdout).not.toContain('\u001b');
  });

  test.each<[string, string[], RegExp]>([
    ['an unknown command', ['strat', 'v1.yaml'], /unknown command 'strat'\n\(Did you mean start\?\)/],
    [
      'a missing option',
      ['pause', 'flights/v1', '--reason', 'x'],
      /required option '--as <person>' not specified/,
    ],
    [
      'a rejection without a reason',
      ['reject', 'flights/v1', 'g', '--as', 'max'],
      /'--reason <text>' not specified/,
    ],
    ['a duration without a unit', ['status', 'flights/v1', '--timeout', '5'], /such as 30s, 10m, 48h or 7d/],
    ['a name that is no release', ['history', 'flights'], /"flights" is not a release. Write MODEL\/VERSION/],
    ['a setting that is missing', ['history', 'flights/v1'], /DATABASE_URL is not set/],
    ['a file that is not there', ['verify', './ledger.json'], /ledger\.json cannot be read/],
    ['a file that is no ledger', ['verify', 'signature.json'], /signature\.json cannot be read as JSON/],
  ])('%s is bad input', async (_name, args, message) => {
    const { code, stdout, stderr } = await cli(...args);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('a Temporal that is not there is said in one line', async () => {
    const { code, stdout, stderr } = await runCli(['list'], folder, { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect({ code, stdout }).toEqual({ code: 11, stdout: '' });
    expect(stderr).toMatch(
      /^error: Temporal did not answer \(.*\)\. Is it running, and is TEMPORAL_ADDRESS right\?.*\n$/,
    );
  });
});

describe('with Temporal and a database', () => {
  let temporal: Part;
  let database: Part;
  let worker: { stop(): Promise<void> } | undefined;

  beforeAll(async () => {
    temporal = await startTemporal({
      dataDir: join(folder, 'temporal'),
      searchAttributes: searchAttributeTypes,
    });
    database = await startDatabase({ dataDir: join(folder, 'database') });
    await mkdir(join(folder, '.seatrial'));
    const stack = {
      temporalAddress: temporal.address,
      temporalUi: temporal.extra['ui'],
      databaseUrl: database.extra['url'],
      evidenceDir: 'evidence',
    };
    await writeFile(join(folder, '.seatrial', 'stack.json'), JSON.stringify(stack));
  });
  afterAll(async () => {
    await worker?.stop();
    await temporal?.stop();
    await database?.stop();
  });

  test('a release is started once; the second start is refused in words', async () => {
    const first = await json('start', 'v1.yaml');
    expect(first).toMatchObject({ code: 0, value: { release: 'release/flights/v1' } });
    expect((first.value as { link: string }).link).toMatch(
      /\/namespaces\/default\/workflows\/release%2Fflights%2Fv1$/,
    );
    expect(await json('start', 'v1.yaml')).toMatchObject({
      code: 9,
      error: {
        error: {
          code: 'RELEASE_EXISTS',
          message:
            'release/flights/v1 exists already. A version is released once: choose a new version in metadata.version.',
        },
      },
    });
  });

  test('it is in the list, with and without a filter, and a wrong role cannot become a query', async () => {
    await expect
      .poll(async () => (await json('list', '--model', 'flights')).value, { timeout: 20_000, interval: 500 })
      .toMatchObject([
        { release: 'release/flights/v1', status: 'RUNNING', risk: 'medium', pendingRoles: [] },
      ]);
    expect((await json('list', '--awaiting', 'model-risk')).value).toEqual([]);
    expect((await cli('list')).stdout).toMatch(/^RELEASE +STATUS.*\nflights\/v1 +running /);
    expect(await json('list', '--awaiting', "x' OR 1=1")).toMatchObject({ code: 2 });
  });

  test('an unknown release is told from a worker that is away', async () => {
    expect(await json('get', 'flights/v9')).toMatchObject({
      code: 8,
      error: { error: { code: 'RELEASE_UNKNOWN' } },
    });
    const away = await json('status', 'flights/v1');
    expect(away).toMatchObject({ code: 11, error: { error: { code: 'UNAVAILABLE' } } });
    expect(JSON.stringify(away.error)).toContain('No worker answered');
  });

  describe('and a worker', () => {
    beforeAll(async () => {
      Runtime.install({ logger: new DefaultLogger('ERROR') });
      const connection = await NativeConnection.connect({ address: temporal.address });
      const running = await Worker.create({
        connection,
        taskQueue: taskQueues.release,
        workflowsPath: join(import.meta.dirname, 'stand-in-workflow.ts'),
        bundlerOptions: {
          // Imports end in .ts, and webpack's own resolver asks for .js.
          webpackConfigHook: (config) => ({ ...config, resolve: { ...config.resolve, extensionAlias: {} } }),
        },
      });
      const done = running.run();
      worker = {
        stop: async () => {
          running.shutdown();
          await done;
          await connection.close();
        },
      };
    });

    test('get shows what is asked of whom, with what to type and what to paste', async () => {
      const { code, stdout } = await cli('get', 'flights/v1');
      expect(code).toBe(0);
      expect(stdout).toContain('1 of model-risk: max');
      expect(stdout).toContain('seatrial approve flights/v1 validation --as max --evidence eeeeeeeeeeee');
      expect(stdout).toContain('"evidence":"eeeeeeeeeeee"');
    });

    test('status says in its exit code that somebody must decide', async () => {
      expect(await json('status', 'flights/v1')).toMatchObject({ code: 4, value: { situation: 'deciding' } });
      const late = await json('status', 'flights/v1', '--watch', '--timeout', '2s');
      expect(late).toMatchObject({ code: 124, error: { error: { code: 'TIMEOUT' } } });
    });

    test('a refused decision says why; an accepted one says for which evidence', async () => {
      const as = (person: string, ...more: string[]) =>
        json('approve', 'flights/v1', 'validation', '--as', person, ...more);
      expect(await as('rita')).toMatchObject({
        code: 10,
        error: { error: { message: 'rita holds none of the roles' } },
      });
      expect(await as('max', '--evidence', 'f'.repeat(12))).toMatchObject({
        code: 10,
        error: { error: { message: 'another evidence is shown now' } },
      });
      expect(await json('approve', 'flights/v1', 'canary', '--as', 'max')).toMatchObject({
        code: 10,
        error: { error: { code: 'REFUSED' } },
      });
      expect(await as('max')).toMatchObject({
        code: 0,
        value: { evidence: 'e'.repeat(64), decision: 'approve' },
      });
      expect(await json('status', 'flights/v1')).toMatchObject({ code: 3 });
    });

    test('a command is answered, also when it is refused', async () => {
      const send = (command: string) => json(command, 'flights/v1', '--as', 'olga', '--reason', 'enough');
      expect(await send('retry')).toMatchObject({
        code: 10,
        error: { error: { message: 'release/flights/v1 refused to retry: no stage is held' } },
      });
      expect(await send('pause')).toMatchObject({ code: 0, value: { paused: true } });
      expect(await json('status', 'flights/v1')).toMatchObject({ code: 4 });
      expect(await send('abort')).toMatchObject({ code: 0, value: { outcome: 'aborted' } });
    });

    test('status --watch ends with the code of how the release ended', async () => {
      const { code, stdout } = await cli('status', 'flights/v1', '--watch');
      expect({ code, stdout }).toEqual({
        code: 7,
        stdout: 'flights/v1 aborted: validation: olga ended it: enough\n',
      });
    });

    test('a version that is over is still released only once', async () => {
      expect((await json('start', 'v1.yaml')).code).toBe(9);
      expect((await json('start', 'v2.yaml')).code).toBe(0);
    });
  });

  describe('and a ledger', () => {
    const at = (hour: number) => `2026-03-01T${String(hour).padStart(2, '0')}:00:00.000Z`;
    const changed = (version: string, hour: number): DomainEvent => ({
      type: 'ChampionChanged',
      data: { version },
      at: at(hour),
    });

    beforeAll(async () => {
      const ledger = await openLedger(String(database.extra['url']));
      try {
        await ledger.migrate();
        await ledger.append({
          stream: 'model/flights',
          after: 0,
          events: [changed('v1', 8), changed('v2', 10)],
        });
      } finally {
        await ledger.close();
      }
    });

    test.each([
      ['2026-03-01T07:00:00Z', 'nothing'],
      ['2026-03-01T09:00:00Z', 'v1'],
      ['2026-03-01T11:00:00Z', 'v2'],
    ])('history of a model says which version served at %s', async (time, version) => {
      expect((await cli('history', 'model/flights', '--at', time)).stdout).toContain(
        `serving at ${time}: ${version}\n`,
      );
    });

    test('an export is verified offline, and a changed one is named', async () => {
      const exported = await json('history', 'model/flights');
      expect(exported.code).toBe(0);
      const ledger = exported.value as LedgerExport;
      const file = join(folder, 'ledger.json');
      await writeFile(file, JSON.stringify(ledger));
      const offline = (...more: string[]) => runCli(['verify', 'ledger.json', ...more], folder);
      const noted = `2:${ledger.head.hash}`;
      expect(await offline('--head', noted)).toMatchObject({
        code: 0,
        stdout: `valid model/flights: 2 entries, head ${noted}\n`,
      });

      await writeFile(file, JSON.stringify(ledger).replace('"version":"v1"', '"version":"v7"'));
      expect(await offline()).toMatchObject({
        code: 12,
        stdout:
          'NOT VALID model/flights: changed at entry 1. Entry 1 was changed: its hash is not the hash of what it says.\n',
      });

      await writeFile(
        file,
        JSON.stringify({ ...ledger, head: ledger.entries[0], entries: ledger.entries.slice(0, 1) }),
      );
      expect((await offline()).code).toBe(0);
      expect(await offline('--head', noted)).toMatchObject({
        code: 12,
        stdout: expect.stringContaining('missing at entry 2'),
      });
    });

    test('verify reads the database too, and nothing does not pass for sound', async () => {
      expect(await json('verify', 'model/flights')).toMatchObject({
        code: 0,
        value: { valid: true, entries: 2 },
      });
      expect(await json('verify', 'flights/v9')).toMatchObject({ code: 8 });
    });
  });

  test('doctor names what is there, what is not, and how to mend it', async () => {
    const { code, value } = await json('doctor');
    const { findings } = value as { findings: { what: string; ok: boolean; mend?: string }[] };
    const byName = Object.fromEntries(findings.map(({ what, ok }) => [what, ok]));
    expect(code).toBe(12);
    expect(byName).toMatchObject({
      Temporal: true,
      namespace: true,
      'search attributes': true,
      ledger: true,
      evidence: true,
      Kafka: false,
      gateway: false,
    });
    expect(findings.filter(({ ok }) => !ok).every(({ mend }) => mend !== undefined)).toBe(true);
  });
});
