/**
 * Proves that the stage `synthetic` passes a good model with real curves, an anonymous twin and a load that was really borne; and
 * that it stops one that learnt nothing, one that fails on an unknown category, a floor that says nothing, and a budget that is
 * broken. The same seed gives the same numbers, and an attempt goes on where the one before it stopped.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { synthetic, type StageProgress } from '../../activities/stages/index.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import { stepOf } from '../../client/plan-steps.ts';
import type { JsonObject } from '../../contracts/json.ts';
import type { StageStep } from '../../contracts/plan.ts';
import { releaseFile } from '../../contracts/schemas/release-file.ts';
import type { Report } from '../../contracts/report.ts';
import { perturbations } from '../../domain/synthetic/index.ts';
import { sandboxData } from '../support/flights.ts';
import {
  checkOf,
  exampleData,
  fullReport,
  isAlive,
  makeWorld,
  planOf,
  required,
  runStage,
  startStage,
  trainExample,
  type World,
} from './support.ts';
import { makeTinyWorld } from './tiny-world.ts';

let world: World;
let files: Record<string, EvidenceRef>;
let first: Report;
let heartbeats: readonly StageProgress[];

/** What the example's release asks: a model that learnt nothing must not pass it. */
const example = releaseFile
  .parse(parse(readFileSync(join(import.meta.dirname, '../../examples/flight-delays/release.yaml'), 'utf8')))
  .spec.steps.find((step) => 'stage' in step && step.stage === 'synthetic');
if (example === undefined || !('stage' in example)) throw new Error('the example has no stage synthetic');
const { parameters: asked, checks } = stepOf(example) as StageStep;
const QUICK = {
  ...asked,
  intensities: [0.5, 1],
  twin: { rows: 2000, quasiIdentifiers: ['carrier', 'origin'], k: 5 },
  load: { concurrency: [1, 4], requests: 60, latencyMs: 5000 },
};
const NONE = Object.fromEntries(perturbations.map((kind) => [kind, false]));
const run = (parameters: JsonObject, more: Partial<Parameters<typeof planOf>[1]> = {}): Promise<Report> =>
  runStage(
    world,
    synthetic(world.context),
    planOf('synthetic', { files, parameters: { ...QUICK, ...parameters }, checks, ...more }),
  );

beforeAll(async () => {
  world = await makeWorld();
  files = await trainExample(world, 'clean');
  const plan = planOf('synthetic', { files, parameters: QUICK, checks });
  const started = await startStage(world, synthetic(world.context), plan);
  first = await started.report;
  heartbeats = started.heartbeats as StageProgress[];
});
afterAll(async () => {
  for (const { pid } of world.servings) expect(isAlive(pid)).toBe(false);
  await world.remove();
});

