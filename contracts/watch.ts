import type { EvidenceRef } from './evidence.ts';
import type { WatchSpec } from './plan.ts';

/** Value of the compacted watch topic: what the monitor holds a model's live traffic against. */
export interface WatchSet {
  readonly model: string;
  readonly version: string;
  readonly release: string;
  /** Reference profile: a JSON file in the evidence store. */
  readonly profile: EvidenceRef;
  readonly settings: WatchSpec;
}
