import { z } from 'zod';
import type { StageActivity } from '../../contracts/activities.ts';
import type { Plan, Signature } from '../../contracts/plan.ts';
import type { CheckResult, Metrics } from '../../contracts/report.ts';
import { EvidenceError, sha256OfFile } from '../../adapters/evidence/index.ts';
import { asNumber } from '../../domain/plan/index.ts';
import type { ActivityContext } from '../context.ts';
import { evidenceFailures } from '../plan.ts';
import { knownFormat } from './artifact-format.ts';
import { defineStage } from './define-stage.ts';
import { readGolden } from './golden.ts';
import { isObject, scoresOf, type FeatureRow } from './model-client.ts';
import { leavesFolder, NotOnnx, readOnnx, type OnnxFacts } from './onnx-file.ts';
import type { Progress } from './progress.ts';
import { blocking, notMade, type Findings } from './stage-report.ts';
import { inTrial, loadVersion, type Trial } from './trial.ts';

const parameters = z.strictObject({
  /** Longest time in which the model must be ready to answer. */
  loadSeconds: z.number().positive().max(3600).default(60),
  /** Queries before the one that counts. */
  warmUps: z.int().min(0).max(1000).default(3),
});
type Parameters = z.infer<typeof parameters>;

/** Is this the thing that was trained, and can it serve at all? */
export function intake(context: ActivityContext): StageActivity {
  return defineStage(context, {
    parameters,
    phases: () => ['identity', 'format', 'serving'],
    run: ({ plan, given, progress }) => examine(context, plan, given, progress),
  });
}

/** Step by step: nothing is opened that is not the file of the plan, and nothing is run that is not known to be ONNX. */
async function examine(
  context: ActivityContext,
  plan: Plan,
  given: Parameters,
  progress: Progress,
): Promise<Findings> {
  const identity = await checkIdentity(context, plan);
  const { path } = identity;
  if (path === undefined) return refused(plan, [...identity.checks], {}, 'the artifact is not the plan’s');
  progress.within(1);

  const format = await progress.phase('format', () => Promise.resolve(checkFormat(path)));
  const known = [...identity.checks, ...format.checks];
  if (format.checks.some(({ verdict }) => verdict !== 'pass')) {
    return refused(plan, known, { format: format.facts }, 'nothing runs on a file that was refused');
  }

  const served = await progress.phase('serving', () =>
    inTrial(context, plan, (trial) => tryServing(context, trial, plan, given)),
  );
  progress.measured(served.metrics);
  const seconds = served.metrics['load-seconds']?.value ?? 0;
  return {
    builtIn: [...known, ...served.checks],
    metrics: served.metrics,
    details: { artifact: plan.artifact, onnx: format.facts, serving: served.details },
    headline: `${plan.model} ${plan.version} is the file of the plan, loads in ${asNumber(seconds)} s and answers as declared`,
  };
}

function refused(
  plan: Plan,
  made: readonly CheckResult[],
  details: Findings['details'],
  why: string,
): Findings {
  const left = ALL_CHECKS.filter(({ name }) => !made.some((check) => check.name === name));
  return {
    builtIn: [...made, ...left.map(({ name, metric }) => notMade(name, metric, why))],
    metrics: {},
    details: { artifact: plan.artifact, ...details },
    headline: '',
  };
}

const ALL_CHECKS = [
  { name: 'artifact-digest', metric: 'digest' },
  { name: 'data-digests', metric: 'digest' },
  { name: 'format', metric: 'format' },
  { name: 'external-data', metric: 'format' },
  { name: 'loads', metric: 'load-seconds' },
  { name: 'one-query', metric: 'score' },
  { name: 'interface', metric: 'signature' },
] as const;

async function checkIdentity(
  { evidence }: ActivityContext,
  plan: Plan,
): Promise<{ path: string | undefined; checks: CheckResult[] }> {
  const { artifact } = plan;
  let path: string;
  try {
    path = await evidence.path(artifact);
  } catch (error) {
    // Another file in its place is what this stage looks for; that there is none is not.
    const isOther = error instanceof EvidenceError && error.code === 'EVIDENCE_CHANGED';
    if (!isOther) return evidenceFailures('the artifact', () => Promise.reject(error as Error));
    return { path: undefined, checks: [blocking('artifact-digest', 'digest', false, error.message)] };
  }
  // Once more here: the store looks only once in its life, and this is the word that later stages rely on.
  const found = await sha256OfFile(path);
  if (found.sha256 !== artifact.sha256 || found.bytes !== artifact.bytes) {
    const why = `the artifact has ${found.bytes} bytes and the digest ${found.sha256}; the plan says ${artifact.bytes} and ${artifact.sha256}`;
    return { path: undefined, checks: [blocking('artifact-digest', 'digest', false, why)] };
  }
  const others = [plan.signature, ...Object.values(plan.data)];
  for (const ref of others) await evidenceFailures(`${ref.name} of the plan`, () => evidence.path(ref));
  return {
    path,
    checks: [
      blocking(
        'artifact-digest',
        'digest',
        true,
        `${artifact.name} has the plan's digest ${artifact.sha256}`,
      ),
      blocking(
        'data-digests',
        'digest',
        true,
        `the ${others.length} other files of the plan have their digests`,
      ),
    ],
  };
}

