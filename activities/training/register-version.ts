import { createHash } from 'node:crypto';
import type { RegisterInput, TrainingActivities } from '../../contracts/activities.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import { isName } from '../../contracts/ids.ts';
import type { JsonObject, JsonValue } from '../../contracts/json.ts';
import type { ReleaseInput } from '../../contracts/messages.ts';
import type { Plan } from '../../contracts/plan.ts';
import { canonicalJson } from '../../domain/ledger/index.ts';
import { sparedSteps, withoutSkips } from '../../domain/plan/index.ts';
import type { ActivityContext } from '../context.ts';
import { failure } from '../failure.ts';
import { evidenceFailures, readPlan } from '../plan.ts';
import { PROVENANCE } from './train-model.ts';

/** Who asks for a release that nobody asked for. No person has this name, so every person may approve. */
const REQUESTER = 'retraining';

/** Files that belong to one trained model: those of the champion would say nothing about another. */
const OF_ONE_MODEL = ['golden', 'validation', 'reference', 'profile'];

/** Labelled rows that no retraining replaces, whatever a training command leaves. */
const TRUSTED = 'trusted';

/** What the version was trained on; the next one's is what it was just trained on. */
const TRAINING = 'training';

/** What the training command wrote down about itself, in `training.json`: of the next version, what it has just written. */
export const TRAINING_RECORD = 'training-record';

/**
 * The next version's plan: the champion's, with the files that the training left. The same input gives the same bytes.
 * Throws `TrainingFailed` when a file that the champion's plan has is missing.
 */
export function registerVersion(context: ActivityContext): TrainingActivities['registerVersion'] {
  return async (input): Promise<ReleaseInput> => {
    const champion = await readPlan(context.evidence, input.retraining.planRef);
    const spared = sparedSteps(champion.steps, input.retraining.retraining.next?.steps ?? champion.steps);
    if (spared.length > 0) {
      const what = `the next version would be spared ${spared.join(' and ')}`;
      throw failure(
        'PlanInvalid',
        `${what}; a version that nobody asked for needs every gate of its champion`,
      );
    }
    const plan = nextPlan(champion, input, await codeOf(context, input));
    // A plan is JSON by construction; an interface has no index signature, so the compiler cannot see that.
    const text = canonicalJson(plan as unknown as JsonValue);
    const planRef = await evidenceFailures('the next plan', () =>
      context.evidence.put(text, { name: 'plan.json', mediaType: 'application/json' }),
    );
    return { plan, planRef };
  };
}

async function codeOf({ evidence }: ActivityContext, { trained }: RegisterInput): Promise<JsonObject> {
  const ref = trained.files[PROVENANCE];
  if (ref === undefined) return { commit: null };
  const { code } = await evidenceFailures('the provenance', () =>
    evidence.getJson<{ code: JsonObject }>(ref),
  );
  return code;
}

function nextPlan(champion: Plan, input: RegisterInput, code: JsonObject): Plan {
  const { retraining: why, data, trained, compared } = input;
  const { trainer, next, windowDays } = why.retraining;
  const version = versionFor(why);
  const lineage: JsonObject = {
    decision: why.decision,
    reason: why.reason,
    driftEvents: [...why.driftEvents],
    previousVersion: why.version,
    previousPlan: why.planRef.sha256,
    data: { sha256: data.data.sha256, from: data.from, to: data.to, rows: data.rows },
    trainer: { command: [...trainer.command], arguments: [...trainer.arguments], seed: trainer.seed },
    code,
    ...(why.approval ? { approval: { ...why.approval } } : {}),
    ...(compared ? { comparison: { report: compared.report.sha256, breaches: [...compared.breaches] } } : {}),
    files: Object.fromEntries(Object.entries(trained.files).map(([name, { sha256 }]) => [name, sha256])),
  };
  return {
    ...champion,
    version,
    summary: `${champion.model} retrained on ${windowDays} days up to ${data.to.slice(0, 10)}, after ${why.version} drifted`,
    requester: REQUESTER,
    artifact: fileOf(input, 'model'),
    signature: fileOf(input, 'signature'),
    data: dataOf(champion, input),
    steps: next?.steps ?? withoutSkips(champion.steps),
    retraining: why.retraining,
    lineage,
  };
}

function dataOf(champion: Plan, input: RegisterInput): Record<string, EvidenceRef> {
  const { files } = input.trained;
  const data: Record<string, EvidenceRef> = {};
  for (const [name, ref] of Object.entries(champion.data)) {
    if (name === TRUSTED) data[name] = ref;
    else if (name === TRAINING) data[name] = input.data.data;
    else if (name === TRAINING_RECORD) Object.assign(data, recordOf(files));
    else if (!OF_ONE_MODEL.includes(name)) data[name] = files[name] ?? ref;
    else if (name === 'golden' || name === 'validation') data[name] = fileOf(input, name);
  }
  for (const name of OF_ONE_MODEL) {
    const ref = files[name];
    if (ref !== undefined) data[name] = ref;
  }
  return data;
}

/** Nothing where the command wrote none: the champion's would say nothing about another model. */
function recordOf({ training }: Readonly<Record<string, EvidenceRef>>): Record<string, EvidenceRef> {
  return training === undefined ? {} : { [TRAINING_RECORD]: training };
}

function fileOf({ trained }: RegisterInput, name: string): EvidenceRef {
  const ref = trained.files[name];
  if (ref !== undefined) return ref;
  const left = Object.values(trained.files).map((file) => file.name);
  throw failure(
    'TrainingFailed',
    `the training command left no file called ${name}, which the next version's plan needs; it left ${left.join(', ')}`,
  );
}

/**
 * `r-2013-06-16-3fa2c1`: when the drift ended that led to it, and which decision. Short however many retrainings came before,
 * and another decision of the same day has another name.
 */
export function versionFor({ decision, windowEnd }: RegisterInput['retraining']): string {
  const day = new Date(windowEnd).toISOString().slice(0, 10);
  const mark = createHash('sha256').update(decision).digest('hex').slice(0, 6);
  const version = `r-${day}-${mark}`;
  if (!isName(version)) throw failure('PlanInvalid', `${version} cannot name a version`);
  return version;
}
