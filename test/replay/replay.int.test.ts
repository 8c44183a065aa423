// Proves that the workflows of today replay every history that was ever recorded, so that a release that began months
// ago goes on after a deployment; and that a workflow that asks for other things than it did is found out.
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker, makeTelemetryFilterString } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { payloadConverterPath, workflowBundle } from '../../worker/bundle.ts';
import { bundleOf } from './variant.ts';

const folder = join(import.meta.dirname, 'histories');
const root = join(import.meta.dirname, '../..');
const paths = [
  'happy',
  'rejected',
  'rejected-at-the-gate',
  'rolled-back',
  'aborted',
  'continued-as-new',
  'carried-over',
  'reviewed',
];

let files: string[];

beforeAll(async () => {
  // What replay finds out is told by its results; its log would repeat it for every changed workflow.
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
  });
  files = (await readdir(folder)).sort();
});

/** The error of each history, by file name; null where it replays. */
async function replay(code: string): Promise<Record<string, Error | null>> {
  async function* histories() {
    for (const file of files) {
      const text = await readFile(join(folder, file), 'utf8');
      yield { workflowId: file, history: historyFromJSON(JSON.parse(text)) };
    }
  }
  const options = {
    workflowBundle: { code },
    dataConverter: { payloadConverterPath },
    replayName: `replay-${Math.random().toString(36).slice(2)}`,
  };
  const errors: Record<string, Error | null> = {};
  for await (const { workflowId, error } of Worker.runReplayHistories(options, histories()))
    errors[workflowId] = error ?? null;
  return errors;
}

describe('the recorded histories', () => {
  test('there is one of each path, and none tells of the machine that it was recorded on', async () => {
    for (const path of paths)
      expect(files.filter((file) => new RegExp(`^${path}\\.\\d+\\.json$`).test(file))).not.toEqual([]);
    for (const file of files) {
      const text = await readFile(join(folder, file), 'utf8');
      const payloads = [...text.matchAll(/"data": "([^"]*)"/g)].map(([, data]) =>
        Buffer.from(data ?? '', 'base64').toString('utf8'),
      );
      const all = [text, ...payloads].join('\n');
      expect(all.match(/\/tmp\/|\/home\/|\/Users\/|"\d+@|127\.0\.0\.1|localhost/), file).toBeNull();
      expect(all.includes(root), file).toBe(false);
    }
  });

  test('replay on the workflows of today', async () => {
    const { bundle } = await workflowBundle();
    const errors = await replay((bundle as { code: string }).code);
    expect(Object.keys(errors).sort()).toEqual(files);
    for (const [file, error] of Object.entries(errors)) expect(error, file).toBeNull();
  });
});

describe('a changed workflow is found out', () => {
  let variant: string;

  // Inside the repository, so that its packages are found.
  beforeAll(async () => {
    variant = await mkdtemp(join(root, '.cache/variant-'));
    for (const room of ['workflows', 'domain', 'contracts'])
      await cp(join(root, room), join(variant, room), { recursive: true });
  });
  afterAll(() => rm(variant, { recursive: true, force: true }));

  async function replayWith(
    file: string,
    was: string,
    becomes: string,
  ): Promise<Record<string, Error | null>> {
    const path = join(variant, file);
    const text = await readFile(path, 'utf8');
    expect(text).toContain(was);
    await writeFile(path, text.replace(was, becomes));
    try {
      return await replay(await bundleOf(variant));
    } finally {
      await writeFile(path, text);
    }
  }

  test('when an activity is no longer asked for, by every history that asked for it', async () => {
    const errors = await replayWith(
      'workflows/release-work.ts',
      'light.prepareGateBrief.executeWithOptions({ summary: `brief for gate ${gate}` }, [input])',
      'Promise.resolve({ ...input.planRef })',
    );
    for (const [file, error] of Object.entries(errors)) {
      const hasGate = /^(happy|rejected-at-the-gate|aborted|continued-as-new|reviewed)\./.test(file);
      expect(error?.name ?? null, file).toBe(hasGate ? 'DeterminismViolationError' : null);
      if (hasGate) expect(error?.message, file).toMatch(/[Nn]ondeterminism/);
    }
  });

  test('when a gate has no deadline any more', async () => {
    const errors = await replayWith(
      'workflows/release-work.ts',
      'await sleep(Math.max(1, Date.parse(dueAt) - Date.now()), { summary: `deadline of gate ${gate}` });',
      'return;',
    );
    expect(errors['aborted.1.json']?.name).toBe('DeterminismViolationError');
    expect(errors['rejected.1.json']).toBeNull();
  });
});
