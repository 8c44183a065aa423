/** What the tests of activities share: an evidence folder with the real example model, its plan, and a mock activity environment. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, parse } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { ActivityContext, Serving } from '../../activities/context.ts';
import { openEvidence, type EvidenceStore } from '../../adapters/evidence/index.ts';
import type { StageActivity, StageInput } from '../../contracts/activities.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { CheckSpec, Plan } from '../../contracts/plan.ts';
import type { JsonObject } from '../../contracts/json.ts';
import type { CheckResult, Report } from '../../contracts/report.ts';
import { materialiseWindow } from '../../examples/flight-delays/materialise.ts';
import { monthStart } from '../../examples/flight-delays/rows.ts';
import { createStartServing } from '../../worker/serving.ts';
import { flights, runTraining } from '../example/flights.ts';
import { plan as planWith, stage } from '../support/plans.ts';

export interface World {
  readonly dir: string;
  readonly evidence: EvidenceStore;
  /** Only what stages use: the rest is not there, and a stage that reaches for it fails. */
  readonly context: ActivityContext;
  /** Every serving process that was started here. */
  readonly servings: readonly Serving[];
  remove(): Promise<void>;
}

export async function makeWorld(): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), 'seatrial-activities-'));
  const [evidenceDir, scratchDir] = [join(dir, 'evidence'), join(dir, 'scratch')];
  await mkdir(scratchDir, { recursive: true });
  const servings: Serving[] = [];
  const start = createStartServing({ evidenceDir, scratchDir });
  const evidence = openEvidence(evidenceDir);
  const parts: Pick<ActivityContext, 'evidence' | 'startServing' | 'scratchDir' | 'trainingDir'> = {
    evidence,
    scratchDir,
    trainingDir: join(dir, 'training'),
    startServing: async () => {
      const serving = await start();
      servings.push(serving);
      return serving;
    },
  };
  return {
    dir,
    evidence,
    context: parts as ActivityContext,
    servings,
    remove: async () => {
      for (const serving of servings) await serving.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const mediaTypes: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.onnx': 'application/onnx',
  '.parquet': 'application/vnd.apache.parquet',
};

export function put(world: World, file: string): Promise<EvidenceRef> {
  const { base, ext } = parse(file);
  return world.evidence.putFile(file, {
    name: base,
    mediaType: mediaTypes[ext] ?? 'application/octet-stream',
  });
}

/** The example's flights that landed in a window, milliseconds since 1970, in a Parquet file. */
export async function flightsBetween(from: number, to: number, out: string): Promise<string> {
  const { dir } = await flights();
  const { file } = await materialiseWindow({ preparedDir: dir, from, to, out });
  return file;
}

/** The example's model, trained on January, by file name without ending. */
export async function trainExample(
  world: World,
  name: string,
  ...more: string[]
): Promise<Record<string, EvidenceRef>> {
  const data = await flightsBetween(monthStart(1), monthStart(2), join(world.dir, 'january.parquet'));
  const out = join(world.dir, name);
  const ran = await runTraining(['--data', data, '--out', out, '--seed', '7', '--iterations', '30', ...more]);
  if (ran.code !== 0) throw new Error(`training the example failed: ${ran.stderr}`);
  const files: Record<string, EvidenceRef> = {};
  for (const file of await readdir(out)) files[parse(file).name] = await put(world, join(out, file));
  return files;
}

export interface PlanParts {
  readonly files: Readonly<Record<string, EvidenceRef>>;
  readonly artifact?: EvidenceRef;
  readonly data?: Readonly<Record<string, EvidenceRef>>;
  readonly checks?: readonly CheckSpec[];
  readonly parameters?: JsonObject;
  readonly rollbackSeconds?: number;
}

export function required(files: Readonly<Record<string, EvidenceRef>>, name: string): EvidenceRef {
  const ref = files[name];
  if (ref === undefined) throw new Error(`no file ${name}`);
  return ref;
}

export function exampleData(files: Readonly<Record<string, EvidenceRef>>): Record<string, EvidenceRef> {
  return Object.fromEntries(
    ['golden', 'validation', 'reference'].map((name) => [name, required(files, name)]),
  );
}

/** A plan whose only step is the stage. */
export function planOf(name: string, parts: PlanParts): Plan {
  const { files, artifact = required(files, 'model'), data = exampleData(files) } = parts;
  return planWith({
    artifact,
    signature: required(files, 'signature'),
    data,
    ...(parts.rollbackSeconds === undefined ? {} : { rollback: { objectiveSeconds: parts.rollbackSeconds } }),
    steps: [stage(name, { checks: parts.checks ?? [], parameters: parts.parameters ?? {} })],
  });
}

export interface Run {
  readonly report: Promise<Report>;
  readonly environment: MockActivityEnvironment;
  readonly heartbeats: readonly unknown[];
}

/** An environment that keeps its heartbeats, and is silent about failures: tests provoke them. */
export function mockEnvironment(info: { heartbeatDetails?: unknown } = {}): Omit<Run, 'report'> {
  const environment = new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
  const heartbeats: unknown[] = [];
  environment.on('heartbeat', (details: unknown) => heartbeats.push(structuredClone(details)));
  return { environment, heartbeats };
}

/** Runs an activity in an environment; the environment's own `run` loses the types. */
export function inActivity<I, R>(
  { environment }: Pick<Run, 'environment'>,
  activity: (input: I) => Promise<R>,
  input: I,
): Promise<R> {
  return environment.run<[I], R, (input: I) => Promise<R>>(activity, input);
}

/** Starts a stage on a plan; `heartbeatDetails` are what an earlier attempt left. */
export async function startStage(
  world: World,
  activity: StageActivity,
  plan: Plan,
  heartbeatDetails?: unknown,
  more: Partial<StageInput> = {},
): Promise<Run> {
  const planRef = await world.evidence.put(JSON.stringify(plan), {
    name: 'plan.json',
    mediaType: 'application/json',
  });
  const { environment, heartbeats } = mockEnvironment({ heartbeatDetails });
  const input = { model: plan.model, version: plan.version, planRef, step: 0, attempt: 1, ...more };
  return { report: inActivity({ environment }, activity, input), environment, heartbeats };
}

export async function runStage(
  world: World,
  activity: StageActivity,
  plan: Plan,
  more: Partial<StageInput> = {},
): Promise<Report> {
  return (await startStage(world, activity, plan, undefined, more)).report;
}

export function checkOf(report: Report, name: string): CheckResult {
  const check = report.checks.find((one) => one.name === name);
  if (check === undefined)
    throw new Error(`the report has no check ${name}: ${JSON.stringify(report.checks)}`);
  return check;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The full report that a stage wrote as evidence. */
export function fullReport(world: World, report: Report): Promise<{ details: Record<string, unknown> }> {
  const ref = report.evidence.find(({ name }) => extname(name) === '.json' && name.endsWith('-report.json'));
  if (ref === undefined) throw new Error('the stage wrote no report');
  return world.evidence.getJson(ref);
}
