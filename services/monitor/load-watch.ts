import type { EvidenceStore } from '../../adapters/evidence/index.ts';
import type { WatchSet } from '../../contracts/watch.ts';
import type { ReferenceProfile } from '../../domain/drift/index.ts';
import type { Watched } from '../../domain/drift/monitor/index.ts';

/** Fetches what a watch names by digest. Throws EvidenceError when the profile is not there or is not JSON. */
export async function loadWatch(watch: WatchSet, evidence: EvidenceStore): Promise<Watched> {
  const { version, release, settings } = watch;
  const profile = await evidence.getJson<ReferenceProfile>(watch.profile);
  return { version, release, settings, profile, profileId: watch.profile.sha256 };
}
