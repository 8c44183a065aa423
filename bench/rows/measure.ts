/**
 * One stage on one file of rows, in a process of its own, so that its memory is its own: `measure.ts STAGE FILE FOLDER` with the folder of
 * the trained model. Writes one line of JSON. The model is served by another process, whose memory is not counted here.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityContext } from '../../activities/context.ts';
import { stageActivities } from '../../activities/stages/index.ts';
import { openEvidence } from '../../adapters/evidence/index.ts';
import type { StageInput } from '../../contracts/activities.ts';
import type { JsonObject } from '../../contracts/json.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Report } from '../../contracts/report.ts';
import { createStartServing } from '../../worker/serving.ts';

export interface Measured {
  readonly stage: string;
  readonly seconds: number;
  /** Processor seconds of this process. */
  readonly cpuSeconds: number;
  /** Largest resident memory of this process, MiB. */
  readonly peakMiB: number;
  /** Longest time between two heartbeats, seconds. */
  readonly silenceSeconds: number;
  readonly verdict: string;
  readonly rows: number;
  readonly metrics: Report['metrics'];
}

const parameters: Readonly<Record<string, JsonObject>> = {
  sandbox: { slices: ['carrier', 'origin', 'dest_region'], loadRequests: 200 },
  synthetic: { quality: { metric: 'auc', floor: 0.55 }, twin: { quasiIdentifiers: ['carrier', 'origin'] } },
};

const [stage = '', file = '', folder = ''] = process.argv.slice(2);
const dir = await mkdtemp(join(tmpdir(), 'seatrial-rows-'));
try {
  const [evidenceDir, scratchDir] = [join(dir, 'evidence'), join(dir, 'scratch')];
  await mkdir(scratchDir, { recursive: true });
  const evidence = openEvidence(evidenceDir);
  const parts: Pick<ActivityContext, 'evidence' | 'scratchDir' | 'startServing'> = {
    evidence,
    scratchDir,
    startServing: createStartServing({ evidenceDir, scratchDir }),
  };
  const put = (path: string, mediaType: string) =>
    evidence.putFile(path, { name: path.slice(path.lastIndexOf('/') + 1), mediaType });
  const plan: Plan = {
    schema: 1,
    model: 'flight-delays',
    version: 'v1',
    summary: 'many rows',
    risk: 'low',
    requester: 'rita',
    people: {},
    artifact: await put(join(folder, 'model.onnx'), 'application/onnx'),
    signature: await put(join(folder, 'signature.json'), 'application/json'),
    data: {
      golden: await put(join(folder, 'golden.json'), 'application/json'),
      validation: await put(file, 'application/vnd.apache.parquet'),
    },
    serving: { fallback: { score: 0.23 }, threshold: 0.5 },
    steps: [
      {
        kind: 'stage',
        name: stage,
        stage,
        timeoutSeconds: 36_000,
        parameters: parameters[stage] ?? {},
        checks: [],
      },
    ],
    rollback: { objectiveSeconds: 60 },
  };
  const planRef = await evidence.put(JSON.stringify(plan), {
    name: 'plan.json',
    mediaType: 'application/json',
  });
  const activity = stageActivities(parts as ActivityContext)[stage];
  if (activity === undefined) throw new Error(`there is no stage ${stage}`);
  const environment = new MockActivityEnvironment();
  let [last, silence] = [performance.now(), 0];
  environment.on('heartbeat', () => {
    silence = Math.max(silence, performance.now() - last);
    last = performance.now();
  });
  const input: StageInput = { model: plan.model, version: plan.version, planRef, step: 0, attempt: 1 };
  const before = process.cpuUsage();
  const started = performance.now();
  last = started;
  const report = await environment.run<[StageInput], Report, typeof activity>(activity, input);
  const { user, system } = process.cpuUsage(before);
  const measured: Measured = {
    stage,
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    silenceSeconds: silence / 1000,
    verdict: report.verdict,
    rows: report.metrics['log-loss']?.samples ?? report.metrics['auc']?.samples ?? 0,
    metrics: report.metrics,
  };
  process.stdout.write(`${JSON.stringify(measured)}\n`);
} finally {
  await rm(dir, { recursive: true, force: true });
}
