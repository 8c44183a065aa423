import type { EvidenceStore } from '../../../adapters/evidence/index.ts';
import type { Plan } from '../../../contracts/plan.ts';
import { trainingRecord } from '../../../contracts/schemas/training-record.ts';
import { recordOf, type TrainingRecord } from '../../../domain/governance/index.ts';
import { failure } from '../../failure.ts';
import { TRAINING_RECORD } from '../../training/register-version.ts';
import { evidenceFailures } from '../../plan.ts';

/** What the training command wrote down about itself: the plan's file `training-record`. Null where the plan names none. */
export async function readTrainingRecord(
  evidence: EvidenceStore,
  plan: Plan,
): Promise<TrainingRecord | null> {
  const ref = plan.data[TRAINING_RECORD];
  if (ref === undefined) return null;
  const document = await evidenceFailures('the training record', () => evidence.getJson<unknown>(ref));
  const parsed = trainingRecord.safeParse(document);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw failure(
      'DataUnreadable',
      `the training record ${ref.name} is wrong at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? ''}`,
    );
  }
  return recordOf(ref, parsed.data);
}
