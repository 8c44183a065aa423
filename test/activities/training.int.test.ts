/**
 * Proves the way from a drift decision to a plan on the real example: the window's rows, a real training whose progress shows, and
 * a next plan that says where everything came from. A command that fails says why; one that is cancelled, or whose
 * worker is killed, is gone with all its children.
 */
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CancelledFailure } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainingActivities, type TrainingProgress } from '../../activities/training/index.ts';
import { sha256Of } from '../../adapters/evidence/index.ts';
import type { TrainedModel, TrainingData } from '../../contracts/activities.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import { isName } from '../../contracts/ids.ts';
import type { JsonValue } from '../../contracts/json.ts';
import type { RetrainingInput } from '../../contracts/messages.ts';
import type { Plan, Signature, TrainerSpec } from '../../contracts/plan.ts';
import { canonicalJson } from '../../domain/ledger/index.ts';
import { flights, python, trainScript } from '../example/flights.ts';
import { evidence as reference, gate, plan as planWith, stage } from '../support/plans.ts';
import { inActivity, isAlive, makeWorld, mockEnvironment, type World } from './support.ts';

const here = import.meta.dirname;
const example = join(here, '../../examples/flight-delays');
const quick = (mode: string): Partial<TrainerSpec> => ({
  command: [process.execPath, 'trainer.mjs', mode],
  cwd: here,
});

let world: World;
let prepared: string;
let championRef: EvidenceRef;
let small: TrainingData;
const champion: Plan = planWith({
  version: 'v1',
  data: {
    golden: reference('golden.json', '1'),
    validation: reference('validation.parquet', '2'),
    profile: reference('profile.json', '3'),
    regions: reference('regions.json', '4'),
    'training-record': reference('training.json', '6'),
    training: reference('january.parquet', '5'),
  },
});

beforeAll(async () => {
  world = await makeWorld();
  prepared = (await flights()).dir;
  const json = { name: 'plan.json', mediaType: 'application/json' };
  championRef = await world.evidence.put(JSON.stringify(champion), json);
  const data = await world.evidence.put('rows', { name: 'training-data.parquet', mediaType: 'text/plain' });
  small = { data, from: '2013-05-01T00:00:00.000Z', to: '2013-05-31T00:00:00.000Z', rows: 4 };
});
afterAll(() => world.remove());

function retraining(
  trainer: Partial<TrainerSpec> = {},
  more: Partial<RetrainingInput> = {},
): RetrainingInput {
  return {
    model: 'flight-delays',
    decision: 'v1.2013-05-31',
    version: 'v1',
    planRef: championRef,
    reason: 'log-loss 0.59 > 0.54',
    driftEvents: ['drift-1'],
    windowEnd: '2013-05-31T04:00:00.000Z',
    retraining: {
      policy: { minSeverity: 'critical', coolDownHours: 24, budgetPer30Days: 2 },
      trainer: {
        command: [python(), trainScript],
        dataCommand: [process.execPath, '--import', 'tsx', 'window.ts', '--prepared', prepared],
        cwd: example,
        seed: 7,
        arguments: ['--iterations', '20'],
        timeoutSeconds: 600,
        ...trainer,
      },
      windowDays: 30,
    },
    ...more,
  };
}
const train = (trainer: Partial<TrainerSpec>): Promise<TrainedModel> =>
  inActivity(mockEnvironment(), trainingActivities(world.context).trainModel, {
    retraining: retraining({ arguments: [], ...trainer }),
    data: small,
  });
const register = (trained: TrainedModel, input = retraining()) =>
  inActivity(mockEnvironment(), trainingActivities(world.context).registerVersion, {
    retraining: input,
    data: small,
    trained,
  });
const scratchIsEmpty = async (): Promise<void> => {
  expect(await readdir(world.context.scratchDir)).toEqual([]);
};
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
};

