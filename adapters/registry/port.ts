import type { AliasChange, RegisteredVersion, RegistryTags, RegistryView } from '../../contracts/registry.ts';

/**
 * A registry of models. Every method may be called again with the same arguments and changes nothing then. All throw
 * `RegistryUnavailable` when the registry did not answer, and `RegistryRefused` when it will not do it.
 */
export interface ModelRegistry {
  /** Where it is, for people. */
  readonly place: string;
  /** Makes the model and the version where they are not there; tags of a version that is there are set. */
  putVersion(version: RegisteredVersion): Promise<void>;
  /** Sets some tags and leaves the others. Refused for a version that was never put. */
  setTags(model: string, version: string, tags: RegistryTags): Promise<void>;
  /** Refused for a version that was never put. */
  setAlias(change: AliasChange): Promise<void>;
  /** Undefined for a model that it does not know. Versions that others registered are left out. */
  view(model: string): Promise<RegistryView | undefined>;
}

/** It did not answer, or does not let us in: later may do. */
export class RegistryUnavailable extends Error {
  readonly code = 'REGISTRY_UNAVAILABLE';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RegistryUnavailable';
  }
}

/** It understood and will not do it. */
export class RegistryRefused extends Error {
  readonly code = 'REGISTRY_REFUSED';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RegistryRefused';
  }
}
