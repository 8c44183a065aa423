import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { EvidenceError } from './errors.ts';
import type { EvidenceKey } from './store.ts';

const SHA256 = /^[0-9a-f]{64}$/;

/** Lower-case hex SHA-256 of bytes, or of a string's UTF-8. */
export function sha256Of(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Digest and length of a file, streamed. */
export async function sha256OfFile(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    const part = chunk as Buffer;
    hash.update(part);
    bytes += part.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** The digest that a key names. A digest becomes part of a path, so nothing but 64 hex characters gets through. */
export function digestOf(key: EvidenceKey): string {
  const digest: unknown = typeof key === 'string' ? key : key.sha256;
  if (typeof digest === 'string' && SHA256.test(digest)) return digest;
  throw new EvidenceError(
    'EVIDENCE_DIGEST_INVALID',
    `"${String(digest)}" is not a SHA-256 digest. Give 64 lower-case hex characters.`,
  );
}
