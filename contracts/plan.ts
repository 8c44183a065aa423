import type { EvidenceRef } from './evidence.ts';
import type { JsonObject } from './json.ts';
import type { DriftKind, Severity } from './live-events.ts';
import type { PlanPlaybook } from './playbook.ts';

/** The frozen, digested list of stages, checks and gates that one release follows. */
export interface Plan {
  readonly schema: 1;
  readonly model: string;
  readonly version: string;
  /** One line for people. */
  readonly summary: string;
  readonly risk: 'low' | 'medium' | 'high';
  /** Who asked for the release; may not approve it. */
  readonly requester: string;
  /** Where its rules came from, and what was changed of them; absent when the release file says all of them itself. */
  readonly playbook?: PlanPlaybook;
  /** Role to the people who hold it. */
  readonly people: Readonly<Record<string, readonly string[]>>;
  readonly artifact: EvidenceRef;
  /** Declared inputs and outputs of the model; a `Signature` as JSON. */
  readonly signature: EvidenceRef;
  /** Named files that stages read: `golden`, `validation`, `profile`. */
  readonly data: Readonly<Record<string, EvidenceRef>>;
  readonly serving: ServingSpec;
  readonly steps: readonly Step[];
  readonly rollback: { readonly objectiveSeconds: number };
  readonly watch?: WatchSpec;
  readonly retraining?: RetrainingSpec;
  /** Where this version came from: drift events, data, code. */
  readonly lineage?: JsonObject;
}

export interface ServingSpec {
  /** The answer that the gateway gives when no model can: the declared degraded mode, and the first release's baseline. */
  readonly fallback: { readonly score: number };
  /** Scores at or above this are the positive class. */
  readonly threshold: number;
}

export type Step = StageStep | GateStep;

export interface StageStep {
  readonly kind: 'stage';
  /** Unique within the plan; usually the stage's own name. */
  readonly name: string;
  /** `canary` and `production` touch traffic and are driven by the workflow; any other stage is one activity. */
  readonly stage: string;
  readonly taskQueue?: string;
  readonly timeoutSeconds: number;
  /** Longest wait for a worker of the task queue; then the stage is held. No limit unless given. */
  readonly startWithinSeconds?: number;
  readonly parameters: JsonObject;
  /** Shares that the stage's rows are split into, each an activity of its own on the stage's task queue; 1 unless given. */
  readonly shards?: number;
  readonly checks: readonly CheckSpec[];
  readonly canary?: CanarySpec;
  /** Makes the stage a review: it comes after `production`, and nothing that it finds takes the version back. */
  readonly review?: ReviewSpec;
  /** The stage is left out, signed for, and stays visible in all that follows. */
  readonly skip?: SkipSpec;
}

export interface SkipSpec {
  readonly reason: string;
  /** A person of the plan, and not the requester. */
  readonly approvedBy: string;
}

/** How long a promoted version soaks before it is reviewed, and who is asked to act on what was not as predicted. */
export interface ReviewSpec {
  readonly soak: SoakSpec;
  readonly actions: {
    /** The role that owns what the review itself finds. */
    readonly owner: string;
    /** From the review to the day on which they are due. */
    readonly dueSeconds: number;
  };
}

/** The soak is over when all of `seconds`, `labelled` and `eventSeconds` are reached, or `atMostSeconds` have passed. */
export interface SoakSpec {
  /** By the clock, from the promotion. */
  readonly seconds: number;
  /** Labelled predictions of this version. */
  readonly labelled: number;
  /** Of data: from its first prediction to the newest, in event time. */
  readonly eventSeconds: number;
  /** By the clock, from the promotion. Then the review takes what there is, and may find it too little. */
  readonly atMostSeconds: number;
}

/** A metric, a condition, a severity. At least one of `min`, `max` and `championMargin` is set. */
export interface CheckSpec {
  readonly name: string;
  readonly metric: string;
  readonly min?: number;
  readonly max?: number;
  readonly severity: 'blocking' | 'warning';
  /** Fewer samples than this make the verdict `inconclusive`. */
  readonly minSamples?: number;
}

