import type { EvidenceRef } from '../../contracts/evidence.ts';

/** What people call a file, beside its digest. */
export interface EvidenceLabel {
  /** `sandbox-report.json`, `model.onnx`. */
  readonly name: string;
  readonly mediaType: string;
}

/** Evidence may be asked for by its reference or by its bare digest. */
export type EvidenceKey = EvidenceRef | string;

/**
 * Immutable files, named by their content. Every method throws `EvidenceError`. Content is checked against its digest
 * whenever it is read, so what comes back is what was put, or an error.
 */
export interface EvidenceStore {
  /** Stores bytes (a string as UTF-8). Putting the same content again, even at the same moment, is harmless. */
  put(content: Uint8Array | string, label: EvidenceLabel): Promise<EvidenceRef>;
  /** Stores a file's content, streamed: memory does not grow with its size. */
  putFile(path: string, label: EvidenceLabel): Promise<EvidenceRef>;
  get(key: EvidenceKey): Promise<Buffer>;
  /** Content as JSON. The caller says what it expects; check the shape where the writer is not trusted. */
  getJson<T>(key: EvidenceKey): Promise<T>;
  /** A local file with this content, for libraries that read files. Checked once in the life of this store object. */
  path(key: EvidenceKey): Promise<string>;
  /** Whether a file of this digest is stored. Its content is not read. */
  has(key: EvidenceKey): Promise<boolean>;
}
