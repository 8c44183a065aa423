import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { JsonObject } from '../../contracts/json.ts';
import type { Plan, Signature } from '../../contracts/plan.ts';
import type { CheckResult, Metrics, Report } from '../../contracts/report.ts';
import type { FairnessAudit } from '../fairness/index.ts';

/** What a training command wrote down about itself; null where it said nothing. */
export interface TrainingRecord {
  /** Of the record's own file. */
  readonly sha256: string;
  readonly seed: number | null;
  readonly parameters: JsonObject | null;
  readonly data: JsonObject | null;
  readonly train: JsonObject | null;
  readonly holdout: JsonObject | null;
  readonly code: JsonObject | null;
  readonly versions: Readonly<Record<string, string>> | null;
}

type Said = { readonly [Part in keyof TrainingRecord]?: Exclude<TrainingRecord[Part], null> };

/** A training record as it was read from its file. */
export function recordOf(
  { sha256 }: Pick<EvidenceRef, 'sha256'>,
  said: Omit<Said, 'sha256'>,
): TrainingRecord {
  const { seed, parameters, data, train, holdout, code, versions } = said;
  return {
    sha256,
    seed: seed ?? null,
    parameters: parameters ?? null,
    data: data ?? null,
    train: train ?? null,
    holdout: holdout ?? null,
    code: code ?? null,
    versions: versions ?? null,
  };
}

/** What only people can say. */
export interface CardWords {
  readonly license?: string;
  readonly intendedUse?: string;
  readonly outOfScope?: string;
  readonly limitations?: string;
  readonly ethics?: string;
  readonly contact?: string;
}

/** All that governance documents are made of. Nothing is in them that is not in here. */
export interface GovernanceFacts {
  readonly plan: Plan;
  readonly planRef: EvidenceRef;
  readonly signature: Signature;
  readonly training: TrainingRecord | null;
  /** Of the release's stages before this one, in order. */
  readonly earlier: readonly Report[];
  readonly audits: readonly FairnessAudit[];
  /** Of this stage, so far. */
  readonly checks: readonly CheckResult[];
  readonly metrics: Metrics;
  readonly words: CardWords;
}
