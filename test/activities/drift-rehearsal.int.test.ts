/**
 * Proves that the stage `drift-rehearsal` plays drift on real flights, scored by the real model, to the monitor with the plan's own
 * settings and the profile that the sandbox wrote; that a watch which never alarms and one which always alarms fail it; that real
 * later flights are played too; and that it says what the plan lacks.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { driftRehearsal, sandbox, type StageProgress } from '../../activities/stages/index.ts';
import { stepOf } from '../../client/plan-steps.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { JsonObject } from '../../contracts/json.ts';
import type { Plan, StageStep, WatchSpec } from '../../contracts/plan.ts';
import type { Report } from '../../contracts/report.ts';
import { releaseFile } from '../../contracts/schemas/release-file.ts';
import { monthStart } from '../../examples/flight-delays/rows.ts';
import {
  checkOf,
  exampleData,
  flightsBetween,
  fullReport,
  isAlive,
  makeWorld,
  planOf,
  put,
  runStage,
  startStage,
  trainExample,
  type World,
} from './support.ts';

/** What the example's release asks, on windows of two days, because January's holdout has three. */
const example = releaseFile
  .parse(parse(readFileSync(join(import.meta.dirname, '../../examples/flight-delays/release.yaml'), 'utf8')))
  .spec.steps.find((step) => 'stage' in step && step.stage === 'drift-rehearsal');
if (example === undefined || !('stage' in example))
  throw new Error('the example has no stage drift-rehearsal');
const { parameters: asked } = stepOf(example) as StageStep;
const QUICK = { ...asked, rowsPerWindow: 400, calmWindows: 4, after: 4, blockHours: 12 };
const WATCH: WatchSpec = {
  windowHours: 48,
  minRows: 200,
  psi: 0.2,
  logLossIncrease: 0.03,
  aucDecrease: 0.04,
  persistence: 1,
};
const ONLY_SUDDEN = { gradual: false, seasonal: false, recurring: false };
const CHECKS = [
  { name: 'missed', metric: 'missed-share', max: 0.1, severity: 'blocking' },
  { name: 'delay', metric: 'detection-delay-windows', max: 3, severity: 'blocking' },
] as const;

let world: World;
let files: Record<string, EvidenceRef>;
let profile: EvidenceRef;

const planWith = (
  parameters: JsonObject,
  watch: Partial<WatchSpec> = {},
  more: Partial<Plan> = {},
): Plan => ({
  ...planOf('drift-rehearsal', { files, parameters: { ...QUICK, ...parameters }, checks: CHECKS }),
  watch: { ...WATCH, ...watch },
  ...more,
});
const rehearse = (plan: Plan): Promise<Report> =>
  runStage(world, driftRehearsal(world.context), plan, { profile });

beforeAll(async () => {
  world = await makeWorld();
  files = await trainExample(world, 'clean');
  const plan = planOf('sandbox', { files, parameters: { loadRequests: 1 } });
  const report = await runStage(world, sandbox(world.context), plan);
  profile = report.evidence.find(({ name }) => name === 'reference-profile.json')!;
});
afterAll(async () => {
  for (const { pid } of world.servings) expect(isAlive(pid)).toBe(false);
  await world.remove();
});

