import type { Dangling } from '../../domain/lineage/index.ts';
import { EvidenceError } from './errors.ts';
import type { EvidenceStore } from './store.ts';

/** Of files that somebody names, those that the store does not have: each digest once. Throws `EvidenceError` when it does not answer. */
export async function missingFiles(
  store: Pick<EvidenceStore, 'has'>,
  named: readonly { readonly from: string; readonly sha256: string; readonly name: string }[],
): Promise<Dangling[]> {
  const missing = new Map<string, Dangling>();
  for (const { from, sha256, name } of named) {
    const there = await store.has(sha256).catch((error: unknown) => {
      if (error instanceof EvidenceError && error.code === 'EVIDENCE_DIGEST_INVALID') return false;
      throw error;
    });
    if (!there && !missing.has(sha256))
      missing.set(sha256, { from, to: sha256, what: `${name} is not in the evidence store` });
  }
  return [...missing.values()];
}
