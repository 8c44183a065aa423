import { isCancellation, patched, sleep } from '@temporalio/workflow';
import type { ObserveInput, SoakInput } from '../contracts/activities.ts';
import { modelSignals } from '../contracts/messages.ts';
import type { JsonObject } from '../contracts/json.ts';
import type { SoakSpec, StageStep } from '../contracts/plan.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import { readReport, referenceProfile, viewOf } from '../domain/release/index.ts';
import type { ReleaseCommand, ReleaseState, Work } from '../domain/release/index.ts';
import type { Informed } from '../domain/release/events.ts';
import { baselineOf, planOf, promotionOf, stageAt, stepAt } from '../domain/release/state.ts';
import type { Unsent } from './command.ts';
import { NOT_TAKEN, failureOf } from './failure.ts';
import { documents, light, runStage, watching } from './release-activities.ts';

interface Failure {
  readonly type: string;
  readonly message: string;
}
type Send = (command: Unsent<ReleaseCommand>) => void;

/** Does one piece of a release's work and sends what came of it. Cancellation means that the work is no longer wanted. */
export async function performReleaseWork(work: Work, state: ReleaseState, send: Send): Promise<void> {
  const { model, version } = planOf(state);
  const planRef = state.planRef;
  if (!planRef) throw new Error('a release without a plan has no work');
  const release = { model, version, planRef };

  switch (work.kind) {
    case 'stage': {
      const { step, attempt } = work;
      const stage = stageAt(state, step);
      const profile = referenceProfile(state);
      const promotion = promotionOf(state);
      const input = {
        ...release,
        step,
        attempt,
        ...(profile ? { profile } : {}),
        ...(stage.review && promotion ? { promotion } : {}),
      };
      if (stage.review && promotion) await soak(stage.review.soak, { ...release, step, promotion });
      return settle(
        runStage(stage, `${stage.name}, attempt ${attempt}`, input),
        (answer) => {
          // Releases that are under way took a stage's word as it came.
          const read = patched('report-guard')
            ? readReport(answer, stage)
            : { ok: true as const, report: answer };
          if (read.ok) return send({ type: 'FinishStage', step, attempt, report: read.report });
          const failure = { type: 'NoReport', message: read.why };
          return send({ type: 'FailStage', step, attempt, failure });
        },
        (failure) => send({ type: 'FailStage', step, attempt, failure: whoIsAway(failure, stage) }),
      );
    }
    case 'gate-brief': {
      const { step, gate } = work;
      const input = { planRef, gate, step, view: viewOf(state) };
      return settle(
        light.prepareGateBrief.executeWithOptions({ summary: `brief for gate ${gate}` }, [input]),
        (evidence) => send({ type: 'OpenGate', step, gate, evidence }),
        (failure) => send({ type: 'FailGate', step, gate, failure }),
      );
    }
    case 'deadline': {
      const { step, gate, dueAt } = work;
      await sleep(Math.max(1, Date.parse(dueAt) - Date.now()), { summary: `deadline of gate ${gate}` });
      return send({ type: 'ExpireGate', step, gate });
    }
    case 'review-deadline': {
      const { dueAt } = work;
      await sleep(Math.max(1, Date.parse(dueAt) - Date.now()), { summary: 'deadline of the review' });
      return send({ type: 'ExpireReview', dueAt });
    }
    case 'shift': {
      const { change, shift } = work;
      const { changeId } = change;
      const summary = `${shift.purpose}: ${shift.arms.map((arm) => `${arm.version} ${arm.weight} %`).join(', ')}`;
      return settle(
        light.shiftTraffic.executeWithOptions({ summary }, [{ ...release, change }]),
        (result) => send({ type: 'ConfirmShift', changeId, ...result }),
        (failure) => send({ type: 'FailShift', changeId, failure }),
      );
    }
    case 'observe': {
      const { changeId } = work;
      const summary = `observe ${stepAt(state, work.step)?.name ?? 'canary'} step ${work.canaryStep + 1}`;
      return settle(
        watching.observeCanary.executeWithOptions({ summary }, [observation(work, state)]),
        (report) => send({ type: 'FinishObservation', changeId, report }),
        (failure) => send({ type: 'FailObservation', changeId, failure }),
      );
    }
    case 'guard': {
      const { changeId } = work;
      const report = await watching.guardCanary.executeWithOptions(
        { summary: 'guard the canary while people decide' },
        [observation(work, state)],
      );
      return send({ type: 'BreakGuard', changeId, report });
    }
    case 'dossier': {
      const { occasion, until } = work;
      return settle(
        documents.writeDossier.executeWithOptions({ summary: `dossier, ${occasion}` }, [
          { model, version, until },
        ]),
        (files) => send({ type: 'FinishDossier', occasion, files }),
        (failure) => send({ type: 'FailDossier', occasion, failure }),
      );
    }
    case 'watch':
      await light.setWatch.executeWithOptions({ summary: `watch version ${version}` }, [
        { ...release, profile: work.profile },
      ]);
      return send({ type: 'ConfirmInformed', of: 'watch' });
    case 'tell-model': {
      // While the slot is still held, so that it cannot overtake the watch of the next promotion.
      if (work.message.type === 'rolledBack' && patched('watch-follows-rollback')) {
        const { to } = work.message;
        await light.restoreWatch.executeWithOptions({ summary: `watch ${to || 'nothing'} again` }, [
          { model, version: to || null },
        ]);
      }
      const { signal, payload, of } = messageFor(work.message, state);
      await light.tellModel.executeWithOptions({ summary: `tell the model: ${signal}` }, [
        { model, signal, payload },
      ]);
      return of === null ? undefined : send({ type: 'ConfirmInformed', of });
    }
  }
}

