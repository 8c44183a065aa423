import type { EvidenceStore } from '../adapters/evidence/index.ts';
import { EvidenceError } from '../adapters/evidence/index.ts';
import type { EvidenceRef } from '../contracts/evidence.ts';
import type { Plan, StageStep } from '../contracts/plan.ts';
import { failure } from './failure.ts';

/** Reads the frozen plan by its digest. Throws `ArtifactMissing`, `DigestMismatch` or `EvidenceUnavailable`. */
export async function readPlan(evidence: EvidenceStore, planRef: EvidenceRef): Promise<Plan> {
  return evidenceFailures(`the plan ${planRef.sha256.slice(0, 12)}`, () => evidence.getJson<Plan>(planRef));
}

export function stageOf(plan: Plan, index: number): StageStep {
  const step = plan.steps[index];
  if (step?.kind === 'stage') return step;
  throw failure('PlanInvalid', `step ${index} of the plan of ${plan.model} ${plan.version} is not a stage`);
}

/** Turns the evidence store's errors into the failures that workflows know. */
export async function evidenceFailures<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    const message = `${what}: ${error.message}`;
    if (error.code === 'EVIDENCE_MISSING') throw failure('ArtifactMissing', message, error);
    if (error.code === 'EVIDENCE_UNAVAILABLE') throw failure('EvidenceUnavailable', message, error);
    throw failure('DigestMismatch', message, error);
  }
}