function checkFormat(path: string): { checks: CheckResult[]; facts: OnnxFacts | null } {
  let facts: OnnxFacts;
  try {
    facts = readOnnx(path);
  } catch (error) {
    if (!(error instanceof NotOnnx)) throw error;
    const found = knownFormat(path) ?? 'no format that is known';
    const why = `the artifact is ${found} by its bytes, and only ONNX is served (as ONNX: ${error.message})`;
    return { checks: [blocking('format', 'format', false, why)], facts: null };
  }
  const { irVersion, operatorSet, externalLocations } = facts;
  const what = `an ONNX model, IR version ${irVersion}, operator set ${operatorSet ?? 'of its own'}`;
  const outside = externalLocations.map(leavesFolder).filter((why) => why !== undefined);
  const external = externalLocations.length === 0;
  const reason = external
    ? 'all of the model is in its one file'
    : outside.length > 0
      ? `tensors lie outside of the model's folder: ${outside.slice(0, 3).join('; ')}`
      : `tensors lie in ${externalLocations.length} other file(s), such as ${JSON.stringify(externalLocations[0]?.slice(0, 120))}, which the plan does not freeze; export the model into one file`;
  return {
    checks: [
      blocking('format', 'format', true, `the artifact is ${what}`),
      blocking('external-data', 'format', external, reason),
    ],
    facts,
  };
}

interface Served {
  readonly checks: readonly CheckResult[];
  readonly metrics: Metrics;
  readonly details: Readonly<Record<string, unknown>>;
}

async function tryServing(
  context: ActivityContext,
  trial: Trial,
  plan: Plan,
  { loadSeconds, warmUps }: Parameters,
): Promise<Served> {
  const loaded = await loadVersion(trial, plan, loadSeconds);
  if (!loaded.loaded) {
    return {
      checks: [
        blocking('loads', 'load-seconds', false, loaded.reason),
        notMade('one-query', 'score', 'the model did not load'),
        notMade('interface', 'signature', 'the model did not load'),
      ],
      metrics: {},
      details: { startSeconds: trial.startSeconds, loadSeconds: loaded.seconds, refused: loaded.reason },
    };
  }
  const rows = [await someRow(context, plan, trial.signature)];
  for (let n = 0; n < warmUps; n++) await trial.client.infer(rows);
  const answer = await trial.client.infer(rows);
  const score = scoresOf(answer)?.[0];
  const answered = score !== undefined && score >= 0 && score <= 1;
  const differences = interfaceDifferences((await trial.client.metadata()).body, trial.signature);
  const seconds = loaded.seconds;
  return {
    checks: [
      blocking(
        'loads',
        'load-seconds',
        true,
        `loaded in ${asNumber(seconds)} s; ${loadSeconds} s are allowed`,
      ),
      blocking(
        'one-query',
        'score',
        answered,
        answered
          ? `one row was answered with the score ${asNumber(score)} in ${asNumber(answer.milliseconds)} ms`
          : `one row was answered ${answer.status}: ${answer.error ?? `score ${String(score)}`}`,
      ),
      blocking(
        'interface',
        'signature',
        differences.length === 0,
        differences.length === 0
          ? `${trial.signature.inputs.length} inputs and the outputs are served as declared`
          : `served otherwise than declared: ${differences.join('; ')}`,
      ),
    ],
    metrics: { 'load-seconds': { value: seconds, unit: 's' } },
    details: { startSeconds: trial.startSeconds, loadSeconds: seconds, firstQuery: answer },
  };
}

/** A golden row where there is one, so that the query is a real one. */
async function someRow(context: ActivityContext, plan: Plan, signature: Signature): Promise<FeatureRow> {
  if (plan.data['golden'] !== undefined) {
    const [row] = (await readGolden(context.evidence, plan, signature)).rows;
    if (row !== undefined) return row;
  }
  return Object.fromEntries(signature.inputs.map(({ name, kind }) => [name, kind === 'category' ? '' : 0]));
}

/** What the served metadata says otherwise than the signature. */
function interfaceDifferences(metadata: unknown, signature: Signature): string[] {
  const tensors = (key: string): Map<string, string> => {
    const list: unknown = isObject(metadata) ? metadata[key] : undefined;
    const named = Array.isArray(list) ? (list as unknown[]).filter(isObject) : [];
    return new Map(named.map(({ name, datatype }) => [asText(name), asText(datatype)]));
  };
  const inputs = tensors('inputs');
  const outputs = tensors('outputs');
  const wrong = signature.inputs
    .filter(({ name, datatype }) => inputs.get(name) !== datatype)
    .map(({ name, datatype }) => `input ${name} is ${inputs.get(name) ?? 'not there'} and not ${datatype}`);
  const declared = new Set(signature.inputs.map(({ name }) => name));
  for (const name of inputs.keys()) if (!declared.has(name)) wrong.push(`input ${name} is not declared`);
  for (const name of ['probabilities', 'score']) {
    if (outputs.get(name) !== 'FP32') wrong.push(`output ${name} is ${outputs.get(name) ?? 'not there'}`);
  }
  return wrong;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