/**
 * The time by the clock is a timer, which needs no worker. What production has to show is counted by an activity. It is tried until
 * it succeeds: while Kafka is away nothing is counted, and the review's own deadline shows that it is late.
 */
async function soak({ seconds, labelled, eventSeconds }: SoakSpec, input: SoakInput): Promise<void> {
  const left = Date.parse(input.promotion.at) + seconds * 1000 - Date.now();
  if (left > 0) await sleep(left, { summary: 'soak before the review' });
  if (labelled === 0 && eventSeconds === 0) return;
  await watching.soakProduction.executeWithOptions({ summary: 'soak until production has shown enough' }, [
    input,
  ]);
}

/** A result or a typed failure is news for the domain; a cancellation is not. */
async function settle<T>(
  promise: Promise<T>,
  done: (value: T) => void,
  failed: (failure: Failure) => void,
): Promise<void> {
  try {
    done(await promise);
  } catch (error) {
    if (isCancellation(error)) throw error;
    failed(failureOf(error));
  }
}

/** Of a stage that nobody took, the queue is what people must know. */
function whoIsAway(failure: Failure, { stage, taskQueue, startWithinSeconds }: StageStep): Failure {
  if (failure.type !== NOT_TAKEN) return failure;
  const { type } = failure;
  const message = `no worker took it from the task queue ${taskQueue ?? taskQueues.trials} within ${startWithinSeconds ?? 0} s; start a worker that polls this queue and knows the activity ${stage}`;
  return { type, message };
}

function observation(work: Extract<Work, { kind: 'observe' | 'guard' }>, state: ReleaseState): ObserveInput {
  const { model, version } = planOf(state);
  const { exposures } = state.traffic;
  const planRef = state.planRef;
  if (!planRef || exposures.length === 0)
    throw new Error('a canary is observed from where its first traffic change was made');
  return {
    model,
    version,
    baseline: baselineOf(state),
    planRef,
    step: work.step,
    canaryStep: work.canaryStep,
    exposures,
  };
}

function messageFor(
  message: Extract<Work, { kind: 'tell-model' }>['message'],
  state: ReleaseState,
): { signal: string; payload: JsonObject; of: Informed | null } {
  const { version, retraining } = planOf(state);
  const { planRef, traffic } = state;
  const { fence } = traffic;
  switch (message.type) {
    case 'slotRequested':
      return { signal: modelSignals.slotRequested, payload: { version, purpose: message.purpose }, of: null };
    case 'promoted':
      return {
        signal: modelSignals.promoted,
        payload: {
          version,
          fence,
          ...(planRef ? { planRef: { ...planRef } } : {}),
          ...(retraining ? { retraining: retraining as unknown as JsonObject } : {}),
        },
        of: 'promotion',
      };
    case 'rolledBack':
      return {
        signal: modelSignals.rolledBack,
        payload: { version, to: message.to || null, fence },
        of: 'end',
      };
    case 'reviewNoted': {
      const { overdueSince } = message;
      return {
        signal: modelSignals.reviewNoted,
        payload: { version, overdueSince },
        of: overdueSince === null ? 'review-done' : 'review-overdue',
      };
    }
    case 'slotReleased':
      return { signal: modelSignals.slotReleased, payload: { version }, of: 'end' };
  }
}
