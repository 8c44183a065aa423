import { createHash } from 'node:crypto';
import {
  FALLBACK_VERSION,
  type TrafficArm,
  type TrafficChange,
  type TrafficStatus,
} from '../../contracts/gateway.ts';
import { GatewayError } from './errors.ts';
import type { AppliedChange, ModelState } from './state-file.ts';

/** Older changes are forgotten; a retry comes within minutes, and a canary has some ten changes. */
const REMEMBERED = 1000;

export function noTraffic(model: string): TrafficStatus {
  return { model, arms: [], fence: 0, lastChangeId: null, changesApplied: 0, appliedAt: null };
}

/**
 * The model's state after a traffic change, or the same object when the change was applied before. Pure.
 * Throws `STALE_FENCE`, `CHANGE_ID_REUSED`, `VERSION_NOT_FOUND`. A repeat from a release that lost its slot since is
 * stale as well: it must not believe that its arms still serve.
 */
export function applyChange(state: ModelState, change: TrafficChange, now: string): ModelState {
  const { traffic, applied } = state;
  if (change.fence < traffic.fence) {
    throw new GatewayError(
      'STALE_FENCE',
      `Fence ${change.fence} is older than ${traffic.fence}: another release holds the traffic slot of ${traffic.model}. Nothing was changed.`,
    );
  }
  const asked = digestOf(change);
  const before = applied.find(({ changeId }) => changeId === change.changeId);
  if (before !== undefined) {
    if (before.sha256 === asked) return state;
    throw new GatewayError(
      'CHANGE_ID_REUSED',
      `Change ${change.changeId} was applied with other arms or another fence. Give each change its own changeId.`,
    );
  }
  for (const { version } of change.arms) {
    if (version !== FALLBACK_VERSION && state.versions[version] === undefined) {
      throw new GatewayError(
        'VERSION_NOT_FOUND',
        `Version ${version} of ${traffic.model} is not loaded. PUT it to /admin/models/${traffic.model}/versions/${version} first.`,
      );
    }
  }
  const remembered: AppliedChange[] = [...applied, { changeId: change.changeId, sha256: asked }];
  return {
    ...state,
    applied: remembered.slice(-REMEMBERED),
    traffic: {
      model: traffic.model,
      arms: change.arms.map(({ arm, version, weight }) => ({ arm, version, weight })),
      fence: change.fence,
      lastChangeId: change.changeId,
      changesApplied: traffic.changesApplied + 1,
      appliedAt: now,
    },
  };
}

function digestOf({ fence, arms }: TrafficChange): string {
  const order = (a: TrafficArm, b: TrafficArm) => a.arm.localeCompare(b.arm);
  const plain = [...arms].sort(order).map(({ arm, version, weight }) => [arm, version, weight]);
  return createHash('sha256')
    .update(JSON.stringify([fence, plain]))
    .digest('hex');
}
