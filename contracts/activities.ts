import type { JsonObject } from './json.ts';
import type { DomainEvent } from './ledger.ts';
import type { EvidenceRef } from './evidence.ts';
import type { IncidentRaised } from './live-events.ts';
import type { ReleaseInput, RetrainingInput } from './messages.ts';
import type { ReleaseView } from './release-view.ts';
import type { Report } from './report.ts';
import type { TrafficChange } from './gateway.ts';

/** What workflows ask of the world. Inputs are references and small results, never data. */

export interface LightActivities {
  /** Idempotent: the same events at the same place again answer with the same head. */
  appendToLedger(input: AppendInput): Promise<LedgerHead>;
  /** Writes the page that people decide on, and names it by digest: decisions count only for that digest. */
  prepareGateBrief(input: GateBriefInput): Promise<EvidenceRef>;
  /** Applies a traffic change once and believes it only after counting which versions serve. */
  shiftTraffic(input: ShiftInput): Promise<ShiftResult>;
  /** Watches a canary step until it is won, lost or undecidable. Heartbeats an `ObservationProgress`. */
  observeCanary(input: ObserveInput): Promise<Report>;
  /** Watches a canary while nobody else does; returns only when a guard broke. */
  guardCanary(input: ObserveInput): Promise<Report>;
  /** Waits until a promoted version has seen what its review asks for, or the time is over. Heartbeats `Soaked`. */
  soakProduction(input: SoakInput): Promise<Soaked>;
  /** Sends a signal to the model's workflow, and starts that workflow when it is the model's first. */
  tellModel(input: TellModelInput): Promise<void>;
  /** Tells people, on the incidents' topic, of what no retraining can mend. Idempotent: the event's id is the incident's. */
  raiseIncident(input: IncidentRaised): Promise<void>;
  /** Writes what a release leaves behind for people, as HTML, Markdown and JSON. */
  writeDossier(input: DossierInput): Promise<readonly EvidenceRef[]>;
  /** Tells the monitor what to hold the live version against. */
  setWatch(input: WatchInput): Promise<void>;
  /** After a rollback of a live version: the monitor watches the version that serves again as it did before. */
  restoreWatch(input: RestoreWatchInput): Promise<void>;
}

/** A validation stage. The activity's name is the stage's; it may run on any task queue, in any language. */
export type StageActivity = (input: StageInput) => Promise<Report>;

/** Does one share of the rows of a stage that the plan splits, and answers with its sums as evidence. */
export type ShardActivity = (input: ShardInput) => Promise<EvidenceRef>;

/** Name of the activity that does a share of a stage's rows. */
export const shardActivityName = (stage: string): string => `${stage}-shard`;

export interface TrainingActivities {
  /** Writes the labelled rows of the window to one file. */
  materialiseData(input: RetrainingInput): Promise<TrainingData>;
  /** Runs the training command with heartbeats; ends it when cancelled. */
  trainModel(input: TrainInput): Promise<TrainedModel>;
  /** Holds new data and new model against the champion's, where the plan has a `guard`. */
  compareTraining(input: RegisterInput): Promise<GuardResult>;
  /** Numbers the new version, writes its plan and lineage, and answers with what starts its release. */
  registerVersion(input: RegisterInput): Promise<ReleaseInput>;
}

export interface AppendInput {
  readonly stream: string;
  /** Sequence number of the entry before. */
  readonly after: number;
  readonly events: readonly DomainEvent[];
}

export interface LedgerHead {
  readonly seq: number;
  readonly hash: string;
}

export interface StageInput {
  readonly model: string;
  readonly version: string;
  readonly planRef: EvidenceRef;
  /** Index of the stage in the plan's steps. */
  readonly step: number;
  readonly attempt: number;
  /** The reference profile, when a stage before this one wrote it: what the monitor will hold live traffic against. */
  readonly profile?: EvidenceRef;
  /** When this version was given all callers and where the logs stood then; for a stage after `production`. */
  readonly promotion?: Promotion;
  /** What the shards made of every share of the rows, in order, where the plan splits the stage. */
  readonly shards?: readonly EvidenceRef[];
}

