import type { EvidenceRef } from './evidence.ts';

/**
 * What a registry of models is told of releases. A registry is a mirror of the ledger for people and for other tools: nothing
 * in a release asks it, so it may be away for as long as it likes.
 */
export interface RegisteredVersion {
  readonly model: string;
  readonly version: string;
  /** One line for people. */
  readonly summary: string;
  readonly artifact: EvidenceRef;
  /** `seatrial.release`, digests, data window, decision: where it came from, in words that a registry can search. */
  readonly tags: RegistryTags;
}

export type RegistryTags = Readonly<Record<string, string>>;

/** `challenger` is in release, `champion` serves. */
export const registryAliases = ['champion', 'challenger'] as const;
export type RegistryAlias = (typeof registryAliases)[number];

export interface AliasChange {
  readonly model: string;
  readonly alias: RegistryAlias;
  /** Null takes the alias away. */
  readonly version: string | null;
  /** Only where the alias is at this version now. */
  readonly from?: string;
  /** When it was decided, ISO 8601 UTC. A change that was decided before the last one has no effect: news may come twice. */
  readonly at: string;
}

/** What a registry holds of a model. */
export interface RegistryView {
  readonly versions: Readonly<Record<string, { readonly sha256: string; readonly tags: RegistryTags }>>;
  readonly aliases: Readonly<Partial<Record<RegistryAlias, string>>>;
}
