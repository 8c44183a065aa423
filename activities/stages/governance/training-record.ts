import { z } from 'zod';
import type { EvidenceStore } from '../../../adapters/evidence/index.ts';
import type { Plan } from '../../../contracts/plan.ts';
import type { TrainingRecord } from '../../../domain/governance/index.ts';
import { failure } from '../../failure.ts';
import { TRAINING_RECORD } from '../../training/register-version.ts';
import { evidenceFailures } from '../../plan.ts';

const json = z.record(z.string(), z.json());

/** Whatever else the command wrote down stays in its file. */
const record = z.looseObject({
  seed: z.number().exactOptional(),
  parameters: json.exactOptional(),
  data: json.exactOptional(),
  train: json.exactOptional(),
  holdout: json.exactOptional(),
  code: json.exactOptional(),
  versions: z.record(z.string(), z.string()).exactOptional(),
});

/** What the training command wrote down about itself: the plan's file `training-record`. Null where the plan names none. */
export async function readTrainingRecord(
  evidence: EvidenceStore,
  plan: Plan,
): Promise<TrainingRecord | null> {
  const ref = plan.data[TRAINING_RECORD];
  if (ref === undefined) return null;
  const document = await evidenceFailures('the training record', () => evidence.getJson<unknown>(ref));
  const parsed = record.safeParse(document);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw failure(
      'DataUnreadable',
      `the training record ${ref.name} is wrong at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? ''}`,
    );
  }
  const { seed, parameters, data, train, holdout, code, versions } = parsed.data;
  return {
    sha256: ref.sha256,
    seed: seed ?? null,
    parameters: parameters ?? null,
    data: data ?? null,
    train: train ?? null,
    holdout: holdout ?? null,
    code: code ?? null,
    versions: versions ?? null,
  };
}
