/**
 * What the validation stages catch. Each case is the example's own release with another model or with one thing changed: good ones,
 * and ones with one defect each, of which we say beforehand which stage is the earliest that can see it. Every case goes through the
 * stages in their order, with a real model over a real socket, to the first that does not pass.
 *
 * Beside it stands what Microsoft published of Gandalf, its gate for safe deployments (NSDI 2020, section 5: 92.4 % precision, 100 %
 * recall in production over eight months). The settings differ: theirs is the judgement of a fleet's health while a deployment
 * rolls out, with defects nobody planted; ours are defects of models, planted by those who built the stages.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ActivityContext, Serving } from '../../activities/context.ts';
import { openEvidence } from '../../adapters/evidence/index.ts';
import { compilePlan } from '../../client/compile-plan.ts';
import { readReleaseFile } from '../../client/release-file.ts';
import type { Plan } from '../../contracts/plan.ts';
import { prepareFlights } from '../../examples/flight-delays/data.ts';
import { materialiseWindow } from '../../examples/flight-delays/materialise.ts';
import { monthStart } from '../../examples/flight-delays/rows.ts';
import { preparedDir } from '../../examples/flight-delays/window.ts';
import { installedProgram } from '../../stack/installed.ts';
import { createStartServing } from '../../worker/serving.ts';
import { machine } from '../bench.ts';
import type { BenchResult, Target } from '../bench.ts';
import { cases } from './cases.ts';
import type { Case, Flaw } from './cases.ts';
import { exampleFolder, sail } from './voyage.ts';
import type { Voyage } from './voyage.ts';
import { crown, startWorld } from './world.ts';
import type { World } from './world.ts';

const ITERATIONS = 60;
/** As release.yaml names it. */
const MODEL = 'flight-delays';
/** One good one, and the quickest bad one of each stage: the walking path of the bench. */
const QUICK = ['plain', 'tampered-artifact', 'learnt-nothing', 'errors', 'failing-runbook'];
const GANDALF = { precision: 0.924, recall: 1, source: 'Li et al., NSDI 2020, section 5.1' };

const run = promisify(execFile);

interface Tried extends Voyage {
  readonly name: string;
  readonly what: string;
  readonly expected: string | null;
}

export async function trial(quick: boolean, only?: readonly string[]): Promise<readonly Tried[]> {
  const dir = await mkdtemp(join(tmpdir(), 'seatrial-trials-'));
  const world = await startWorld(dir);
  const servings: Serving[] = [];
  try {
    const python = installedProgram('examplePython').path;
    const data = await windows(dir, python);
    const champion = join(dir, 'champion');
    await train({ model: 'plain' }, champion, data, python);
    await crown(dir, world, MODEL, champion);
    const chosen = cases.filter(({ name }) => (only ?? (quick ? QUICK : [name])).includes(name));
    const tried: Tried[] = [];
    for (const one of chosen) {
      const folder = join(dir, 'cases', one.name);
      const voyage = await attempt(one, { folder, data, python, world, servings });
      tried.push({ name: one.name, what: one.what, expected: one.stage, ...voyage });
      const said =
        voyage.stop === null ? 'passed every stage' : `${voyage.stop.stage}: ${voyage.stop.verdict}`;
      process.stdout.write(`${one.name}: ${said} (expected ${one.stage ?? 'to pass'})\n`);
      for (const why of voyage.stop?.because ?? []) process.stdout.write(`    ${why}\n`);
      await rm(folder, { recursive: true, force: true });
    }
    return tried;
  } finally {
    for (const serving of servings) await serving.stop();
    await world.close();
    await rm(dir, { recursive: true, force: true });
  }
}

interface Data {
  /** Flights of January and February, and of June and July. */
  readonly earlier: string;
  readonly later: string;
}

async function windows(dir: string, python: string): Promise<Data> {
  await prepareFlights({ python, outDir: preparedDir });
  const window = async (name: string, from: number, to: number): Promise<string> => {
    const out = join(dir, `${name}.parquet`);
    const range = { preparedDir, from: monthStart(from), to: monthStart(to) };
    return (await materialiseWindow({ ...range, out })).file;
  };
  return { earlier: await window('january-february', 1, 3), later: await window('june-july', 6, 8) };
}

const modelsScript = join(import.meta.dirname, 'models.py');

async function train(
  one: Pick<Case, 'model' | 'data'>,
  out: string,
  data: Data,
  python: string,
): Promise<void> {
  const file = data[one.data ?? 'earlier'];
  const settings = ['--data', file, '--out', out, '--iterations', String(ITERATIONS)];
  await run(python, [modelsScript, one.model, ...settings], { maxBuffer: 64 * 1024 * 1024 });
}

interface Surroundings {
  readonly folder: string;
  readonly data: Data;
  readonly python: string;
  readonly world: World;
  readonly servings: Serving[];
}

