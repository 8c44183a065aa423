/** Why the evidence store could not do what was asked. Stable: callers may switch on it. */
export type EvidenceErrorCode =
  /** No file of that digest is stored. */
  | 'EVIDENCE_MISSING'
  /** The stored bytes are not those that the digest names: somebody changed or cut the file. */
  | 'EVIDENCE_CHANGED'
  /** The text given is not a SHA-256 digest. */
  | 'EVIDENCE_DIGEST_INVALID'
  /** The content is there and true, and is not JSON. */
  | 'EVIDENCE_NOT_JSON'
  /** The store itself failed: disk full, no permission. */
  | 'EVIDENCE_UNAVAILABLE';

export class EvidenceError extends Error {
  readonly code: EvidenceErrorCode;
  /** The digest in question, where there is one. */
  readonly sha256: string | undefined;

  constructor(code: EvidenceErrorCode, message: string, options: { sha256?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'EvidenceError';
    this.code = code;
    this.sha256 = options.sha256;
  }
}

/** The `code` of a Node system error (`ENOENT`), or undefined. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
