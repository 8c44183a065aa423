/**
 * Proves that the sandbox tells a good model from a bad one by serving it: the honest model passes with the same output digest
 * each time, one trained on shuffled labels fails, too few rows are inconclusive, missing data is a failure and no verdict.
 * It can be cancelled, goes on where an earlier attempt stopped, and never leaves a process.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CancelledFailure } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandbox, sandboxShard, type StageProgress } from '../../activities/stages/index.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { ShardInput } from '../../contracts/activities.ts';
import type { CheckSpec, Plan, WatchSpec } from '../../contracts/plan.ts';
import type { Report } from '../../contracts/report.ts';
import type { ReferenceProfile } from '../../domain/drift/index.ts';
import { withDuck } from '../../examples/flight-delays/duck.ts';
import { python, trainScript } from '../example/flights.ts';
import { retraining } from '../support/drift.ts';
import {
  checkOf,
  exampleData,
  fullReport,
  inActivity,
  isAlive,
  makeWorld,
  mockEnvironment,
  planOf,
  put,
  required,
  runStage,
  startStage,
  trainExample,
  type World,
} from './support.ts';

const AUC: CheckSpec = { name: 'auc', metric: 'auc', min: 0.6, minSamples: 1000, severity: 'blocking' };
const SLICES = { slices: ['carrier', 'origin', 'dest_region'], loadRequests: 200 };

let world: World;
let files: Record<string, EvidenceRef>;
let shuffled: Record<string, EvidenceRef>;
let first: Report;
let heartbeats: readonly StageProgress[];

const WATCH: WatchSpec = {
  windowHours: 168,
  minRows: 300,
  psi: 0.2,
  logLossIncrease: 0.05,
  aucDecrease: 0.08,
  persistence: 1,
  groups: ['carrier'],
  slices: ['origin'],
  positiveThreshold: 0.5,
};

const planFor = (more: Partial<Parameters<typeof planOf>[1]> = {}): Plan => ({
  ...planOf('sandbox', { files, parameters: SLICES, ...more }),
  watch: WATCH,
});
const run = (more: Partial<Parameters<typeof planOf>[1]> = {}): Promise<Report> =>
  runStage(world, sandbox(world.context), planFor(more));
function runShard(plan: Plan, shard: ShardInput['shard'], heartbeatDetails?: unknown) {
  const { environment, heartbeats } = mockEnvironment({ heartbeatDetails });
  const result = world.evidence
    .put(JSON.stringify(plan), { name: 'plan.json', mediaType: 'application/json' })
    .then((planRef) =>
      inActivity({ environment }, sandboxShard(world.context), {
        ...{ model: plan.model, version: plan.version, planRef, step: 0, attempt: 1 },
        shard,
      }),
    );
  return { result, heartbeats };
}
const noneLeft = (): void => {
  expect(world.servings.length).toBeGreaterThan(0);
  for (const { pid } of world.servings) expect(isAlive(pid)).toBe(false);
};
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
};

beforeAll(async () => {
  world = await makeWorld();
  files = await trainExample(world, 'clean');
  shuffled = await trainExample(world, 'shuffled', '--shuffle-labels');
  const started = await startStage(world, sandbox(world.context), planFor({ checks: [AUC] }));
  first = await started.report;
  heartbeats = started.heartbeats as StageProgress[];
});
afterAll(() => world.remove());

describe('the honest model', () => {
  it('passes, with every metric of the contract', async () => {
    expect(first.checks.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(first.verdict).toBe('pass');
    const { holdout } = await world.evidence.getJson<{
      holdout: { rows: number; metrics: { auc: number; logLoss: number; brier: number } };
    }>(required(files, 'training'));
    // Served in TypeScript and measured by our own statistics, against scikit-learn's on the same rows.
    expect(first.metrics['auc']).toMatchObject({ unit: '1', samples: holdout.rows });
    expect(first.metrics['auc']?.value).toBeCloseTo(holdout.metrics.auc, 5);
    expect(first.metrics['log-loss']?.unit).toBe('nats');
    expect(first.metrics['log-loss']?.value).toBeCloseTo(holdout.metrics.logLoss, 5);
    expect(first.metrics['brier']?.value).toBeCloseTo(holdout.metrics.brier, 5);
    expect(Object.keys(first.metrics).sort()).toEqual([
      'auc',
      'brier',
      'calibration-error',
      'error-rate',
      'golden-difference',
      'latency-p50',
      'latency-p99',
      'load-seconds',
      'log-loss',
      'repeat-difference',
      'throughput',
      'worst-slice-auc',
      'worst-slice-log-loss',
    ]);
    for (const metric of Object.values(first.metrics)) expect(Number.isFinite(metric.value)).toBe(true);
    expect(first.metrics['worst-slice-log-loss']?.value).toBeGreaterThan(
      first.metrics['log-loss']?.value ?? 1,
    );
    expect(first.metrics['worst-slice-auc']?.value).toBeLessThan(first.metrics['auc']?.value ?? 0);
    expect(first.metrics['golden-difference']?.value).toBeLessThan(1e-6);
  });

  it('has an envelope whose parts belong together', () => {
    const { requests, latencyMs, throughputPerSecond, errorRate } = first.envelope ?? {};
    expect(requests).toBe(200);
    expect(errorRate).toBe(0);
    expect(throughputPerSecond).toBeGreaterThan(0);
    const { p50 = 0, p95 = 0, p99 = 0, p999 = 0 } = latencyMs ?? {};
    expect([p50, p95, p99, p999]).toEqual([p50, p95, p99, p999].sort((a, b) => a - b));
    expect(p50).toBeGreaterThan(0);
  });

  it('leaves a reference profile of what it learnt from, and what may be expected of it', async () => {
    const ref = first.evidence.find(({ name }) => name === 'reference-profile.json');
    const profile = await world.evidence.getJson<ReferenceProfile>(ref ?? '');
    const { train, holdout } = await world.evidence.getJson<{
      train: { rows: number };
      holdout: { rows: number; metrics: { auc: number } };
    }>(required(files, 'training'));
    expect(profile.rows).toBe(Math.min(20_000, train.rows));
    expect(profile.features.length).toBe(16);
    expect(profile.output?.counts.reduce((sum, count) => sum + count, 0)).toBe(profile.rows);
    expect(profile.expected?.rows).toBe(holdout.rows);
    expect(profile.expected?.auc).toBeCloseTo(holdout.metrics.auc, 5);
    expect(profile.rarity?.surprise).toBeGreaterThan(0);
    // What is watched by group or slice is known as it was: every row of the holdout once for each feature.
    const { threshold, of } = profile.expected!.slices!;
    expect(threshold).toBe(0.5);
    for (const feature of ['carrier', 'origin']) {
      const cells = of.filter((slice) => slice.feature === feature);
      expect(cells.reduce((sum, { rows }) => sum + rows, 0)).toBe(holdout.rows);
      const loss = cells.reduce((sum, { rows, logLoss }) => sum + rows * logLoss, 0) / holdout.rows;
      expect(loss).toBeCloseTo(profile.expected!.logLoss, 9);
    }
    expect(of.map(({ feature, cell }) => `${feature}=${cell}`)).toContain('origin=EWR');
  });

  it('shows progress that only rises, with the metrics so far', () => {
    expect(heartbeats.length).toBeGreaterThan(10);
    const done = heartbeats.map((beat) => beat.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(heartbeats.at(-1)).toMatchObject({ done: 500, total: 500 });
    expect(heartbeats.find(({ phase }) => phase === 'envelope')?.metrics).toHaveProperty('auc');
    expect(new Set(heartbeats.map(({ phase }) => phase)).size).toBe(5);
  });

  it('gives the same output digest, quality and profile a second time', async () => {
    const second = await run({ checks: [AUC] });
    const [a, b] = [await fullReport(world, first), await fullReport(world, second)];
    expect(a.details['outputDigest']).toMatch(/^[0-9a-f]{64}$/);
    expect(b.details['outputDigest']).toBe(a.details['outputDigest']);
    expect(second.metrics['auc']).toEqual(first.metrics['auc']);
    expect(second.metrics['calibration-error']).toEqual(first.metrics['calibration-error']);
    expect(second.evidence[1]).toEqual(first.evidence[1]);
    expect(second.evidence[0]?.sha256).not.toBe(first.evidence[0]?.sha256); // times differ
  });

  it('goes on where an earlier attempt stopped', async () => {
    const halfWay = heartbeats.find(({ phase, finished }) => phase === 'envelope' && 'quality' in finished);
    const again = await startStage(
      world,
      sandbox(world.context),
      planOf('sandbox', { files, parameters: SLICES, checks: [AUC] }),
      halfWay,
    );
    const report = await again.report;
    expect(report.verdict).toBe('pass');
    expect(report.metrics['auc']).toEqual(first.metrics['auc']);
    const counted = (beats: readonly unknown[], phase: string): number =>
      (beats as StageProgress[]).filter((beat) => beat.phase === phase).length;
    expect(counted(again.heartbeats, 'edge-cases')).toBeLessThan(counted(heartbeats, 'edge-cases') / 4);
    expect(counted(again.heartbeats, 'reference-profile')).toBeGreaterThan(3);
  });
});

describe('a model that is not right', () => {
  it('fails on AUC when it learnt from shuffled labels', async () => {
    const report = await run({
      files: shuffled,
      data: { ...exampleData(shuffled), validation: required(files, 'validation') },
      checks: [AUC],
    });
    expect(report.verdict).toBe('fail');
    expect(checkOf(report, 'auc')).toMatchObject({ verdict: 'fail' });
    expect(report.metrics['auc']?.value).toBeLessThan(0.6);
    expect(checkOf(report, 'golden-outputs').verdict).toBe('pass'); // it is the model that was trained, only a bad one
    expect(report.summary).toMatch(/^auc: auc is 0\.[45]\d* on [\d,]+ samples, below/);
  });

  it('fails when its answers are not those of its training', async () => {
    const report = await run({ data: { ...exampleData(files), golden: required(shuffled, 'golden') } });
    expect(report.verdict).toBe('fail');
    expect(checkOf(report, 'golden-outputs')).toMatchObject({ verdict: 'fail' });
    expect(checkOf(report, 'same-answers').verdict).toBe('pass');
  });

  it('fails when it does not load', async () => {
    const artifact = await world.evidence.put('not a model', {
      name: 'model.onnx',
      mediaType: 'application/onnx',
    });
    const report = await run({ artifact, checks: [AUC] });
    expect(report.verdict).toBe('fail');
    expect(checkOf(report, 'loads').verdict).toBe('fail');
    expect(checkOf(report, 'auc').verdict).toBe('error');
  });
});

describe('split over workers', () => {
  it('gives what one worker gives, and a share goes on where a lost worker stopped', async () => {
    const path = join(world.dir, 'many.parquet');
    const source = await world.evidence.path(required(files, 'validation'));
    await withDuck((duck) =>
      duck.run(
        `COPY (SELECT * EXCLUDE (turn) FROM read_parquet('${source}'), range(0, 45) AS turns(turn)) TO '${path}' (FORMAT parquet)`,
      ),
    );
    const plan = planOf('sandbox', {
      files,
      data: { ...exampleData(files), validation: await put(world, path) },
      parameters: SLICES,
      checks: [AUC],
    });
    const whole = await runStage(world, sandbox(world.context), plan);
    const shares: EvidenceRef[] = [];
    for (const index of [0, 1, 2]) {
      const { heartbeats, result } = runShard(plan, { index, of: 3 });
      shares.push(await result);
      if (index < 2) continue;
      const again = runShard(plan, { index, of: 3 }, heartbeats.at(-1));
      expect(await again.result).toEqual(shares[2]);
      expect(again.heartbeats.length).toBeLessThan(heartbeats.length / 3);
    }
    const split = await runStage(world, sandbox(world.context), plan, { shards: shares });
    expect(split.metrics['auc']?.samples).toBeGreaterThan(100_000);
    for (const metric of ['auc', 'log-loss', 'brier', 'calibration-error', 'worst-slice-auc'])
      expect(split.metrics[metric]).toEqual(whole.metrics[metric]);
    const [a, b] = [await fullReport(world, whole), await fullReport(world, split)];
    expect(b.details['outputDigest']).toBe(a.details['outputDigest']);
    await expect(
      runStage(world, sandbox(world.context), plan, { shards: shares.slice(1) }),
    ).rejects.toMatchObject({ type: 'PlanInvalid' });
  });
});

describe('training again', () => {
  const trainedWith = async (...more: string[]): Promise<Report> => {
    const training = await put(world, join(world.dir, 'january.parquet'));
    const { steps, ...plan } = planOf('sandbox', {
      files,
      data: { ...exampleData(files), training },
      parameters: { ...SLICES, trainAgain: true },
    });
    const trainer = {
      ...retraining.trainer,
      command: [python(), trainScript],
      arguments: ['--iterations', '30', ...more],
      cwd: world.dir,
    };
    return runStage(world, sandbox(world.context), {
      ...plan,
      steps,
      retraining: { ...retraining, trainer },
    });
  };

  it('passes where it gives the same model', async () => {
    const report = await trainedWith();
    expect(checkOf(report, 'training-repeatable')).toMatchObject({ verdict: 'pass' });
    expect(report.metrics['training-difference']).toMatchObject({ value: 0, unit: '1' });
    expect(report.verdict).toBe('pass');
  });

  it('fails where it gives another one, and where the command fails', async () => {
    const other = await trainedWith('--iterations', '29');
    expect(other.verdict).toBe('fail');
    expect(checkOf(other, 'training-repeatable').reason).toMatch(
      /answers 256 golden rows differently by 0\.\d+/,
    );
    expect(other.metrics['training-difference']?.value).toBeGreaterThan(1e-4);
    const failed = await trainedWith('--iterations', '0');
    expect(checkOf(failed, 'training-repeatable')).toMatchObject({
      verdict: 'fail',
      reason: expect.stringMatching(/exit code 2.*--iterations 0: must be 1 or more/s) as string,
    });
    expect(failed.metrics).not.toHaveProperty('training-difference');
  });

  it('is refused where the plan does not say how it was trained', async () => {
    await expect(run({ parameters: { ...SLICES, trainAgain: true } })).rejects.toMatchObject({
      type: 'PlanInvalid',
      message: expect.stringMatching(/retraining\.trainer/) as string,
    });
  });
});

describe('data that does not suffice', () => {
  const write = async (name: string, sql: (from: string) => string): Promise<EvidenceRef> => {
    const path = join(world.dir, name);
    const source = await world.evidence.path(required(files, 'validation'));
    await withDuck((duck) =>
      duck.run(`COPY (${sql(`read_parquet('${source}')`)}) TO '${path}' (FORMAT parquet)`),
    );
    return put(world, path);
  };
  const withValidation = (validation: EvidenceRef) => ({
    data: { ...exampleData(files), validation },
    checks: [AUC],
  });

  it('is inconclusive on too few rows, and says how many it needs', async () => {
    const few = await write('few.parquet', (from) => `SELECT * FROM ${from} LIMIT 400`);
    const report = await run(withValidation(few));
    expect(report.verdict).toBe('inconclusive');
    expect(checkOf(report, 'auc').reason).toMatch(/400 samples.*1,000 are needed.*600 more/);
  });

  it('is an error where a metric cannot be measured: one class has no AUC', async () => {
    const one = await write('one.parquet', (from) => `SELECT * FROM ${from} WHERE late = 0`);
    const report = await run(withValidation(one));
    expect(report.verdict).toBe('error');
    expect(checkOf(report, 'auc').reason).toMatch(/not measured/);
    expect(report.metrics['log-loss']?.value).toBeGreaterThan(0);
  });

  it('is a typed failure where the file is missing, cut, of another shape or not named', async () => {
    const lost = { ...required(files, 'validation'), sha256: '1'.repeat(64) };
    await expect(run(withValidation(lost))).rejects.toMatchObject({ type: 'ArtifactMissing' });
    const garbage = join(world.dir, 'garbage.parquet');
    await writeFile(garbage, 'PAR1 and then nothing');
    await expect(run(withValidation(await put(world, garbage)))).rejects.toMatchObject({
      type: 'DataUnreadable',
    });
    const narrow = await write('narrow.parquet', (from) => `SELECT * EXCLUDE (pressure) FROM ${from}`);
    await expect(run(withValidation(narrow))).rejects.toMatchObject({
      type: 'DataUnreadable',
      message: expect.stringMatching(/lacks the column\(s\) pressure/) as string,
    });
    const labels = await write('labels.parquet', (from) => `SELECT * REPLACE (2 AS late) FROM ${from}`);
    await expect(run(withValidation(labels))).rejects.toMatchObject({ type: 'DataUnreadable' });
    await expect(run({ data: { golden: required(files, 'golden') } })).rejects.toMatchObject({
      type: 'PlanInvalid',
    });
    noneLeft();
  });
});

describe('a stage that is stopped', () => {
  it('ends its serving process when it is cancelled', async () => {
    const before = world.servings.length;
    const started = await startStage(
      world,
      sandbox(world.context),
      planOf('sandbox', { files, parameters: { ...SLICES, loadRequests: 1_000_000 } }),
    );
    const report = started.report.then(
      () => undefined,
      (error: unknown) => error,
    );
    await until(() => (started.heartbeats.at(-1) as StageProgress | undefined)?.phase === 'envelope');
    const pid = world.servings[before]?.pid ?? 0;
    expect(isAlive(pid)).toBe(true);
    started.environment.cancel('CANCELLED');
    expect(await report).toBeInstanceOf(CancelledFailure);
    expect(isAlive(pid)).toBe(false);
  });

  it('is tried again when its serving process is killed', async () => {
    const before = world.servings.length;
    const started = await startStage(
      world,
      sandbox(world.context),
      planOf('sandbox', { files, parameters: { ...SLICES, loadRequests: 1_000_000 } }),
    );
    const report = started.report.then(
      () => undefined,
      (error: unknown) => error,
    );
    await until(() => (started.heartbeats.at(-1) as StageProgress | undefined)?.phase === 'envelope');
    process.kill(world.servings[before]?.pid ?? 0, 'SIGKILL');
    expect(await report).toMatchObject({ type: 'ServingUnavailable', nonRetryable: false });
  });
});
