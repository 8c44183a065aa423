import { createHash } from 'node:crypto';
import type { StageActivity } from '../../contracts/activities.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { CheckResult } from '../../contracts/report.ts';
import { sandboxParameters, type SandboxParameters } from '../../contracts/schemas/sandbox.ts';
import { asNumber } from '../../domain/plan/index.ts';
import type { ActivityContext } from '../context.ts';
import { evidenceFailures } from '../plan.ts';
import { defineTrialStage } from './define-stage.ts';
import { checkEdgeCases } from './edge-cases.ts';
import { measureEnvelope } from './envelope.ts';
import { readGolden } from './golden.ts';
import { ModelRefused } from './model-client.ts';
import { dataFile, validationFile } from './plan-files.ts';
import type { Progress } from './progress.ts';
import type { QualityPart } from './quality-part.ts';
import { measureQuality, qualityOfParts, type Quality } from './quality.ts';
import { makeReferenceProfile, REFERENCE_PROFILE } from './reference-profile.ts';
import { checkRepeatability } from './repeatability.ts';
import type { DataFile } from './sample-rows.ts';
import { blocking, type Findings, notLoaded } from './stage-report.ts';
import { checkTraining } from './train-again.ts';
import { loadVersion, type Trial } from './trial.ts';

const PHASES = ['repeatability', 'edge-cases', 'quality', 'envelope', 'reference-profile'];

/** Does it do the same right thing every time on clean data? */
export function sandbox(context: ActivityContext): StageActivity {
  return defineTrialStage(context, {
    parameters: sandboxParameters,
    prepare: ({ plan }) => filesOf(context, plan),
    phases: ({ trainAgain }) => (trainAgain ? [...PHASES, 'training'] : PHASES),
    run: ({ input, plan, trial, files, given, progress }) =>
      tryOut(context, plan, trial, files, given, progress, input.shards),
  });
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
  given: SandboxParameters,
  progress: Progress,
  parts: readonly EvidenceRef[] | undefined,
): Promise<Findings> {
  const { client, signature } = trial;
  const golden = await readGolden(context.evidence, plan, signature);
  const loaded = await loadVersion(trial, plan, given.loadSeconds);
  if (!loaded.loaded) return notLoaded(loaded);
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
  const options = { ...given, path: files.validation, signature, threshold: plan.serving.threshold };
  const { kept, ...quality } = await progress.phase('quality', () =>
    parts === undefined
      ? measureQuality(client, options, trial.signal, onShare)
      : partsOf(context, parts).then((read) => qualityOfParts(options, read, trial.signal)),
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
    try {
      const made = await makeReferenceProfile(client, signature, source, validated, onShare);
      return await context.evidence.put(JSON.stringify(made), {
        name: REFERENCE_PROFILE,
        mediaType: 'application/json',
      });
    } catch (error) {
      if (error instanceof ModelRefused) return { refused: error.message };
      throw error;
    }
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
      profileCheck(profile),
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
    evidence: 'refused' in profile ? [] : [profile],
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

/** What the shards summed. */
function partsOf({ evidence }: ActivityContext, refs: readonly EvidenceRef[]): Promise<QualityPart[]> {
  const read = (ref: EvidenceRef) => evidenceFailures(ref.name, () => evidence.getJson<QualityPart>(ref));
  return Promise.all(refs.map(read));
}

/** Without a profile nobody can watch the version. */
function profileCheck(profile: EvidenceRef | { readonly refused: string }): CheckResult {
  const refused = 'refused' in profile;
  const reason = refused
    ? `no reference profile: ${profile.refused}`
    : `what the version knows of the world is kept as ${profile.name}`;
  return blocking('reference-profile', 'score', !refused, reason);
}

/** One digest of all that the model answered; two runs of one version on one plan have the same. */
function outputDigest(golden: string | null, validation: string): string {
  return createHash('sha256')
    .update(`${golden ?? ''} ${validation}`)
    .digest('hex');
}

function headlineOf(
  { metrics, rows, slices }: Omit<Quality, 'kept'>,
  { sliceMinRows }: SandboxParameters,
): string {
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
