import { createHash } from 'node:crypto';

/**
 * A number from 0 up to 1 that depends on seed and names alone: 48 bits of SHA-256. Which calls a fault hits is drawn so, and
 * is then the same however the calls overtake each other.
 */
export function draw(seed: number, ...names: readonly string[]): number {
  const digest = createHash('sha256')
    .update([seed, ...names].join('\0'))
    .digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}