describe('a monitor that is set well', () => {
  let report: Report;
  let heartbeats: readonly StageProgress[];
  const plan = (): Plan => planWith({ minSeverity: 'critical' });
  beforeAll(async () => {
    const started = await startStage(world, driftRehearsal(world.context), plan(), undefined, { profile });
    report = await started.report;
    heartbeats = started.heartbeats as StageProgress[];
  });

  it('notices each kind of change, and passes', () => {
    expect(report.checks.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    const value = (name: string): number => report.metrics[name]?.value ?? Number.NaN;
    for (const { value: found } of Object.values(report.metrics)) expect(Number.isFinite(found)).toBe(true);
    expect(value('detection-delay-windows')).toBeGreaterThanOrEqual(1);
    expect(value('detection-delay-windows-p90')).toBeGreaterThanOrEqual(value('detection-delay-windows'));
    expect(value('gradual-detection-delay-windows')).toBeGreaterThanOrEqual(
      value('sudden-detection-delay-windows'),
    );
    expect(value('loss-before-alarm')).toBeGreaterThan(0);
    expect(report.metrics['lead-time-windows']?.unit).toBe('windows');
    const { samples = 0, lower } = report.metrics['false-alarm-interval-windows'] ?? {};
    expect(lower).toBe(value('false-alarm-interval-windows'));
    expect(samples).toBeGreaterThan(40);
  });

  it('leaves its prediction, with the watch that it was made of', async () => {
    const ref = report.evidence.find(({ name }) => name === 'drift-prediction.json');
    const prediction = await world.evidence.getJson<{ watch: WatchSpec; profile: string; metrics: object }>(
      ref!,
    );
    expect(prediction.watch).toEqual(WATCH);
    expect(prediction.profile).toBe(profile.sha256);
    expect(prediction.metrics).toEqual(report.metrics);
  });

  it('says the same when an attempt goes on where another stopped', async () => {
    const half = heartbeats.find(({ finished }) => 'sudden' in finished && !('seasonal' in finished));
    const again = await startStage(world, driftRehearsal(world.context), plan(), half, { profile });
    const second = await again.report;
    expect(second.metrics).toEqual(report.metrics);
    const beats = again.heartbeats as StageProgress[];
    expect(beats.filter(({ phase }) => phase === 'calm').length).toBeLessThan(4);
  });
});

describe('a monitor that is set badly', () => {
  it('so that it never alarms', async () => {
    const deaf = { logLossIncrease: 10, aucDecrease: 1, psi: 100 };
    const report = await rehearse(planWith({ scenarios: ONLY_SUDDEN, minSeverity: 'critical' }, deaf));
    expect(report.verdict).toBe('fail');
    expect(checkOf(report, 'notices').verdict).toBe('fail');
    expect(checkOf(report, 'missed').verdict).toBe('fail');
    expect(checkOf(report, 'delay').verdict).toBe('fail');
    expect(report.metrics['missed-share']?.value).toBe(1);
  });

  it('so that it always alarms', async () => {
    const hasty = { psi: 0.001 };
    const report = await rehearse(planWith({ scenarios: ONLY_SUDDEN, minSeverity: 'warning' }, hasty));
    expect(report.verdict).toBe('fail');
    expect(checkOf(report, 'stays-calm')).toMatchObject({ verdict: 'fail' });
    expect(report.metrics['false-alarm-interval-windows']?.value).toBeLessThan(2);
    expect(checkOf(report, 'notices').reason).toMatch(/an alarm stood before the change/);
  });
});

describe('other changes and data', () => {
  it('plays inputs that go missing, and the flights that really came later', async () => {
    const february = await flightsBetween(monthStart(2), monthStart(3), join(world.dir, 'february.parquet'));
    const data = { ...exampleData(files), later: await put(world, february) };
    const parameters = { change: { kind: 'missing' }, scenarios: ONLY_SUDDEN, minSeverity: 'warning' };
    const report = await rehearse(planWith(parameters, {}, { data }));
    const { details } = await fullReport(world, report);
    const levels = details['qualityByLevel'] as { intensity: number; quality: { estimate: number } }[];
    expect(levels.at(-1)).toMatchObject({ intensity: 1, quality: { estimate: 0.5 } });
    const later = details['later'] as { windows: { start: string; rows: number }[] };
    expect(later.windows.length).toBeGreaterThan(10);
    expect(later.windows.every(({ start }) => Date.parse(start) % (48 * 3_600_000) === 0)).toBe(true);
    expect(report.metrics['later-first-alarm-window']?.samples).toBe(40);
  });

  it('says what the plan lacks', async () => {
    const { watch: _, ...unwatched } = planWith({});
    await expect(rehearse(unwatched)).rejects.toMatchObject({
      type: 'PlanInvalid',
      message: expect.stringMatching(/watches nothing/) as string,
    });
    await expect(runStage(world, driftRehearsal(world.context), planWith({}))).rejects.toMatchObject({
      type: 'PlanInvalid',
      message: expect.stringMatching(/no stage before this one left a reference profile/) as string,
    });
    await expect(rehearse(planWith({ timeColumn: 'carrier' }))).rejects.toMatchObject({
      type: 'DataUnreadable',
      message: expect.stringMatching(/has no time in the column carrier/) as string,
    });
  });
});