describe('a good model', () => {
  it('passes, with a curve of each kind', () => {
    expect(first.checks.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(first.verdict).toBe('pass');
    for (const kind of perturbations) {
      const robustness = first.metrics[`${kind}-robustness`];
      expect(robustness?.value).toBeGreaterThan(0.45);
      expect(robustness?.lower).toBeLessThan(robustness?.value ?? 0);
      expect([0, 0.5, 1]).toContain(first.metrics[`${kind}-tolerated`]?.value);
    }
    for (const { value } of Object.values(first.metrics)) expect(Number.isFinite(value)).toBe(true);
    const areas = perturbations.map((kind) => first.metrics[`${kind}-robustness`]?.value ?? 0);
    expect(first.metrics['worst-robustness']?.value).toBe(Math.min(...areas));
  });

  it('really had its data spoilt: all values missing leave an AUC of one half, all numbers far away nearly so', async () => {
    const { details } = await fullReport(world, first);
    const curves = details['curves'] as Record<string, { points: { intensity: number; estimate: number }[] }>;
    const at = (kind: string, intensity: number): number =>
      curves[kind]!.points.find((point) => point.intensity === intensity)!.estimate;
    expect(at('missing', 1)).toBe(0.5);
    expect(at('missing', 0.5)).toBeLessThan(at('missing', 0));
    expect(at('outliers', 1)).toBeLessThan(0.6);
    expect(at('noise', 0)).toBe(first.metrics['auc']?.value);
    expect(first.metrics['missing-breaks-at']).toBeDefined();
  });

  it('has a twin that is near to the data and shows nobody', async () => {
    const value = (name: string): number => first.metrics[name]?.value ?? Number.NaN;
    expect(value('twin-copies')).toBe(0);
    expect(value('twin-k')).toBeGreaterThanOrEqual(5);
    expect(value('twin-marginal-distance')).toBeLessThan(0.05);
    expect(value('twin-pairwise-excess')).toBeLessThan(0.1);
    expect(value('twin-closer-share')).toBeLessThan(0.55);
    const ref = first.evidence.length > 0 ? (await twinOf(first)).rows : undefined;
    const lines = (await world.evidence.get(ref!)).toString('utf8').trim().split('\n');
    expect(lines.length).toBeGreaterThan(1500);
    expect(Object.keys(JSON.parse(lines[0]!) as object)).toHaveLength(17);
  });

  it('bore the load, and says what of it', () => {
    expect(first.metrics['sustained-concurrency']?.value).toBe(4);
    expect(first.metrics['latency-p99-at-4']?.value).toBeGreaterThan(0);
    expect(first.envelope?.requests).toBe(60);
  });

  it('has the same numbers when an attempt goes on where another stopped', async () => {
    const half = heartbeats.find(({ finished }) => 'noise' in finished && !('missing' in finished));
    expect(half).toBeDefined();
    const plan = planOf('synthetic', { files, parameters: QUICK, checks });
    const again = await startStage(world, synthetic(world.context), plan, half);
    const second = await again.report;
    const measured = ({ metrics }: Report) =>
      Object.entries(metrics).filter(([name]) => !/latency|throughput|sustained/.test(name));
    expect(measured(second)).toEqual(measured(first));
    const beats = again.heartbeats as StageProgress[];
    expect(beats.filter(({ phase }) => phase === 'twin').length).toBeLessThan(4);
  });
});

describe('what must not sail', () => {
  it('a model that learnt from shuffled labels: it does not even keep the floor on rows as they are', async () => {
    const shuffled = await trainExample(world, 'shuffled', '--shuffle-labels');
    const report = await run(
      { perturbations: NONE },
      {
        files: shuffled,
        data: { ...exampleData(shuffled), validation: required(files, 'validation') },
      },
    );
    expect(report.verdict).toBe('fail');
    expect(checkOf(report, 'undisturbed').verdict).toBe('fail');
  });

  it('a floor that the same answer to every row would keep', async () => {
    const report = await run({ perturbations: NONE, quality: { metric: 'log-loss', floor: 0.66 } });
    expect(checkOf(report, 'floor').verdict).toBe('fail');
    expect(checkOf(report, 'undisturbed').verdict).toBe('pass');
  });

  it('a model too slow for its callers', async () => {
    const load = { concurrency: [1], requests: 50, latencyMs: 0.001 };
    const report = await run({ perturbations: NONE, load });
    expect(checkOf(report, 'load').verdict).toBe('fail');
    expect(report.metrics['sustained-concurrency']?.value).toBe(0);
  });

  it('too few rows to tell are inconclusive, and a wrong column is the plan’s fault', async () => {
    const report = await run({ perturbations: NONE, rows: 300 });
    expect(checkOf(report, 'undisturbed')).toMatchObject({ verdict: 'inconclusive' });
    expect(checkOf(report, 'undisturbed').reason).toMatch(/about [\d,]+ rows would tell/);
    await expect(run({ perturbations: { ...NONE, noise: { columns: ['wind'] } } })).rejects.toMatchObject({
      type: 'PlanInvalid',
    });
  });

  it('a model that fails on a category it never saw', async () => {
    const tiny = await makeTinyWorld();
    try {
      const data = await sandboxData(tiny.evidence, tiny.dir);
      const plan = planOf('synthetic', {
        files: tiny.files,
        artifact: await tiny.model('tiny-brittle'),
        data,
        parameters: {
          ...QUICK,
          quality: { metric: 'log-loss', floor: 0.69 },
          twin: { rows: 500 },
          perturbations: { ...NONE, 'unknown-category': {} },
        },
      });
      const report = await runStage(tiny, synthetic(tiny.context), plan);
      expect(checkOf(report, 'answered')).toMatchObject({ verdict: 'fail' });
      expect(checkOf(report, 'answered').reason).toMatch(
        /rows were not answered, first of all under .*The model failed/,
      );
    } finally {
      await tiny.remove();
    }
  });
});

async function twinOf(report: Report): Promise<{ rows: EvidenceRef }> {
  return (await fullReport(world, report)).details['twin'] as { rows: EvidenceRef };
}