describe('a retraining of the example', () => {
  it('chooses the data, trains with progress, and registers a plan that a release can start from', async () => {
    const { materialiseData, trainModel } = trainingActivities(world.context);
    const input = retraining();
    const data = await inActivity(mockEnvironment(), materialiseData, input);
    expect(data).toMatchObject({ from: '2013-05-01T04:00:00.000Z', to: '2013-05-31T04:00:00.000Z' });
    expect(data.rows).toBeGreaterThan(20_000);
    const again = await inActivity(mockEnvironment(), materialiseData, input);
    expect(again).toEqual(data);

    const run = mockEnvironment();
    const trained = await inActivity(run, trainModel, { retraining: input, data });
    const beats = run.heartbeats as TrainingProgress[];
    expect(beats.map(({ done }) => done)).toEqual(expect.arrayContaining([0, 10, 20]));
    expect(beats.find(({ done }) => done === 20)?.metrics).toHaveProperty('auc');
    expect(Object.keys(trained.files).sort()).toEqual([
      'golden',
      'model',
      'provenance',
      'reference',
      'signature',
      'training',
      'validation',
    ]);
    expect(trained.files['model']).toMatchObject({ name: 'model.onnx', mediaType: 'application/onnx' });
    const signature = await world.evidence.getJson<Signature>(trained.files['signature']!);
    expect(signature.output).toEqual({ name: 'probabilities', positiveIndex: 1 });

    const { plan, planRef } = await register(trained, input);
    expect(plan).toMatchObject({ artifact: trained.files['model'], requester: 'retraining', schema: 1 });
    expect(await world.evidence.getJson(planRef)).toEqual(plan);
    await scratchIsEmpty();
  });
});

describe('materialising data', () => {
  const materialise = (input: RetrainingInput) =>
    inActivity(mockEnvironment(), trainingActivities(world.context).materialiseData, input);

  it('says why there is none', async () => {
    await expect(materialise(retraining({}, { windowEnd: '2001-01-01T00:00:00Z' }))).rejects.toMatchObject({
      type: 'TrainingFailed',
      message: expect.stringMatching(/exit code 1.*no flight landed/s) as string,
    });
    const silent = retraining({ dataCommand: [process.execPath, '-e', '0', '--'] });
    await expect(materialise(silent)).rejects.toMatchObject({
      type: 'TrainingFailed',
      message: expect.stringMatching(/did not write the file/) as string,
    });
    const text = `require('fs').writeFileSync(process.argv.at(-1), 'no table')`;
    await expect(
      materialise(retraining({ dataCommand: [process.execPath, '-e', text, '--'] })),
    ).rejects.toMatchObject({ type: 'DataUnreadable' });
    await expect(materialise(retraining({}, { windowEnd: 'summer' }))).rejects.toMatchObject({
      type: 'PlanInvalid',
    });
    await scratchIsEmpty();
  });
});