export interface CanarySpec {
  readonly steps: readonly CanaryStepSpec[];
  readonly guards: readonly GuardSpec[];
  /** Longest observation of one step in seconds; then it is `inconclusive` and a person decides. */
  readonly maxSecondsPerStep: number;
  /** False-abort budget over the whole canary, all steps, looks and guards. */
  readonly alpha: number;
  /** `mannwhitney`: each step's report also says what Kayenta's judge makes of the same bins. It decides nothing. */
  readonly judge?: 'sequential' | 'mannwhitney';
  /** Width of a bin in seconds of event time; the arms are compared bin by bin. 60 unless given. */
  readonly binSeconds?: number;
  /** A bin is closed this long after its end, in event time: by then its labels are there, or they count as missing. 0 unless given. */
  readonly labelDelaySeconds?: number;
  /** Traffic to forecast the canary with. Event time is taken to run with the clock. */
  readonly expect?: ExpectedTraffic;
}

/** What the serving version's traffic looks like: a guard's metric without its entry cannot be forecast. */
export interface ExpectedTraffic {
  /** Predictions a minute, both arms together. */
  readonly requestsPerMinute: number;
  /** Share of calls that fail. */
  readonly errorRate?: number;
  readonly logLoss?: ExpectedRows;
  readonly brier?: ExpectedRows;
  readonly cost?: ExpectedRows;
}

export interface ExpectedRows {
  readonly value: number;
  /** Standard deviation between rows. */
  readonly deviation: number;
}

export interface CanaryStepSpec {
  /** Share of callers in per cent, 1 to 100, that the canary serves. */
  readonly weight: number;
  /** Labelled predictions needed in each arm before the step can pass. */
  readonly minSamples: number;
}

/** What must not get worse. All but `errors` and `latency` need labels. */
export interface GuardSpec {
  readonly metric: 'log-loss' | 'brier' | 'cost' | 'errors' | 'latency';
  /** Largest tolerated harm (canary minus baseline, in the metric's unit); the confidence bound is compared with it. */
  readonly margin: number;
  /** For `latency`: calls slower than this many milliseconds are counted. */
  readonly thresholdMs?: number;
  /** For `cost`: what a missed and a needless call of a gate crew costs. */
  readonly cost?: { readonly falseNegative: number; readonly falsePositive: number };
}

export interface GateStep {
  readonly kind: 'gate';
  readonly name: string;
  readonly requirements: readonly GateRequirement[];
  readonly timeoutSeconds: number;
  readonly onTimeout: 'reject' | 'approve';
  /** The requester's own vote is refused; true unless the plan says otherwise. */
  readonly preventSelfReview: boolean;
}

export interface GateRequirement {
  readonly role: string;
  readonly requiredApproverCount: number;
}

/** How the monitor watches the version once it serves. Windows are in event time. */
export interface WatchSpec {
  readonly windowHours: number;
  readonly minRows: number;
  /** Population stability index of a feature or the output above this is a `warning`. */
  readonly psi: number;
  /** Log-loss above the profile's expected log-loss by more than this (lower confidence bound) is `critical`. */
  readonly logLossIncrease: number;
  readonly aucDecrease: number;
  /** Windows in a row before an event is sent. */
  readonly persistence: number;
  /** Features whose values are groups of people or things that must be served alike: `fairness` is judged between them. */
  readonly groups?: readonly string[];
  /** Largest tolerated difference of a rate between two groups (its lower confidence bound counts); 0.2 unless given. */
  readonly fairnessDifference?: number;
  /** Features by whose values performance is judged too; those of `groups` always are. */
  readonly slices?: readonly string[];
  /** Scores at or above this are the positive class, for rates of groups; 0.5 unless given. */
  readonly positiveThreshold?: number;
  /** Largest tolerated distance of mean score and share of positives (its lower bound counts). Not judged unless given. */
  readonly calibrationError?: number;
  /** Largest tolerated share of rows that are unlike all that the profile knows (lower bound). Not judged unless given. */
  readonly outOfDistribution?: number;
  /** Largest tolerated share of answers that users complain about (lower bound). Not judged unless given. */
  readonly complaintRate?: number;
}

export interface RetrainingSpec {
  readonly policy: RetrainingPolicy;
  readonly trainer: TrainerSpec;
  /** Event time, ISO 8601: where the data ends that this version was trained on. */
  readonly trainedUntil?: string;
  /** Days of labelled data before the drift window's end. */
  readonly windowDays: number;
  /** Looks at the new data and the new model before they become a release; nothing unless given. */
  readonly guard?: RetrainingGuard;
  /** Steps, people and the rest of the next version's plan are this release's own. `steps` replaces them. */
  readonly next?: { readonly steps?: readonly Step[] };
}

