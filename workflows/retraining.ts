import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  isCancellation,
  proxyActivities,
  setHandler,
  startChild,
} from '@temporalio/workflow';
import type { ActivityInterfaceFor } from '@temporalio/workflow';
import type {
  GuardResult,
  LightActivities,
  RegisterInput,
  TrainingActivities,
} from '../contracts/activities.ts';
import type { EvidenceRef } from '../contracts/evidence.ts';
import { nonRetryableFailures } from '../contracts/failures.ts';
import { releaseWorkflowId } from '../contracts/ids.ts';
import type { JsonObject } from '../contracts/json.ts';
import { modelSignals } from '../contracts/messages.ts';
import type { ReleaseInput, RetrainingInput } from '../contracts/messages.ts';
import { searchAttributes } from '../contracts/search-attributes.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import type { RetrainingFact } from '../domain/retraining/index.ts';
import { failureOf } from './failure.ts';
import { releaseWorkflow } from './release.ts';
import { CancelDesk } from './retraining-cancel.ts';
import { RetrainingLedger, logOf } from './retraining-ledger.ts';
import { RetrainingPage, trainingProgress } from './retraining-page.ts';

export interface RetrainingResult {
  readonly outcome: 'released' | 'failed' | 'held';
  readonly detail: string;
}

/** Drift became a decision: choose the data, train, register the next version, and start its release. */
export async function retrainingWorkflow(input: RetrainingInput): Promise<RetrainingResult> {
  const { trainer } = input.retraining;
  const retry = { maximumAttempts: 3, nonRetryableErrorTypes: nonRetryableFailures };
  const training = proxyActivities<TrainingActivities>({
    taskQueue: trainer.taskQueue ?? taskQueues.training,
    startToCloseTimeout: trainer.timeoutSeconds * 1000,
    heartbeatTimeout: '30s',
    retry,
  });

  const ledger = new RetrainingLedger(input);
  ledger.record('RetrainingStarted', startOf(input));
  const page = new RetrainingPage(input);
  setHandler(trainingProgress, (progress) => page.progressed(progress));
  const desk = new CancelDesk(input);
  const result = await attempt(ledger, desk, async () => {
    page.show('choosing data');
    const data = await training.materialiseData.executeWithOptions(
      { summary: `labelled rows of ${input.retraining.windowDays} days up to ${input.windowEnd}` },
      [input],
    );
    ledger.record('DataMaterialised', data);

    page.training(data.rows);
    const trained = await training.trainModel.executeWithOptions(
      { summary: `train on ${data.rows} rows, seed ${trainer.seed}` },
      [{ retraining: input, data }],
    );
    const { files, seconds, log = null, code } = trained;
    page.show('registering the next version');
    ledger.record('ModelTrained', { files, seconds, log, ...(code ? { code } : {}) });

    const compared = await compare(training, ledger, { retraining: input, data, trained });
    const next = await training.registerVersion.executeWithOptions({ summary: 'register the next version' }, [
      { retraining: input, data, trained, ...compared },
    ]);
    ledger.record('VersionRegistered', { version: next.plan.version, planRef: next.planRef });
    await startRelease(next);
    return next.plan.version;
  });

  page.end(result);
  // Also after a cancellation: a model that never hears the end would never retrain again.
  await CancellationScope.nonCancellable(async () => {
    await reportBack(input, result);
    await ledger.flush();
  });
  return result;
}

/** The guard stopped it; no error of the workflow. */
class GuardBreach extends Error {
  readonly outcome: 'held' | 'failed';

  constructor(outcome: 'held' | 'failed', breaches: readonly string[]) {
    super(`its guard: ${breaches.join('; ')}`);
    this.outcome = outcome;
  }
}

/** Poisoned data or a model that is worse where the truth is known goes no further, unless a person has said so. */
async function compare(
  training: ActivityInterfaceFor<TrainingActivities>,
  ledger: RetrainingLedger,
  input: RegisterInput,
): Promise<{ compared?: GuardResult }> {
  const { retraining, acceptBreach } = input.retraining;
  if (!retraining.guard) return {};
  const compared = await training.compareTraining.executeWithOptions(
    { summary: 'compare data and model with the champion’s' },
    [input],
  );
  ledger.record('TrainingCompared', { ...compared, accepted: acceptBreach === true });
  if (compared.breaches.length > 0 && !acceptBreach)
    throw new GuardBreach(retraining.guard.outcome, compared.breaches);
  return { compared };
}

function startOf({ retraining, ...why }: RetrainingInput): RetrainingFact<'RetrainingStarted'>['data'] {
  const { model, decision, version, planRef, reason, driftEvents, windowEnd } = why;
  const { command, arguments: args, seed } = retraining.trainer;
  const asked = { windowDays: retraining.windowDays, command, arguments: args, seed };
  return { model, decision, version, planRef, reason, driftEvents, windowEnd, ...asked };
}

async function attempt(
  ledger: RetrainingLedger,
  desk: CancelDesk,
  train: () => Promise<string>,
): Promise<RetrainingResult> {
  const ended = (
    result: RetrainingResult,
    more: { version?: string; log?: EvidenceRef | null } = {},
  ): RetrainingResult => {
    ledger.record('RetrainingEnded', { ...result, version: more.version ?? null, log: more.log ?? null });
    return result;
  };
  try {
    const version = await desk.run(train);
    const detail = `version ${version} was trained and its release has started`;
    return ended({ outcome: 'released', detail }, { version });
  } catch (error) {
    if (error instanceof GuardBreach) return ended({ outcome: error.outcome, detail: error.message });
    if (isCancellation(error)) return ended({ outcome: 'failed', detail: desk.reason });
    const { type, message } = failureOf(error);
    return ended({ outcome: 'failed', detail: `${type}: ${message}` }, { log: logOf(error) });
  }
}

async function startRelease(next: ReleaseInput): Promise<void> {
  const { model, version, summary, risk } = next.plan;
  try {
    await startChild(releaseWorkflow, {
      workflowId: releaseWorkflowId(model, version),
      args: [next],
      taskQueue: taskQueues.release,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      staticSummary: `**${model}** ${version}: ${summary}`,
      typedSearchAttributes: [
        { key: searchAttributes.model, value: model },
        { key: searchAttributes.risk, value: risk },
      ],
    });
  } catch (error) {
    // The version is named by the decision that led to it, so "already started" means that it was done.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

async function reportBack(input: RetrainingInput, { outcome, detail }: RetrainingResult): Promise<void> {
  const { tellModel } = proxyActivities<LightActivities>({
    taskQueue: taskQueues.release,
    startToCloseTimeout: '30s',
  });
  const payload: JsonObject = { decision: input.decision, outcome, detail };
  await tellModel.executeWithOptions({ summary: `tell the model: retraining ${outcome}` }, [
    { model: input.model, signal: modelSignals.retrainingFinished, payload },
  ]);
}