export interface Promotion {
  readonly at: string;
  readonly from: LogPosition;
}

export interface SoakInput {
  readonly model: string;
  readonly version: string;
  readonly planRef: EvidenceRef;
  readonly step: number;
  readonly promotion: Promotion;
}

/** What production has shown of a version since its promotion; heartbeats carry the same. */
export interface Soaked {
  readonly labelled: number;
  readonly eventSeconds: number;
  /** False when the time was over first. */
  readonly enough: boolean;
}

export interface ShardInput extends StageInput {
  /** Which share of how many, counted from 0. */
  readonly shard: { readonly index: number; readonly of: number };
}

export interface GateBriefInput {
  readonly planRef: EvidenceRef;
  readonly gate: string;
  readonly step: number;
  readonly view: ReleaseView;
}

/** Next offset to read, by topic and partition: where a log stood at some moment. */
export type LogPosition = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface ShiftInput {
  readonly model: string;
  readonly version: string;
  readonly planRef: EvidenceRef;
  readonly change: TrafficChange;
}

export interface ShiftResult {
  /** Answers by version, counted after the change. */
  readonly counted: Readonly<Record<string, number>>;
  /** From the first call to the count that showed the change. */
  readonly seconds: number;
  /** Where the prediction and label logs stood just before the change; empty when it leaves no callers to this version. */
  readonly position: LogPosition;
}

export interface Exposure {
  /** Per cent of callers that the canary served. */
  readonly weight: number;
  readonly from: LogPosition;
}

export interface ObserveInput {
  readonly model: string;
  readonly version: string;
  readonly baseline: string;
  readonly planRef: EvidenceRef;
  readonly step: number;
  readonly canaryStep: number;
  /** Every weight so far and where the logs stood when it began, in order: one test process runs across all of them. */
  readonly exposures: readonly Exposure[];
}

export interface ObservationProgress {
  readonly bins: number;
  readonly baseline: number;
  readonly canary: number;
  readonly needed: number;
}

export interface TellModelInput {
  readonly model: string;
  readonly signal: string;
  readonly payload: JsonObject;
}

export interface DossierInput {
  readonly model: string;
  readonly version: string;
  /** Number of the ledger's entry that it must know of: the ledger follows the release, and may be behind. */
  readonly until: number;
}

export interface WatchInput {
  readonly model: string;
  readonly version: string;
  readonly planRef: EvidenceRef;
  /** The file named `reference-profile.json` among the evidence of this release's stages. */
  readonly profile: EvidenceRef;
}

export interface RestoreWatchInput {
  readonly model: string;
  /** Null when no version serves, only the declared fallback. */
  readonly version: string | null;
}

export interface TrainingData {
  readonly data: EvidenceRef;
  readonly from: string;
  readonly to: string;
  readonly rows: number;
}

export interface TrainInput {
  readonly retraining: RetrainingInput;
  readonly data: TrainingData;
}

/** What a training command left, by file name without ending: `model`, `signature`, `golden`, `training`, `profile`, `validation`. */
export interface TrainedModel {
  readonly files: Readonly<Record<string, EvidenceRef>>;
  readonly seconds: number;
  /** What the command said, from its first line to its last. */
  readonly log?: EvidenceRef;
  /** Absent in answers of older workers. */
  readonly code?: TrainingCode;
}

/** Which code trained; `commit` is null where there is no git. */
export interface TrainingCode {
  readonly commit: string | null;
  /** Files of the trainer's folder were changed since. */
  readonly changed?: boolean;
  /** Address of the remote `origin`, without credentials, and the folder in it. */
  readonly repository?: string;
  readonly path?: string;
}

export interface GuardResult {
  /** In words; empty when nothing. */
  readonly breaches: readonly string[];
  readonly report: EvidenceRef;
}

export interface RegisterInput {
  readonly retraining: RetrainingInput;
  readonly data: TrainingData;
  readonly trained: TrainedModel;
  /** Absent without a guard. */
  readonly compared?: GuardResult;
}
