import { EvidenceFolder } from './folder.ts';
import type { EvidenceStore } from './store.ts';

export { EvidenceError, type EvidenceErrorCode } from './errors.ts';
export { missingFiles } from './missing.ts';
export { sha256Of, sha256OfFile } from './digest.ts';
export type { EvidenceKey, EvidenceLabel, EvidenceStore } from './store.ts';

/** The evidence store in a local folder, which is made when the first file is put. */
export function openEvidence(dir: string): EvidenceStore {
  return new EvidenceFolder(dir);
}
