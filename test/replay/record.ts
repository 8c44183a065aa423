/**
 * Records the histories that every later build of the workflows must be able to replay: one release for each path of its
 * life, on real servers. `node --import tsx test/replay/record.ts [behaviour...]` adds `histories/<behaviour>.<n>.json`, in the
 * form of `temporal workflow show -o json`. The folder only grows: a history that was once recorded is a promise.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { StageActivity } from '../../contracts/activities.ts';
import { installedProgram } from '../../stack/installed.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine, Release } from '../support/engine.ts';
import { moveOnEarly } from '../support/move-on.ts';
import { canary, gate, report, shortReview, stage } from '../support/plans.ts';

const folder = join(import.meta.dirname, 'histories');

const sandbox: StageActivity = ({ version }) =>
  Promise.resolve(report(version.startsWith('bad') ? 'fail' : 'pass'));
const review: StageActivity = () => Promise.resolve(report('fail', 'review'));
const oneStep = { ...canary, canary: { ...canary.canary!, steps: [{ weight: 30, minSamples: 1000 }] } };
const validation = gate('validation', { 'model-risk': 1, owner: 1 });

interface Recorded {
  readonly release: Release;
  /** Of the run to keep; the last one where absent. */
  readonly runId?: string;
}

type Record = (engine: Engine, model: string) => Promise<Recorded>;

async function approve({ handle, until }: Release): Promise<void> {
  const view = await until('the gate', ({ situation }) => situation === 'deciding');
  const { name = '', evidence } = view.gate ?? {};
  for (const approver of ['max', 'olga'])
    await handle.signal('approve', { gate: name, approver, evidence: evidence?.sha256, comment: 'read it' });
}

const paths: Readonly<globalThis.Record<string, Record>> = {
  async happy(engine, model) {
    const steps = [stage('sandbox'), validation, stage('production')];
    const release = await engine.start({ model, version: '1', steps });
    await release.until('the gate', ({ situation }) => situation === 'deciding');
    await release.handle.signal('pause', { by: 'sam', reason: 'the release train is full' });
    await release.handle.signal('approve');
    await release.handle.signal('resume', { by: 'sam', reason: 'there is room' });
    await approve(release);
    await release.until('live', ({ situation }) => situation === 'live');
    const next = await engine.start({ model, version: '2', steps: [stage('production')] });
    await next.until('live', ({ situation }) => situation === 'live');
    return { release };
  },

  async rejected(engine, model) {
    const release = await engine.start({ model, version: 'bad-1', steps: [stage('sandbox'), validation] });
    return { release };
  },

  async 'rejected-at-the-gate'(engine, model) {
    const release = await engine.start({ model, version: '1', steps: [stage('sandbox'), validation] });
    const view = await release.until('the gate', ({ situation }) => situation === 'deciding');
    const evidence = view.gate?.evidence.sha256;
    const vote = { gate: 'validation', approver: 'olga', evidence, comment: 'the slices are weak' };
    await release.handle.signal('reject', vote);
    return { release };
  },

  async 'rolled-back'(engine, model) {
    const steps = [stage('production')];
    const first = await engine.start({ model, version: '1', steps });
    await first.until('live', ({ situation }) => situation === 'live');
    const release = await engine.start({ model, version: '2', steps: [oneStep, ...steps] });
    await release.until('the canary', ({ situation }) => situation === 'observing');
    await release.handle.signal('rollback', { by: 'sam', reason: 'customers complain' });
    return { release };
  },

  async aborted(engine, model) {
    const release = await engine.start({ model, version: '1', steps: [stage('sandbox'), validation] });
    await release.until('the gate', ({ situation }) => situation === 'deciding');
    await release.handle.signal('abort', { by: 'sam', reason: 'changed our minds' });
    return { release };
  },

  /** Signed only when it was overdue, with an action of a person; then superseded. */
  async reviewed(engine, model) {
    const release = await engine.start({ model, version: '1', steps: shortReview(1, 1) });
    const overdue = await release.until('overdue', ({ review }) => review?.status === 'overdue');
    const action = { what: 'look at Newark', owner: 'owner', due: '2030-01-01', by: 'bea' };
    await release.handle.signal('openAction', action);
    await release.until('the action', ({ actions = [] }) => actions.length > 0);
    await release.handle.signal('closeAction', { action: 'a1', by: 'olga', reason: 'looked at' });
    for (const approver of ['olga', 'bea'])
      await release.handle.signal('approve', {
        gate: 'review',
        approver,
        evidence: overdue.gate?.evidence.sha256,
        comment: 'read it',
      });
    await release.until('signed', ({ review }) => review?.status === 'signed');
    const next = await engine.start({ model, version: '2', steps: [stage('production')] });
    await next.until('live', ({ situation }) => situation === 'live');
    return { release };
  },

  async 'continued-as-new'(engine, model) {
    const steps = [stage('sandbox'), validation, stage('production')];
    const release = await engine.start({ model, version: '1', steps });
    const first = (await release.handle.describe()).runId;
    await approve(release);
    await release.until('live', ({ situation }) => situation === 'live');
    while ((await release.handle.describe()).runId === first)
      await new Promise((resolve) => setTimeout(resolve, 100));
    return { release, runId: first };
  },

  /** The run after: it begins with what the one before carried. */
  async 'carried-over'(engine, model) {
    const { release } = await paths['continued-as-new']!(engine, model);
    await release.handle.signal('rollback', { by: 'sam', reason: 'customers complain' });
    return { release };
  },
};

const early = new Set(['continued-as-new', 'carried-over']);

async function main(wanted: readonly string[]): Promise<void> {
  const names = wanted.length > 0 ? wanted : Object.keys(paths);
  const unknown = names.filter((name) => !Object.hasOwn(paths, name));
  if (unknown.length > 0)
    throw new Error(`no path is called ${unknown.join(', ')}; there are ${Object.keys(paths).join(', ')}`);
  await mkdir(folder, { recursive: true });
  for (const movesOn of [false, true]) {
    const some = names.filter((name) => early.has(name) === movesOn);
    if (some.length === 0) continue;
    const engine = await startEngine({
      stages: { sandbox, review },
      dynamicConfig: movesOn ? moveOnEarly : {},
    });
    try {
      for (const name of some) await record(engine, name);
    } finally {
      await engine.stop();
    }
  }
}

async function record(engine: Engine, name: string): Promise<void> {
  const path = paths[name];
  if (!path) return;
  const { release, runId } = await path(engine, name);
  if (runId === undefined) await release.handle.result();
  const text = await show(engine.stack.temporalAddress, release.handle.workflowId, runId);
  const file = join(folder, `${name}.${await nextNumber(name)}.json`);
  await writeFile(file, text);
  process.stdout.write(`${file}: ${text.length} bytes\n`);
}

async function show(address: string, workflowId: string, runId?: string): Promise<string> {
  const args = ['workflow', 'show', '--address', address, '-w', workflowId, '-o', 'json'];
  const { stdout } = await promisify(execFile)(
    installedProgram('temporal').path,
    runId === undefined ? args : [...args, '-r', runId],
    { maxBuffer: 50_000_000 },
  );
  // Who ran it and on which machine (in identities and sticky queues) is no part of what must be replayed.
  return `${stdout.replace(/"\d+@[^"]*"/g, '"recorder"').trimEnd()}\n`;
}

async function nextNumber(name: string): Promise<number> {
  const taken = (await readdir(folder)).filter((file) => file.startsWith(`${name}.`));
  return taken.length + 1;
}

await main(process.argv.slice(2));
