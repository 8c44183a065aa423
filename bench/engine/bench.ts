/**
 * What the engine itself costs. A release whose stages do nothing (`noop`, no gates, no traffic) against a bare workflow
 * that runs the same activities with the same payloads on the same workers, server and database, in one run, turn by
 * turn: first a release, then its bare twins with as many stages and ledger appends as that release really ran.
 *
 * Measured for each: wall time from the call that starts it to its result, CPU time of the process that holds workers and
 * client, and the events of its history. Each target is the median over the rounds of release divided by bare twin. The
 * twin of the targets writes the ledger behind the stages, as a release does; a second one that awaits each append, and the
 * CPU of the server and the database, are in `raw`.
 */
import type { WorkflowHandle } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import { releaseWorkflowId } from '../../contracts/ids.ts';
import { workflowTypes } from '../../contracts/messages.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { ReleaseView } from '../../contracts/release-view.ts';
import { searchAttributes } from '../../contracts/search-attributes.ts';
import { taskQueues } from '../../contracts/task-queues.ts';
import { versions } from '../../stack/versions.ts';
import { machine, median } from '../bench.ts';
import type { BenchResult, Target } from '../bench.ts';
import { startWorld } from './world.ts';
import type { CpuSeconds, World } from './world.ts';
import type { BareInput } from './workflows.ts';

const LIMIT = 1.5;
const MODEL = 'engine';
const WARM_UP_ROUNDS = 1;

interface Measurement {
  readonly wallSeconds: number;
  readonly cpuSeconds: CpuSeconds;
  readonly events: number;
  /** Events of the history by type, and activities by name. */
  readonly byType: Readonly<Record<string, number>>;
  readonly activities: Readonly<Record<string, number>>;
}

interface Round {
  readonly release: Measurement;
  readonly bare: Measurement;
  readonly sequential: Measurement;
}

export async function run({ quick }: { quick: boolean }): Promise<BenchResult> {
  const stages = quick ? 10 : 40;
  const rounds = quick ? 5 : 15;
  const world = await startWorld();
  try {
    const measured: Round[] = [];
    for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
      const result = await measureRound(world, stages, `r${round + WARM_UP_ROUNDS}`);
      if (round >= 0) measured.push(result);
    }
    return {
      machine: machine(),
      versions: { node: process.versions.node, temporal: versions.temporalServer, pglite: versions.pglite },
      raw: { quick, stages, rounds: measured, medians: mediansOf(measured) },
      targets: targetsOf(measured),
    };
  } finally {
    await world.stop();
  }
}

async function measureRound(world: World, stages: number, version: string): Promise<Round> {
  const plan = planOf(stages, version);
  const planRef: EvidenceRef = {
    name: 'plan.json',
    sha256: 'e'.repeat(64),
    bytes: 1,
    mediaType: 'application/json',
  };
  const release = await measure(world, workflowTypes.release, releaseWorkflowId(MODEL, version), {
    plan,
    planRef,
  });
  if (release.outcome?.outcome !== 'completed')
    throw new Error(`the release ended as ${release.outcome?.outcome}`);
  const twin = async (type: string): Promise<Measurement> => {
    const id = `${type}/${version}`;
    const { noop = 0, appendToLedger = 0 } = release.activities;
    const input: BareInput = { stream: id, plan, planRef, stages: noop, appends: appendToLedger };
    const { outcome: _, ...measured } = await measure(world, type, id, input);
    if (JSON.stringify(sorted(measured.activities)) !== JSON.stringify(sorted(release.activities)))
      throw new Error(`${id} ran other activities than the release: ${JSON.stringify(measured.activities)}`);
    return measured;
  };
  const { outcome: _, ...measured } = release;
  return { release: measured, bare: await twin('bareOverlapped'), sequential: await twin('bareSequential') };
}

