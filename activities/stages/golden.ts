import { z } from 'zod';
import type { EvidenceStore } from '../../adapters/evidence/index.ts';
import type { Plan, Signature } from '../../contracts/plan.ts';
import { failure } from '../failure.ts';
import { evidenceFailures } from '../plan.ts';
import type { FeatureRow } from './model-client.ts';

const schema = z.object({
  rows: z
    .array(
      z.object({
        features: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
        probabilities: z.array(z.number()).min(1),
      }),
    )
    .min(1),
});

export interface Golden {
  readonly rows: readonly FeatureRow[];
  /** The positive class's chance that the training itself gave, one a row. */
  readonly expected: Float64Array;
}

/**
 * The plan's `golden` file: rows with the answers that the training command's own model gave to them.
 * Throws `PlanInvalid` when the plan names none, and `DataUnreadable`, `ArtifactMissing` or `DigestMismatch`.
 */
export async function readGolden(evidence: EvidenceStore, plan: Plan, signature: Signature): Promise<Golden> {
  const ref = plan.data['golden'];
  if (ref === undefined) {
    throw failure(
      'PlanInvalid',
      'the plan names no `golden` file; the training command writes one, with rows and its own answers',
    );
  }
  const document = await evidenceFailures('the golden file', () => evidence.getJson<unknown>(ref));
  const parsed = schema.safeParse(document);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw failure(
      'DataUnreadable',
      `the golden file is wrong at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? ''}; write ` +
        '{ rows: [{ features: { name: value }, probabilities: [..] }] }',
    );
  }
  const { rows } = parsed.data;
  const { positiveIndex } = signature.output;
  const expected = Float64Array.from(rows, ({ probabilities }) => probabilities[positiveIndex] ?? Number.NaN);
  const missing = expected.findIndex((value) => !Number.isFinite(value));
  if (missing >= 0) {
    throw failure('DataUnreadable', `the golden file has no probability ${positiveIndex} at row ${missing}`);
  }
  return { rows: rows.map(({ features }) => features), expected };
}
