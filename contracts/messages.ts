import type { DriftKind, Severity } from './live-events.ts';
import type { EvidenceRef } from './evidence.ts';
import type { JsonObject } from './json.ts';
import type { Plan, RetrainingSpec } from './plan.ts';

/** Names of signals, updates and queries, and what they carry. Signals are what people send; their payloads are not trusted. */

export const workflowTypes = {
  model: 'modelWorkflow',
  release: 'releaseWorkflow',
  retraining: 'retrainingWorkflow',
} as const;

export const releaseSignals = {
  approve: 'approve',
  reject: 'reject',
  pause: 'pause',
  resume: 'resume',
  abort: 'abort',
  retry: 'retry',
  rollback: 'rollback',
  skip: 'skip',
  /** What is to be done about a version that serves. */
  openAction: 'openAction',
  closeAction: 'closeAction',
  /** From the model's workflow. */
  slotGranted: 'slotGranted',
  slotRevoked: 'slotRevoked',
  superseded: 'superseded',
} as const;

export const releaseUpdates = { submitDecision: 'submitDecision' } as const;
export const releaseQueries = { state: 'state', progress: 'progress' } as const;

/** Payload of the signals `approve` and `reject`, and (with `decision`) of the update `submitDecision`. */
export interface DecisionMessage {
  readonly gate: string;
  readonly approver: string;
  /** Digest of the evidence that was shown; the decision counts only for it. 64 hex characters, or at least the first 12. */
  readonly evidence: string;
  /** Which role the person speaks for; may be left out when they hold one role only. */
  readonly role?: string;
  /** Required to reject. */
  readonly comment?: string;
}

export interface SubmitDecision extends DecisionMessage {
  readonly decision: 'approve' | 'reject';
}

/** Answer of the update `submitDecision`: a refusal is an answer, and is recorded like that of a signal. */
export interface DecisionAnswer {
  readonly accepted: boolean;
  readonly reason: string;
}

/** Payload of `pause`, `resume`, `abort`, `retry` and `rollback`. */
export interface OperatorMessage {
  readonly by: string;
  readonly reason: string;
}

/** Payload of `skip`: `by` is the second person, who signs for it. */
export interface SkipMessage extends OperatorMessage {
  /** Name of the stage that is held. */
  readonly stage: string;
}

/** Payload of `openAction`. */
export interface OpenActionMessage {
  readonly what: string;
  /** A role of the plan. */
  readonly owner: string;
  /** ISO 8601. */
  readonly due: string;
  readonly by: string;
}

/** Payload of `closeAction`. */
export interface CloseActionMessage extends OperatorMessage {
  /** As the list of actions has it: `a1`. */
  readonly action: string;
}

export interface SlotGrantedMessage {
  /** Rises with every grant of the model; the gateway refuses traffic changes with an older one. */
  readonly fence: number;
  /** The version that serves now; null when the model has none yet. */
  readonly champion: string | null;
  /** The version that served before the champion: where a rollback of a live version goes. */
  readonly previous: string | null;
}

export interface SupersededMessage {
  readonly by: string;
}

export const modelSignals = {
  driftBatch: 'driftBatch',
  slotRequested: 'slotRequested',
  slotReleased: 'slotReleased',
  promoted: 'promoted',
  rolledBack: 'rolledBack',
  reviewNoted: 'reviewNoted',
  retrainingFinished: 'retrainingFinished',
  /** From people, about retrainings. */
  approveRetraining: 'approveRetraining',
  rejectRetraining: 'rejectRetraining',
  startRetraining: 'startRetraining',
} as const;

/** To a retraining from its training, at most every 10 seconds. */
export const retrainingSignals = { progress: 'trainingProgress' } as const;

/** Ends a retraining; carries an `OperatorMessage`, answers with a `DecisionAnswer`. */
export const retrainingUpdates = { cancel: 'cancelTraining' } as const;

export interface TrainingProgressMessage {
  readonly done: number;
  readonly total: number;
  /** As the training command says them. */
  readonly metrics: JsonObject;
  readonly note?: string;
}

/** The same three as one update, for clients that want the answer: a `DecisionAnswer`. */
export const modelUpdates = { decideRetraining: 'decideRetraining' } as const;

/** Payload of `approveRetraining` and `rejectRetraining`. */
export interface HeldRetrainingMessage {
  readonly decision: string;
  readonly by: string;
  readonly reason: string;
}

