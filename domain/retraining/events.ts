import type { TrainingCode, TrainingData } from '../../contracts/activities.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';

/**
 * A fact of one retraining, in the past tense: the stream `retraining/<model>/<decision>` of the ledger. Without it a training
 * that failed would leave no trace but its absence. `at` is workflow time, ISO 8601 UTC.
 */
export type RetrainingEvent =
  | Fact<
      'RetrainingStarted',
      {
        model: string;
        decision: string;
        /** Version that drifted, and its plan. */
        version: string;
        planRef: EvidenceRef;
        reason: string;
        driftEvents: readonly string[];
        /** Event time. */
        windowEnd: string;
        windowDays: number;
        command: readonly string[];
        arguments: readonly string[];
        seed: number;
      }
    >
  | Fact<'DataMaterialised', TrainingData>
  | Fact<
      'ModelTrained',
      {
        files: Readonly<Record<string, EvidenceRef>>;
        seconds: number;
        log: EvidenceRef | null;
        /** Absent in facts of older builds. */
        code?: TrainingCode;
      }
    >
  /** New data and model against the champion's; `accepted` by the person who approved a breach. */
  | Fact<'TrainingCompared', { breaches: readonly string[]; report: EvidenceRef; accepted: boolean }>
  | Fact<'VersionRegistered', { version: string; planRef: EvidenceRef }>
  | Fact<
      'RetrainingEnded',
      {
        outcome: 'released' | 'failed' | 'held';
        detail: string;
        version: string | null;
        log: EvidenceRef | null;
      }
    >;

interface Fact<Type extends string, Data> {
  readonly type: Type;
  readonly data: Readonly<Data>;
  readonly at: string;
}

export type RetrainingFact<Type extends RetrainingEvent['type']> = Extract<RetrainingEvent, { type: Type }>;

/** How the detail of a retraining begins that was cancelled; who did and why may follow. */
export const CANCELLED = 'it was cancelled';
