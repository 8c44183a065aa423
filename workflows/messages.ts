import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import {
  modelQueries,
  modelSignals,
  modelUpdates,
  releaseQueries,
  releaseSignals,
  releaseUpdates,
} from '../contracts/messages.ts';
import type { DecisionAnswer } from '../contracts/messages.ts';
import type { ReleaseProgress, ReleaseView } from '../contracts/release-view.ts';
import type { DriftAccount, ModelState } from '../domain/model/index.ts';

/** Payloads are `unknown` on purpose: people type them. `parse.ts` reads them and never throws. */
type Raw = [raw: unknown];

export const approve = defineSignal<Raw>(releaseSignals.approve);
export const reject = defineSignal<Raw>(releaseSignals.reject);
export const pause = defineSignal<Raw>(releaseSignals.pause);
export const resume = defineSignal<Raw>(releaseSignals.resume);
export const abort = defineSignal<Raw>(releaseSignals.abort);
export const retry = defineSignal<Raw>(releaseSignals.retry);
export const rollback = defineSignal<Raw>(releaseSignals.rollback);
export const skip = defineSignal<Raw>(releaseSignals.skip);
export const openAction = defineSignal<Raw>(releaseSignals.openAction);
export const closeAction = defineSignal<Raw>(releaseSignals.closeAction);
export const slotGranted = defineSignal<Raw>(releaseSignals.slotGranted);
export const slotRevoked = defineSignal<Raw>(releaseSignals.slotRevoked);
export const superseded = defineSignal<Raw>(releaseSignals.superseded);

export const submitDecision = defineUpdate<DecisionAnswer, Raw>(releaseUpdates.submitDecision);
export const releaseState = defineQuery<ReleaseView>(releaseQueries.state);
export const releaseProgress = defineQuery<ReleaseProgress>(releaseQueries.progress);

export const driftBatch = defineSignal<Raw>(modelSignals.driftBatch);
export const slotRequested = defineSignal<Raw>(modelSignals.slotRequested);
export const slotReleased = defineSignal<Raw>(modelSignals.slotReleased);
export const promoted = defineSignal<Raw>(modelSignals.promoted);
export const reviewNoted = defineSignal<Raw>(modelSignals.reviewNoted);
export const rolledBack = defineSignal<Raw>(modelSignals.rolledBack);
export const retrainingFinished = defineSignal<Raw>(modelSignals.retrainingFinished);
export const approveRetraining = defineSignal<Raw>(modelSignals.approveRetraining);
export const rejectRetraining = defineSignal<Raw>(modelSignals.rejectRetraining);
export const startRetraining = defineSignal<Raw>(modelSignals.startRetraining);
export const decideRetraining = defineUpdate<DecisionAnswer, Raw>(modelUpdates.decideRetraining);
export const modelState = defineQuery<ModelState>(modelQueries.state);
export const modelDrift = defineQuery<DriftAccount>(modelQueries.drift);

/** Shown in the Web UI's drop-down, where there is no form: so each says the JSON to send. */
export const descriptions = {
  approve:
    'Approve the open gate. Paste the JSON of the tab "User Metadata" with your own name: {"gate":"...","approver":"you","evidence":"...","comment":"..."}',
  reject:
    'Reject the open gate. The same JSON; the comment is required: {"gate":"...","approver":"you","evidence":"...","comment":"why"}',
  pause: 'Go no further after the current stage; guards stay armed. {"by":"you","reason":"why"}',
  resume: 'Go on after a pause. {"by":"you","reason":"why"}',
  abort:
    'End this release; if it already serves callers they are taken back first. {"by":"you","reason":"why"}',
  retry: 'Run again what could not be measured or was inconclusive. {"by":"you","reason":"why"}',
  rollback: 'Take all callers back to the version before, now. {"by":"you","reason":"why"}',
  skip: 'Leave out the stage that is held; a second person signs for it. {"stage":"...","by":"you","reason":"why"}',
  openAction:
    'Ask for something to be done about a version that serves; the owner is a role of the plan. {"what":"...","owner":"...","due":"2013-07-01","by":"you"}',
  closeAction: 'Say that an action is done, or no longer wanted. {"action":"a1","by":"you","reason":"why"}',
  approveRetraining:
    'Let the retraining begin that awaits a person. {"decision":"...","by":"you","reason":"why"}',
  rejectRetraining: 'Drop the retraining that awaits a person. {"decision":"...","by":"you","reason":"why"}',
  startRetraining:
    'Start a retraining by hand. {"by":"you","reason":"why","until":"2013-06-16T00:00:00Z"}; `until` says up to when data may be used',
  internal: 'Sent by Seatrial itself; not for people.',
} as const;