describe('a training command', () => {
  it('that fails is told of with its last lines and its exit code, and is not run again', async () => {
    const failed = expect(train(quick('badly'))).rejects;
    await failed.toMatchObject({
      type: 'TrainingFailed',
      nonRetryable: true,
      message: expect.stringMatching(
        /exit code 3; its last lines:\ncomplaint 81\n[^]*complaint 100$/,
      ) as string,
    });
    await scratchIsEmpty();
  });

  it('that is not there, or runs where nothing is, says so', async () => {
    await expect(train({ command: ['./no-such-trainer'] })).rejects.toMatchObject({
      type: 'TrainingFailed',
      message: expect.stringMatching(/cannot run \.\/no-such-trainer/) as string,
    });
    await expect(train({ cwd: join(here, 'no-such-folder') })).rejects.toMatchObject({
      type: 'TrainingFailed',
    });
  });

  it('that is killed by somebody else is lost, and is run again', async () => {
    await expect(train(quick('lost'))).rejects.toMatchObject({
      type: 'TrainingLost',
      nonRetryable: false,
      message: expect.stringMatching(/signal 9/) as string,
    });
  });

  it('keeps what it said, in good and in bad ends, and tells how far it is in lines of words too', async () => {
    const run = mockEnvironment();
    const trained = await inActivity(run, trainingActivities(world.context).trainModel, {
      retraining: retraining({ arguments: [], ...quick('words') }),
      data: small,
    });
    const text = async (ref: EvidenceRef | undefined) =>
      ref && (await world.evidence.get(ref)).toString('utf8');
    // Two streams have no order between them.
    expect((await text(trained.log))?.split('\n').sort()).toEqual(
      ['', 'a warning', 'progress 0.25 a quarter', 'progress 1 all of it', 'progress 1.5 is no share'].sort(),
    );
    const beats = run.heartbeats as TrainingProgress[];
    expect(beats.map(({ done, total, note }) => [done, total, note])).toEqual(
      expect.arrayContaining([
        [0.25, 1, 'a quarter'],
        [1, 1, 'all of it'],
      ]),
    );
    expect(beats.every(({ done }) => done <= 1)).toBe(true);

    const failed: unknown = await train(quick('badly')).catch((error: unknown) => error);
    const [details] = (failed as { details: { log: EvidenceRef }[] }).details;
    expect((await text(details?.log))?.split('\n')).toHaveLength(101);
    expect(await readdir(join(world.dir, 'training', 'flight-delays'))).toEqual([]);
  });

  it('finds its checkpoint again after a lost attempt, and another one for other data', async () => {
    const input = {
      retraining: retraining({ arguments: [], ...quick('checkpoint'), checkpoint: true }),
      data: small,
    };
    const attempt = (data: TrainingData) =>
      inActivity(mockEnvironment(), trainingActivities(world.context).trainModel, { ...input, data });
    await expect(attempt(small)).rejects.toMatchObject({ type: 'TrainingLost' });
    const other = await world.evidence.put('other rows', {
      name: 'training-data.parquet',
      mediaType: 'text/plain',
    });
    await expect(attempt({ ...small, data: other })).rejects.toMatchObject({ type: 'TrainingLost' });
    const { files } = await attempt(small);
    expect((await world.evidence.get(files['model']!)).toString('utf8')).toBe('found');
  });

  it('that leaves no model, or two, has failed', async () => {
    await expect(train(quick('nothing'))).rejects.toMatchObject({
      type: 'TrainingFailed',
      message: expect.stringMatching(/no file called model; it left notes\.md/) as string,
    });
    await expect(train(quick('twice'))).rejects.toMatchObject({
      type: 'TrainingFailed',
      message: expect.stringMatching(/more than one file that is called model/) as string,
    });
  });

  const cancelled = async (): Promise<readonly number[]> => {
    const { environment, heartbeats } = mockEnvironment();
    const training = inActivity({ environment }, trainingActivities(world.context).trainModel, {
      retraining: retraining({ arguments: [], ...quick('for-ever') }),
      data: small,
    }).then(
      () => undefined,
      (error: unknown) => error,
    );
    const last = (): TrainingProgress | undefined => heartbeats.at(-1) as TrainingProgress | undefined;
    await until(() => (last()?.done ?? 0) > 1);
    const pids = [last()?.done ?? 0, last()?.total ?? 0];
    expect(pids.map(isAlive)).toEqual([true, true]);
    environment.cancel('CANCELLED');
    expect(await training).toBeInstanceOf(CancelledFailure);
    return pids;
  };

  it('that is cancelled is gone with its children, even when it does not listen', async () => {
    const pids = await cancelled();
    await until(() => !pids.some(isAlive)); // the system may take a moment to bury them
    await scratchIsEmpty();
  });

  it('is gone soon after its worker was killed', async () => {
    const input = JSON.stringify({
      retraining: retraining({ arguments: [], ...quick('for-ever') }),
      data: small,
    });
    const folders = [join(world.dir, 'evidence'), join(world.dir, 'scratch-of-another')];
    const worker = spawn(process.execPath, ['--import', 'tsx', join(here, 'orphan.ts'), ...folders, input], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let pids: number[] = [];
    let said = '';
    worker.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      for (const line of said.split('\n').filter((one) => one.endsWith('}'))) {
        const { done, total } = JSON.parse(line) as TrainingProgress;
        if (done > 1) pids = [done, total];
      }
    });
    await until(() => pids.length === 2);
    worker.kill('SIGKILL');
    await until(() => !pids.some(isAlive));
  });
});

