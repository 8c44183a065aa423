import { sha256Of } from '../adapters/evidence/index.ts';
import type { Plan, RetrainingPolicy } from '../contracts/plan.ts';
import type { ReleaseFile } from '../contracts/schemas/release-file.ts';
import { canonicalJson } from '../domain/ledger/index.ts';

type Spec = ReleaseFile['spec'];

const HOUR = 3_600;

/** How the version is watched, as the plan has it. */
export function watchOf(
  { window, ...rest }: NonNullable<Spec['watch']>,
  positiveThreshold: number,
): NonNullable<Plan['watch']> {
  // Only rates of groups need the threshold; a plan without them keeps its digest.
  return { windowHours: window / HOUR, ...rest, ...(rest.groups ? { positiveThreshold } : {}) };
}

/** Its version is the digest of all else, so that a decision's id says under which policy it was made. */
export function policyOf(
  { coolDown, approvers, ...rest }: NonNullable<Spec['retraining']>['policy'],
  people: Spec['people'],
): RetrainingPolicy {
  const holders = approvers === undefined ? undefined : people[approvers];
  const policy: RetrainingPolicy = {
    ...rest,
    coolDownHours: coolDown / HOUR,
    ...(holders === undefined ? {} : { approvers: holders }),
  };
  return { ...policy, version: sha256Of(canonicalJson(policy)).slice(0, 8) };
}
