import type { JsonObject } from './json.ts';

/** One domain event as it is appended: past tense type, data, and when it was decided (ISO 8601 UTC, workflow time). */
export interface DomainEvent {
  readonly type: string;
  readonly data: JsonObject;
  readonly at: string;
}

/** A link of the hash chain. `hash` = SHA-256 of the canonical JSON of everything else in this entry. */
export interface LedgerEntry extends DomainEvent {
  /** `release/<model>/<version>` or `model/<model>`. */
  readonly stream: string;
  /** From 1, without gaps. */
  readonly seq: number;
  /** Hash of the entry before, or 64 zeros for the first. */
  readonly previousHash: string;
  readonly hash: string;
}
