import { createHash } from 'node:crypto';

/** Ours alone, drawn once; RFC 9562 wants a namespace for names. */
const NAMESPACE = '6e8b5d57-5a54-4c52-9d3c-6c1f5a0e7b21';

/** The UUID (version 5, RFC 9562) of a name: the same run has the same id, whoever says it and however often. */
export function runIdOf(name: string): string {
  const namespace = Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex');
  const bytes = createHash('sha1').update(namespace).update(name, 'utf8').digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
