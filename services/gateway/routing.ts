import { createHash } from 'node:crypto';
import type { TrafficArm } from '../../contracts/gateway.ts';

/**
 * Where a caller stands, from 0 up to 1, evenly spread: the first 48 bits of SHA-256 over the model, the canary's
 * version and the caller's key. The version is part of it so that each release draws its canary's callers anew, and the
 * same few people are not the first to meet every new model.
 */
export function positionOf(model: string, canaryVersion: string, key: string): number {
  const digest = createHash('sha256').update(`${model}\0${canaryVersion}\0${key}`).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}

/**
 * The arm that serves this caller. A caller meets the canary when its position is below the canary's weight, so a
 * rising weight moves callers from baseline to canary and none back.
 */
export function chooseArm(model: string, arms: readonly TrafficArm[], key: string): TrafficArm | undefined {
  const baseline = arms.find(({ arm }) => arm === 'baseline');
  const canary = arms.find(({ arm }) => arm === 'canary');
  if (baseline === undefined || canary === undefined) return baseline ?? canary;
  return positionOf(model, canary.version, key) < canary.weight / 100 ? canary : baseline;
}

/** Names a caller in the log without saying who: 64 bits of SHA-256, enough to tell callers apart. */
export function unitOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 16);
}