async function measure(
  { client, cpu }: World,
  type: string,
  workflowId: string,
  input: object,
): Promise<Measurement & { outcome: ReleaseView | null }> {
  const before = cpu();
  const started = performance.now();
  const handle: WorkflowHandle = await client.workflow.start(type, {
    workflowId,
    taskQueue: taskQueues.release,
    args: [input],
    typedSearchAttributes: new TypedSearchAttributes([{ key: searchAttributes.model, value: MODEL }]),
  });
  const outcome: unknown = await handle.result();
  const wallSeconds = (performance.now() - started) / 1000;
  const cpuSeconds = difference(cpu(), before);
  const { events } = await handle.fetchHistory();
  const byType: Record<string, number> = {};
  const activities: Record<string, number> = {};
  for (const event of events ?? []) {
    const [attributes] = Object.keys(event).filter((key) => key.endsWith('EventAttributes'));
    const name = attributes?.replace('EventAttributes', '') ?? 'unknown';
    byType[name] = (byType[name] ?? 0) + 1;
    const activity = event.activityTaskScheduledEventAttributes?.activityType?.name;
    if (activity) activities[activity] = (activities[activity] ?? 0) + 1;
  }
  const view = typeof outcome === 'object' ? (outcome as ReleaseView) : null;
  return { wallSeconds, cpuSeconds, events: events?.length ?? 0, byType, activities, outcome: view };
}

function difference(after: CpuSeconds, before: CpuSeconds): CpuSeconds {
  const minus = (a: number | null, b: number | null): number | null =>
    a === null || b === null ? null : a - b;
  return {
    worker: after.worker - before.worker,
    server: minus(after.server, before.server),
    database: minus(after.database, before.database),
  };
}

function planOf(stages: number, version: string): Plan {
  const file = (name: string): EvidenceRef => ({
    name,
    sha256: 'f'.repeat(64),
    bytes: 1,
    mediaType: 'application/json',
  });
  return {
    schema: 1,
    model: MODEL,
    version,
    summary: 'stages that do nothing',
    risk: 'low',
    requester: 'bench',
    people: {},
    artifact: file('model.onnx'),
    signature: file('signature.json'),
    data: {},
    serving: { fallback: { score: 0.5 }, threshold: 0.5 },
    steps: Array.from({ length: stages }, (_, index) => ({
      kind: 'stage',
      name: `noop-${index + 1}`,
      stage: 'noop',
      timeoutSeconds: 60,
      parameters: {},
      checks: [],
    })),
    rollback: { objectiveSeconds: 60 },
  };
}

const sorted = (counts: Readonly<Record<string, number>>): [string, number][] =>
  Object.entries(counts).sort(([a], [b]) => a.localeCompare(b));

function targetsOf(rounds: readonly Round[]): Target[] {
  const target = (name: string, of: (measurement: Measurement) => number): Target => {
    const value = median(rounds.map(({ release, bare }) => of(release) / of(bare)));
    return { name: `${name}, release / bare`, value, target: `at most ${LIMIT}`, holds: value <= LIMIT };
  };
  return [
    target('wall time', ({ wallSeconds }) => wallSeconds),
    target('CPU time', ({ cpuSeconds }) => cpuSeconds.worker),
    target('history events', ({ events }) => events),
  ];
}

function mediansOf(rounds: readonly Round[]): object {
  const of = (kind: keyof Round): object => {
    const all = rounds.map((round) => round[kind]);
    const cpu = (part: keyof CpuSeconds): number =>
      median(all.map(({ cpuSeconds }) => cpuSeconds[part] ?? NaN));
    return {
      wallSeconds: median(all.map(({ wallSeconds }) => wallSeconds)),
      workerCpuSeconds: cpu('worker'),
      serverCpuSeconds: cpu('server'),
      databaseCpuSeconds: cpu('database'),
      events: median(all.map(({ events }) => events)),
    };
  };
  return { release: of('release'), bare: of('bare'), sequential: of('sequential') };
}