async function attempt(one: Case, { folder, data, python, world, servings }: Surroundings): Promise<Voyage> {
  const evidenceDir = join(folder, 'evidence');
  const scratchDir = join(folder, 'scratch');
  await mkdir(scratchDir, { recursive: true });
  const evidence = openEvidence(evidenceDir);
  const tools = { evidence, python };
  const model = join(folder, 'model');
  await train(one, model, data, python);
  const frozen = await planOf(one.model, model, folder, tools);
  const plan = (await one.change?.(frozen, tools)) ?? frozen;
  await one.tamper?.(plan, tools);
  const start = createStartServing({ evidenceDir, scratchDir, ...flawed(one.flaw) });
  const parts: Omit<ActivityContext, 'temporal'> = {
    // Another look at the same folder: a store believes what it has read once.
    evidence: openEvidence(evidenceDir),
    scratchDir,
    log: world.log,
    ledger: world.ledger,
    gatewayUrl: world.gatewayUrl,
    startServing: async (settings) => {
      const serving = await start(settings);
      servings.push(serving);
      return serving;
    },
  };
  // No validation stage asks Temporal for anything.
  const context = parts as ActivityContext;
  return sail({ ...plan, version: one.name }, evidence, context, {
    activities: one.activities?.(context) ?? {},
    beside: world.beside,
  });
}

function flawed(flaw: Flaw | undefined): { file?: string; env?: Record<string, string> } {
  if (flaw === undefined) return {};
  return { file: join(import.meta.dirname, '../../test/fixtures/flawed-serving.ts'), env: { FLAW: flaw } };
}

/** The example's release with the model of a folder, and the command that trained it. */
async function planOf(
  name: string,
  model: string,
  folder: string,
  { evidence, python }: { evidence: ReturnType<typeof openEvidence>; python: string },
): Promise<Plan> {
  const text = await readFile(join(exampleFolder, 'release.yaml'), 'utf8');
  const file = join(folder, 'release.yaml');
  const placed = text
    .replaceAll('../../.cache/flight-delays/january-february.parquet', join(model, 'training.parquet'))
    .replaceAll('../../.cache/flight-delays/v1/', `${model}/`)
    .replaceAll('{ path: runbooks/', `{ path: ${exampleFolder}/runbooks/`);
  await writeFile(file, placed);
  const { plan } = await compilePlan(await readReleaseFile(file), evidence);
  const { retraining } = plan;
  if (!retraining) throw new Error('release.yaml has no retraining settings');
  const trainer = {
    ...retraining.trainer,
    command: [python, modelsScript, name],
    cwd: exampleFolder,
    arguments: ['--iterations', String(ITERATIONS)],
  };
  return { ...plan, retraining: { ...retraining, trainer } };
}

export async function runBench({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  const tried = await trial(quick);
  return {
    machine: machine(),
    versions: { node: process.versions.node },
    raw: { quick, cases: tried, byStage: byStage(tried), gandalf: GANDALF },
    targets: targetsOf(tried),
  };
}
export { runBench as run };

interface StageCount {
  readonly stage: string;
  /** Bad ones of this stage that it stopped, and that it let pass. */
  caught: number;
  missed: number;
  /** Bad ones that an earlier stage could have stopped, and this one did. */
  late: number;
  falseStops: number;
}

/** How each stage did; a defect stopped before its stage counts as caught there. */
export function byStage(tried: readonly Tried[]): StageCount[] {
  const counts = new Map<string, StageCount>();
  const of = (stage: string): StageCount => {
    const count = counts.get(stage) ?? { stage, caught: 0, missed: 0, late: 0, falseStops: 0 };
    counts.set(stage, count);
    return count;
  };
  for (const { expected, stages, stop } of tried) {
    for (const { stage } of stages) of(stage);
    if (expected === null) {
      if (stop !== null) of(stop.stage).falseStops += 1;
    } else if (stop === null) {
      of(expected).missed += 1;
    } else if (stages.some(({ stage, verdict }) => stage === expected && verdict === 'pass')) {
      of(expected).missed += 1;
      of(stop.stage).late += 1;
    } else {
      of(stop.stage).caught += 1;
    }
  }
  return [...counts.values()];
}

function targetsOf(tried: readonly Tried[]): Target[] {
  const bad = tried.filter(({ expected }) => expected !== null);
  const good = tried.filter(({ expected }) => expected === null);
  const caught = bad.filter(({ stop }) => stop !== null);
  const inTime = bad.filter(({ expected, stop }) => stop?.stage === expected);
  const stoppedGood = good.filter(({ stop }) => stop !== null);
  const stops = caught.length + stoppedGood.length;
  const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
  const precision = share(caught.length, stops);
  const recall = share(caught.length, bad.length);
  return [
    {
      name: `bad ones stopped, of ${bad.length}`,
      value: caught.length,
      target: 'all',
      holds: caught.length === bad.length,
    },
    {
      name: 'bad ones stopped at the earliest stage that can',
      value: inTime.length,
      target: 'all',
      holds: inTime.length === bad.length,
    },
    {
      name: `good ones stopped, of ${good.length}`,
      value: stoppedGood.length,
      target: 'none',
      holds: good.length > 0 && stoppedGood.length === 0,
    },
    {
      name: 'precision (Gandalf: .924, another setting)',
      value: precision,
      target: 'at least 0.924',
      holds: precision >= GANDALF.precision,
    },
    { name: 'recall (Gandalf: 1, another setting)', value: recall, target: '1', holds: recall === 1 },
  ];
}