describe('the next version', () => {
  let trained: TrainedModel;
  beforeAll(async () => {
    trained = await train(quick('well'));
  });

  it('is the champion’s plan with the trained files, asked for by no person', async () => {
    const { plan, planRef } = await register(trained);
    const { golden, validation, reference: rows, model, signature } = trained.files;
    expect(plan).toMatchObject({
      model: champion.model,
      people: champion.people,
      serving: champion.serving,
      steps: champion.steps,
      artifact: model,
      signature,
      requester: 'retraining',
      retraining: retraining().retraining,
    });
    expect(Object.values(champion.people).flat()).not.toContain(plan.requester);
    // The champion's own profile says nothing about another model; what belongs to none of them stays.
    const { regions } = champion.data;
    const record = { 'training-record': trained.files['training'] };
    expect(record['training-record']).toBeDefined();
    expect(plan.data).toEqual({
      golden,
      validation,
      reference: rows,
      regions,
      training: small.data,
      ...record,
    });
    const { training: _, ...unrecorded } = trained.files;
    const without = await register({ ...trained, files: unrecorded });
    expect(without.plan.data).not.toHaveProperty('training-record');
    expect(sha256Of(canonicalJson(plan as unknown as JsonValue))).toBe(planRef.sha256);
  });

  it('knows where it came from', async () => {
    const { plan } = await register(trained);
    expect(plan.lineage).toMatchObject({
      decision: 'v1.2013-05-31',
      driftEvents: ['drift-1'],
      previousVersion: 'v1',
      previousPlan: championRef.sha256,
      data: { sha256: small.data.sha256, from: small.from, to: small.to, rows: 4 },
      trainer: { command: [python(), trainScript], arguments: ['--iterations', '20'], seed: 7 },
    });
    expect(plan.lineage).toHaveProperty('code.commit');
    expect(plan.lineage?.['files']).toMatchObject({ model: trained.files['model']?.sha256 });
  });

  it('is the same bytes when it is registered again', async () => {
    const [a, b] = [await register(trained), await register(trained)];
    expect(b).toEqual(a);
  });

  it('has a name of its own for each decision, short after many retrainings', async () => {
    const nameOf = async (decision: string): Promise<string> =>
      (await register(trained, retraining({}, { decision }))).plan.version;
    const names = await Promise.all(['v1.2013-05-31', 'v1.2013-05-31-2', 'v2.2013-05-31'].map(nameOf));
    expect(new Set(names).size).toBe(3);
    for (const name of names) {
      expect(isName(name)).toBe(true);
      expect(name).toMatch(/^r-2013-05-31-[0-9a-f]{6}$/);
    }
    expect((await nameOf(`${names[0]}.2013-05-31`)).length).toBe(names[0]?.length);
  });

  it('takes the steps that the plan has for its successors', async () => {
    const steps = [stage('intake'), ...champion.steps];
    const input = retraining();
    const { plan } = await register(trained, {
      ...input,
      retraining: { ...input.retraining, next: { steps } },
    });
    expect(plan.steps).toEqual(steps);
  });

  it('is refused where it would be spared a gate, and keeps the trusted rows whatever the training left', async () => {
    const gated: Plan = {
      ...champion,
      data: { ...champion.data, trusted: reference('trusted.parquet', '6') },
      steps: [stage('intake'), gate('validation', { owner: 1 })],
    };
    const json = { name: 'plan.json', mediaType: 'application/json' };
    const planRef = await world.evidence.put(JSON.stringify(gated), json);
    const input = retraining({}, { planRef });
    const next = (steps: Plan['steps']) => ({
      ...input,
      retraining: { ...input.retraining, next: { steps } },
    });
    await expect(register(trained, next([stage('intake')]))).rejects.toMatchObject({
      type: 'PlanInvalid',
      message: expect.stringMatching(/would be spared the gate validation/) as string,
    });
    const files = { ...trained.files, trusted: reference('trusted.parquet', '6') };
    const { plan } = await register({ ...trained, files }, input);
    expect(plan.data['trusted']).toEqual(reference('trusted.parquet', '6'));
  });

  it('is not registered without the files that its stages need', async () => {
    const { golden: _, ...files } = trained.files;
    await expect(register({ ...trained, files })).rejects.toMatchObject({
      type: 'TrainingFailed',
      message: expect.stringMatching(/no file called golden/) as string,
    });
  });
});