/** Payload of `startRetraining`. */
export interface StartRetrainingMessage {
  readonly by: string;
  readonly reason: string;
  /** Event time, ISO 8601 UTC: data up to here may be used. The end of the newest drift window unless given. */
  readonly until?: string;
}

export type DecideRetraining =
  | ({ readonly action: 'approve' | 'reject' } & HeldRetrainingMessage)
  | ({ readonly action: 'start' } & StartRetrainingMessage);

export const modelQueries = { state: 'state', drift: 'drift' } as const;

export interface SlotRequestedMessage {
  readonly version: string;
  readonly purpose: 'release' | 'rollback';
}

export interface SlotReleasedMessage {
  readonly version: string;
}

export interface PromotedMessage {
  readonly version: string;
  readonly fence: number;
  /** The promoted version's plan: the next version's is made from it. */
  readonly planRef: EvidenceRef;
  readonly retraining?: RetrainingSpec;
}

export interface RolledBackMessage {
  readonly version: string;
  /** The version that serves now. */
  readonly to: string | null;
  readonly fence: number;
}

export interface RetrainingFinishedMessage {
  readonly decision: string;
  readonly outcome: 'released' | 'failed' | 'held';
  readonly detail: string;
}

/** One drift event as the model's workflow needs it: no feature values, no histograms. */
export interface DriftSummary {
  readonly offset: number;
  /** CloudEvents id: stable for one run of a monitor. */
  readonly id: string;
  /** CloudEvents source: the monitor that speaks. Absent in batches of older ingests. */
  readonly source?: string;
  readonly version: string;
  readonly kind: DriftKind;
  readonly verdict: 'drift' | 'no_drift' | 'unresolved';
  readonly severity: Severity | null;
  /** Event time, ISO 8601 UTC. */
  readonly windowStart: string;
  readonly windowEnd: string;
  /** The measurement that spoke loudest, in words: `log-loss 0.59 > 0.54`. */
  readonly headline: string;
}

/** What one or more events say of a window: those of one statement differ in their ids, offsets and headlines at most. */
export type DriftStatement = Omit<DriftSummary, 'offset'>;

/**
 * What a slice of one partition says of a model, folded: each statement once, and the events that make it in columns of one
 * length, in offset order. Sent one at a time for each partition and model.
 */
export interface DriftFold {
  readonly v: 2;
  /** `<cluster>/<topic>`, with `#<generation>` behind it when one is set: names the log. */
  readonly stream: string;
  readonly partition: number;
  /** First and last offset, and how many events there are of this model. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Worst severity of an event that says `drift`; for people who read the history. */
  readonly worst: Severity | null;
  /** With the id and headline of the first event that says so. */
  readonly statements: readonly DriftStatement[];
  readonly events: {
    /** Distance from `from`. */
    readonly at: readonly number[];
    /** 12 bytes of a digest of source and id, base64url: the two together name an event (CloudEvents 1.0, 3.1.1). */
    readonly key: readonly string[];
    /** Index of the statement. */
    readonly says: readonly number[];
  };
}

/** The shape that older ingests sent. */
export interface DriftBatch {
  readonly v: 1;
  /** `<cluster>/<topic>`: names the log, so that a topic made anew does not look like redelivery. */
  readonly stream: string;
  readonly partition: number;
  readonly events: readonly DriftSummary[];
}

/** Input of `modelWorkflow` when it starts for the first time. */
export interface ModelInput {
  readonly model: string;
}

/** Input of `releaseWorkflow` when it starts for the first time. */
export interface ReleaseInput {
  readonly plan: Plan;
  /** The same plan as canonical JSON in the evidence store; its digest is the plan's digest. */
  readonly planRef: EvidenceRef;
}

/** Input of `retrainingWorkflow`. */
export interface RetrainingInput {
  readonly model: string;
  readonly decision: string;
  /** Version that drifted; the next one is trained to replace it. */
  readonly version: string;
  /** Why: the drift events' ids and the loudest measurement. */
  readonly reason: string;
  readonly driftEvents: readonly string[];
  /** Event time, ISO 8601 UTC: data up to here may be used. */
  readonly windowEnd: string;
  /** The person who started or approved it; absent where the policy alone decided. */
  readonly approval?: { readonly by: string; readonly reason: string };
  /** A person has seen what its guard found and wants it released all the same. */
  readonly acceptBreach?: true;
  /** Plan of the version that drifted; the next one's is made from it. */
  readonly planRef: EvidenceRef;
  readonly retraining: RetrainingSpec;
}