/**
 * When drift becomes a retraining. What is optional was not there at first, and a plan without it is judged as it was then;
 * a release file's defaults write all of it out. docs/drift-loop.md has the order in which the rules are asked.
 */
export interface RetrainingPolicy {
  /** The mildest severity that starts a retraining. */
  readonly minSeverity: Severity;
  /**
   * In event time, from the end of the data that the serving version was trained on: before that, a new version would
   * be trained on much the same rows.
   */
  readonly coolDownHours: number;
  /** Retrainings in 30 days of event time; more need a person. */
  readonly budgetPer30Days: number;
  /** What each kind of drift leads to; a kind without a rule is ignored. Without any, every kind asks for a retraining. */
  readonly signals?: Readonly<Partial<Record<DriftKind, SignalRule>>>;
  /**
   * A kind that led to a decision leads to another only after a cleared event, or after so many quiet windows, each as
   * long as the window that reports. Always, unless given.
   */
  readonly rearmWindows?: number;
  /** Retrainings in 24 hours of event time; more are suppressed. No limit unless given. */
  readonly budgetPerDay?: number;
  /** What drift means while a retraining is under way; `first-only` unless given. */
  readonly runStrategy?: RunStrategy;
  /** What becomes of a retraining beyond `budgetPer30Days`: held for a person, or (unless given) suppressed. */
  readonly beyondBudget?: 'hold' | 'suppress';
  /** Who may start, approve and reject; anybody unless given. */
  readonly approvers?: readonly string[];
  /** The first 8 hex characters of the digest of all the rest: part of a decision's id. */
  readonly version?: string;
}

/**
 * `retrain` asks for a retraining. `incident` is for what no retraining can mend, such as a broken sensor: people are told,
 * and nothing is trained on its data until it is cleared. `ignore` only counts.
 */
export interface SignalRule {
  readonly action: 'retrain' | 'incident' | 'ignore';
  /** The policy's unless given. */
  readonly minSeverity?: Severity;
  /** Drift in at least `windows` of the newest `of` windows, each as long as the one that reports; 1 of 1 unless given. */
  readonly persistence?: { readonly windows: number; readonly of: number };
}

/**
 * `sequential` keeps the first one waiting and starts it afterwards, if the rules still agree; `last-only` keeps the one
 * with the newest evidence waiting; `first-only` keeps none.
 */
export type RunStrategy = 'sequential' | 'first-only' | 'last-only';

/** A retraining that breaches one of these ends as `outcome` says: `held` for a person, or failed. */
export interface RetrainingGuard {
  readonly outcome: 'held' | 'failed';
  /** Largest tolerated population stability index of a feature, new training data against the champion's. Any, unless given. */
  readonly maxPsi?: number;
  /** Largest tolerated difference of the share of positive labels. */
  readonly maxLabelRateChange: number;
  /** Largest tolerated share of rows that are exact copies of others. */
  readonly maxDuplicateShare: number;
  /** Column of the training data that is true where the label came out of the model's own decision, if there is one. */
  readonly ownDecisionColumn?: string;
  readonly maxOwnDecisionShare: number;
  /** Largest tolerated rise of log-loss over the champion's, in nats, on the plan's `trusted` rows. */
  readonly maxTrustedLogLossIncrease: number;
  readonly labelColumn: string;
}

export interface TrainerSpec {
  /** The program and its first arguments; `--data`, `--out` and `--seed` are added. */
  readonly command: readonly string[];
  /** Program and arguments that write the window's rows: `--from`, `--to` and `--out` are added. */
  readonly dataCommand: readonly string[];
  readonly cwd: string;
  readonly seed: number;
  readonly arguments: readonly string[];
  /**
   * The command takes `--checkpoint DIR`: a folder that outlives a lost worker. What it leaves there, the next attempt on the same data
   * finds, and goes on from.
   */
  readonly checkpoint?: boolean;
  readonly taskQueue?: string;
  readonly timeoutSeconds: number;
}

/** Declared inputs and outputs of a model, as the training command writes them. */
export interface Signature {
  readonly inputs: readonly {
    readonly name: string;
    readonly datatype: 'BYTES' | 'FP32';
    readonly kind: 'category' | 'numeric';
  }[];
  /** Name of the output that holds class probabilities, shape [n, classes], and the positive class's column. */
  readonly output: { readonly name: string; readonly positiveIndex: number };
}
