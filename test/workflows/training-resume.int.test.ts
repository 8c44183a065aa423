// Proves what teams see of a training, with the real worker as a process: it is followed while it runs, and how far it came stands on
// its page; the worker is killed by kill -9 in the middle, and another goes on from the checkpoint, so that no epoch is
// done twice; its log, of both attempts, is evidence; and afterwards nothing of it is left on the disk.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { retrainingWorkflowId } from '../../contracts/ids.ts';
import type { RetrainingInput } from '../../contracts/messages.ts';
import { taskQueues } from '../../contracts/task-queues.ts';
import type { RetrainingEvent } from '../../domain/retraining/index.ts';
import type { RetrainingResult } from '../../workflows/retraining.ts';
import { runCli } from '../client/run-cli.ts';
import { retraining } from '../support/drift.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { taskFailures } from '../support/histories.ts';
import { plan, stage } from '../support/plans.ts';
import { pollUntil } from '../support/poll.ts';

const activities = join(import.meta.dirname, '../activities');
const decision = 'v1.2013-06-16';
let engine: Engine;
beforeAll(async () => {
  engine = await startEngine({ stages: null, services: ['worker'] });
});
afterAll(() => engine?.stop());

async function inputFor(model: string): Promise<RetrainingInput> {
  const champion = plan({ model, version: 'v1', steps: [stage('noop')] });
  const planRef = await engine.evidence.put(JSON.stringify(champion), {
    name: 'plan.json',
    mediaType: 'application/json',
  });
  const trainer = {
    ...retraining.trainer,
    command: [process.execPath, 'trainer.mjs', 'epochs'],
    dataCommand: [process.execPath, 'window.mjs'],
    cwd: activities,
    arguments: [],
    checkpoint: true,
    timeoutSeconds: 120,
  };
  return {
    model,
    decision,
    version: 'v1',
    planRef,
    reason: 'log-loss 0.59 > 0.54',
    driftEvents: [],
    windowEnd: '2013-06-16T00:00:00.000Z',
    retraining: { ...retraining, trainer },
  };
}

test('a training whose worker is killed goes on where it was, and is followed all the while', async () => {
  const model = 'resumes';
  const id = retrainingWorkflowId(model, decision);
  const env = {
    DATABASE_URL: engine.stack.databaseUrl,
    EVIDENCE_DIR: engine.stack.evidenceDir,
    TEMPORAL_ADDRESS: engine.stack.temporalAddress,
  };
  const logs = (...more: string[]) => runCli(['logs', id, ...more], engine.stack.dataDir, env);
  const handle = await engine.client.workflow.start('retrainingWorkflow', {
    workflowId: id,
    taskQueue: taskQueues.release,
    args: [await inputFor(model)],
  });
  await pollUntil(
    'the beginning',
    () => engine.ledger.head(id),
    ({ seq }) => seq > 0,
  );
  const following = logs('--follow');

  const early = await pollUntil(
    'three epochs',
    () => logs(),
    ({ stdout }) => stdout.includes('epoch 3 of 10'),
  );
  expect(early.stdout).not.toContain('epoch 10 of 10');
  const page = async (): Promise<string> =>
    (await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata')).currentDetails ?? '';
  expect(await page()).toMatch(
    /^# Retraining resumes: training on 3 rows\n\n\*\*\d+ %\*\*: epoch \d+ of 10\n/,
  );

  const worker = engine.services.get('worker');
  worker.kill('SIGKILL');
  await worker.exited;
  await engine.services.restart('worker');
  const result = (await handle.result()) as RetrainingResult;
  expect(result.outcome).toBe('released');
  expect(await taskFailures(handle)).toEqual([]);

  const entries = (await engine.ledger.read(id)) as unknown as readonly RetrainingEvent[];
  const trained = entries.find((event) => event.type === 'ModelTrained');
  if (trained?.type !== 'ModelTrained' || !trained.data.files['model'] || !trained.data.log)
    throw new Error(`no model with a log in ${JSON.stringify(entries)}`);
  const epochs = await engine.evidence.getJson<number[]>(trained.data.files['model']);
  expect(epochs).toHaveLength(10);
  const [first, last] = [epochs[0], epochs.at(-1)];
  expect(first).not.toBe(last);
  // The first process did the first ones, the second the rest.
  expect(epochs).toEqual([...epochs.filter((pid) => pid === first), ...epochs.filter((pid) => pid === last)]);
  const kept = (await engine.evidence.get(trained.data.log)).toString('utf8');
  const said = [...kept.matchAll(/epoch (\d+) of 10$/gm)].map(([, epoch]) => Number(epoch));
  // A line may be said of an epoch that was kept and lost its word; none is done twice.
  expect(new Set(said).size).toBe(said.length);
  expect(kept).toMatch(/^\[attempt 2, .*\]$/m);
  expect(trained.data.code?.commit === null || /^[0-9a-f]{40}$/.test(trained.data.code?.commit ?? '')).toBe(
    true,
  );

  expect(await following).toEqual({ code: 0, stdout: kept, stderr: '' });
  expect((await logs()).stdout).toBe(kept);
  const version = entries.find((event) => event.type === 'VersionRegistered');
  if (version?.type !== 'VersionRegistered') throw new Error('no version was registered');
  await pollUntil(
    'its release',
    () => engine.ledger.head(`release/${model}/${version.data.version}`),
    ({ seq }) => seq > 0,
  );
  const byRelease = await runCli(['logs', `${model}/${version.data.version}`], engine.stack.dataDir, env);
  expect(byRelease.stdout).toBe(kept);
  expect(await readdir(join(engine.stack.evidenceDir, 'training', model))).toEqual([]);
});
