import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { StageActivity } from '../../contracts/activities.ts';
import type { Plan } from '../../contracts/plan.ts';
import { asNumber } from '../../domain/plan/index.ts';
import type { ActivityContext } from '../context.ts';
import { readPlan, stageOf } from '../plan.ts';
import { checkEdgeCases } from './edge-cases.ts';
import { measureEnvelope } from './envelope.ts';
import { readGolden } from './golden.ts';
import { readParameters } from './parameters.ts';
import { dataFile, validationFile } from './plan-files.ts';
import { Progress } from './progress.ts';
import { measureQuality, type Quality } from './quality.ts';
import { makeReferenceProfile, REFERENCE_PROFILE } from './reference-profile.ts';
import { checkRepeatability } from './repeatability.ts';
import type { DataFile } from './sample-rows.ts';
import { blocking, finishReport, type Findings } from './stage-report.ts';
import { checkTraining } from './train-again.ts';
import { inTrial, loadVersion, type Trial } from './trial.ts';

const tolerance = z.number().min(0).max(1);

const parameters = z.strictObject({
  loadSeconds: z.number().positive().max(3600).default(60),
  /** Largest difference to the golden outputs. */
  goldenTolerance: tolerance.default(1e-5),
  /** Largest difference between two ways of asking: some kernels add up in another order for another batch size. */
  repeatTolerance: tolerance.default(1e-6),
  runs: z.int().min(2).max(100).default(3),
  seed: z.int().min(0).max(4_294_967_295).default(1),
  labelColumn: z.string().min(1).default('late'),
  slices: z.array(z.string().min(1)).max(20).default([]),
  sliceMinRows: z.int().min(2).default(200),
  batchRows: z.int().min(1).max(10_000).default(500),
  /** Rows that the reference profile rests on at most. */
  referenceRows: z.int().min(1).max(200_000).default(20_000),
  loadRequests: z.int().min(1).max(1_000_000).default(500),
  loadConcurrency: z.int().min(1).max(256).default(4),
  /** Trains once more, with the plan's command and seed on its `training` file, and compares the answers. */
  trainAgain: z.boolean().default(false),
  /** Largest difference between the answers of the two trainings. */
  trainTolerance: tolerance.default(1e-6),
});
type Parameters = z.infer<typeof parameters>;

const PHASES = ['repeatability', 'edge-cases', 'quality', 'envelope', 'reference-profile'];

/** Does it do the same right thing every time on clean data? */
export function sandbox(context: ActivityContext): StageActivity {
  return async (input) => {
    const startedAt = performance.now();
    const plan = await readPlan(context.evidence, input.planRef);
    const stage = stageOf(plan, input.step);
    const given = readParameters(parameters, stage);
    const files = await filesOf(context, plan);
    const progress = new Progress(context.evidence, given.trainAgain ? [...PHASES, 'training'] : PHASES);
    try {
      const findings = await inTrial(context, plan, (trial) =>
        tryOut(context, plan, trial, files, given, progress),
      );
      return await finishReport(context.evidence, input, stage, startedAt, findings);
    } finally {
      progress.stop();
    }
  };
}

interface Files {
  readonly validation: string;
  readonly reference: DataFile;
}

/** Local copies of what the stage reads, before anything is started for it. */
async function filesOf(context: ActivityContext, plan: Plan): Promise<Files> {
  const validation = await validationFile(context, plan);
  return {
    validation: validation.path,
    reference: (await dataFile(context, plan, 'reference')) ?? validation,
  };
}

async function tryOut(
  context: ActivityContext,
  plan: Plan,
  trial: Trial,
  files: Files,
  given: Parameters,
  progress: Progress,
): Promise<Findings> {
  const { client, signature } = trial;
  const golden = await readGolden(context.evidence, plan, signature);
  const loaded = await loadVersion(trial, plan, given.loadSeconds);
  if (!loaded.loaded) {
    return {
      builtIn: [blocking('loads', 'load-seconds', false, loaded.reason)],
      metrics: {},
      details: { loadSeconds: loaded.seconds },
      headline: '',
    };
  }
  const onShare = (share: number): void => progress.within(share);
  const loadSeconds = { 'load-seconds': { value: loaded.seconds, unit: 's' } };
  progress.measured(loadSeconds);

  const repeatability = await progress.phase('repeatability', () =>
    checkRepeatability(client, golden, given, onShare),
  );
  progress.measured(repeatability.metrics);
  const edges = await progress.phase('edge-cases', () =>
    checkEdgeCases(client, signature, golden.rows[0] ?? {}, onShare),
  );
  const { kept, ...quality } = await progress.phase('quality', () =>
    measureQuality(
      client,
      { ...given, path: files.validation, signature, threshold: plan.serving.threshold },
      trial.signal,
      onShare,
    ),
  );
  progress.measured(quality.metrics);
  const load = await progress.phase('envelope', () =>
    measureEnvelope(
      client,
      golden.rows,
      trial.serving.pid,
      { requests: given.loadRequests, concurrency: given.loadConcurrency },
      onShare,
    ),
  );
  progress.measured(load.metrics);
  const profile = await progress.phase('reference-profile', async () => {
    const source = { ...files.reference, most: given.referenceRows, batchRows: given.batchRows };
    const { groups = [], slices = [], positiveThreshold } = plan.watch ?? {};
    const validated = {
      expected: quality.expected,
      rows: kept,
      slices: [...new Set([...groups, ...slices])],
      threshold: positiveThreshold ?? 0.5,
    };
    const made = await makeReferenceProfile(client, signature, source, validated, onShare);
    return context.evidence.put(JSON.stringify(made), {
      name: REFERENCE_PROFILE,
      mediaType: 'application/json',
    });
  });

  const training = given.trainAgain
    ? await progress.phase('training', () =>
        checkTraining(context, plan, trial, golden, { ...given, onShare }),
      )
    : undefined;

  return {
    builtIn: [
      blocking('loads', 'load-seconds', true, `loaded in ${asNumber(loaded.seconds)} s`),
      ...repeatability.checks,
      edges.check,
      quality.check,
      ...(training ? [training.check] : []),
    ],
    metrics: {
      ...loadSeconds,
      ...repeatability.metrics,
      ...quality.metrics,
      ...load.metrics,
      ...training?.metrics,
    },
    envelope: load.envelope,
    evidence: [profile],
    details: {
      outputDigest: outputDigest(repeatability.outputDigest, quality.outputDigest),
      repeatability,
      edgeCases: edges,
      quality,
      ...(training ? { training } : {}),
      parameters: given,
    },
    headline: headlineOf(quality, given),
  };
}

/** One digest of all that the model answered; two runs of one version on one plan have the same. */
function outputDigest(golden: string | null, validation: string): string {
  return createHash('sha256')
    .update(`${golden ?? ''} ${validation}`)
    .digest('hex');
}

function headlineOf({ metrics, rows, slices }: Omit<Quality, 'kept'>, { sliceMinRows }: Parameters): string {
  const worst = metrics['worst-slice-log-loss'];
  const slice = slices.find(({ judged, logLoss }) => judged && logLoss.estimate === worst?.value);
  const named =
    slice === undefined
      ? ''
      : `; worst slice of ${sliceMinRows} rows or more: ${slice.column} ${slice.value}, log-loss ${asNumber(slice.logLoss.estimate)}`;
  const auc = metrics['auc'];
  const loss = metrics['log-loss'];
  return `AUC ${auc === undefined ? 'not measurable' : asNumber(auc.value)}, log-loss ${loss === undefined ? '' : asNumber(loss.value)} nats on ${rows} rows it never saw${named}`;
}
