import type { StageActivity, StageInput } from '../../contracts/activities.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { CheckResult, Metrics } from '../../contracts/report.ts';
import { governanceParameters, type GovernanceParameters } from '../../contracts/schemas/governance.ts';
import { lineageFacts, missingLineage, type GovernanceFacts } from '../../domain/governance/index.ts';
import type { ActivityContext } from '../context.ts';
import { defineTrialStage } from './define-stage.ts';
import { writeDocuments } from './governance/documents.ts';
import { earlierReports } from './governance/earlier-reports.ts';
import { auditGroups, groupings, groupSizesIn } from './governance/fairness.ts';
import { checkDigests, namedDigests } from './governance/named-digests.ts';
import { readTrainingRecord } from './governance/training-record.ts';
import { ModelRefused } from './model-client.ts';
import { dataFile, validationFile } from './plan-files.ts';
import { attackPrivacy, attacksMade } from './privacy/index.ts';
import type { Progress } from './progress.ts';
import type { DataFile } from './sample-rows.ts';
import { scoreFile, type ScoredFile } from './scored-file.ts';
import { blocking, type Findings, notLoaded, stoppedBy } from './stage-report.ts';
import { loadVersion, type Trial } from './trial.ts';

const PHASES = ['digests', 'fairness', 'privacy'] as const;

/** Could we explain and repeat this in five years? */
export function governance(context: ActivityContext): StageActivity {
  return defineTrialStage(context, {
    parameters: governanceParameters,
    prepare: ({ plan }) => filesOf(context, plan),
    phases: () => PHASES,
    run: ({ input, plan, trial, files, given, progress }) =>
      explain(context, input, plan, trial, files, given, progress),
  });
}

interface Files {
  readonly validation: DataFile;
  readonly reference: DataFile | undefined;
}

async function filesOf(context: ActivityContext, plan: Plan): Promise<Files> {
  return {
    validation: await validationFile(context, plan),
    reference: await dataFile(context, plan, 'reference'),
  };
}

async function explain(
  context: ActivityContext,
  input: StageInput,
  plan: Plan,
  trial: Trial,
  files: Files,
  given: GovernanceParameters,
  progress: Progress,
): Promise<Findings> {
  const { evidence } = context;
  const loaded = await loadVersion(trial, plan, given.loadSeconds);
  if (!loaded.loaded) return notLoaded(loaded);
  const earlier = await earlierReports(context, input);
  const training = await readTrainingRecord(evidence, plan);
  const digests = await progress.phase('digests', () =>
    checkDigests(evidence, namedDigests(plan, input.planRef, earlier)),
  );

  const ways = groupings(given.fairness);
  const wanted = {
    ...files.validation,
    signature: trial.signature,
    labelColumn: given.labelColumn,
    columns: [...new Set(ways.flat())],
    most: given.maxRows,
    batchRows: given.batchRows,
  };
  let held: ScoredFile;
  try {
    held = await scoreFile(trial.client, wanted, (share) => progress.within(share));
  } catch (error) {
    if (!(error instanceof ModelRefused)) throw error;
    return stoppedBy(blocking('validation-answered', 'error-rate', false, error.message));
  }
  const fairness = await progress.phase('fairness', async () => {
    const learnt = files.reference === undefined ? undefined : await groupSizesIn(files.reference, ways);
    return auditGroups(held, given.fairness, plan.serving.threshold, learnt);
  });
  progress.measured(fairness.metrics);

  const attacks = await progress.phase('privacy', () =>
    attackPrivacy({ evidence, plan, trial, given, earlier, held }, (share) => progress.within(share)),
  );

  const checks = [
    digests.check,
    lineageCheck({ plan, training }),
    ...fairness.checks,
    attacksMade(attacks),
    ...attacks.flatMap((attack) => attack.checks),
  ];
  const metrics = {
    'dangling-digests': { value: digests.dangling.length, unit: 'files' },
    ...fairness.metrics,
    ...(Object.assign({}, ...attacks.map((attack) => attack.metrics)) as Metrics),
  };
  const facts: GovernanceFacts = {
    plan,
    planRef: input.planRef,
    signature: trial.signature,
    training,
    earlier,
    audits: fairness.audits,
    checks,
    metrics,
    words: given.card,
  };
  const documents = await writeDocuments(evidence, facts, attacks, given);
  const all = [...checks, ...documents.checks];
  return {
    builtIn: all,
    metrics: { ...metrics, ...documents.metrics },
    evidence: documents.files,
    details: { dangling: digests.dangling, lineage: lineageFacts(facts), parameters: given },
    headline: `${documents.files.length} documents; ${all.filter(({ verdict }) => verdict === 'pass').length} of ${all.length} checks pass; ML Test Score ${documents.score.score}; no dangling digest`,
  };
}

function lineageCheck(facts: Pick<GovernanceFacts, 'plan' | 'training'>): CheckResult {
  const missing = missingLineage(lineageFacts(facts));
  return {
    name: 'lineage-complete',
    metric: 'lineage-gaps',
    severity: 'warning',
    verdict: missing.length === 0 ? 'pass' : 'fail',
    reason:
      missing.length === 0
        ? 'data, code, parameters, seed and environment of the training are known'
        : `nothing says ${missing.join(', ')} of the training; add the training command's record as spec.data.training-record`,
  };
}
