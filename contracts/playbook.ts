import type { EvidenceRef } from './evidence.ts';
import type { JsonValue } from './json.ts';

/** Which playbook, exactly: `sha256` is of the list of its files with their digests, as canonical JSON. */
export interface PlaybookId {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/** The playbook that a plan was made from. The plan holds all of its rules, so a later change of the playbook changes nothing. */
export interface PlanPlaybook extends PlaybookId {
  /** Playbooks that it builds on, the nearest first. */
  readonly builtOn: readonly PlaybookId[];
  /** All files of these playbooks as they were, by `PLAYBOOK/path`. */
  readonly files: Readonly<Record<string, EvidenceRef>>;
  /** `refused`: no stage may be left out, neither by the release file nor by a person. Signed for, unless given. */
  readonly skips?: 'refused';
  /** What the release file, and each playbook, changes of the one below it. */
  readonly changes: readonly PlaybookChange[];
}

export interface PlaybookChange {
  /** `weaker` lets more through, `stricter` less; `other` cannot be ordered. */
  readonly effect: 'weaker' | 'stricter' | 'other';
  /** Name of a stage's step, `gate NAME`, or `plan` for what belongs to no step. */
  readonly step: string;
  /** Within the step, such as `checks.auc.min` or `parameters.maxFlipRate`. */
  readonly field: string;
  /** What the playbook says, and what is said instead; null for nothing. */
  readonly was: JsonValue;
  readonly is: JsonValue;
  /** The playbook that is changed. */
  readonly of: string;
  /** A playbook that builds on it; absent when it is the release file. */
  readonly by?: string;
  /** One sentence for people. */
  readonly text: string;
}
