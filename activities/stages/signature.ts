import { z } from 'zod';
import type { EvidenceStore } from '../../adapters/evidence/index.ts';
import type { Plan, Signature } from '../../contracts/plan.ts';
import { failure } from '../failure.ts';
import { evidenceFailures } from '../plan.ts';

const schema = z.object({
  inputs: z
    .array(
      z.object({
        name: z.string().min(1),
        datatype: z.enum(['BYTES', 'FP32']),
        kind: z.enum(['category', 'numeric']),
      }),
    )
    .min(1),
  output: z.object({ name: z.string().min(1), positiveIndex: z.int().min(0) }),
});

/** The model's declared inputs and output. Throws `ArtifactMissing`, `DigestMismatch` or `DataUnreadable`. */
export async function readSignature(evidence: EvidenceStore, plan: Plan): Promise<Signature> {
  const document = await evidenceFailures('the signature', () => evidence.getJson<unknown>(plan.signature));
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw failure(
    'DataUnreadable',
    `the signature is wrong at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? ''}; write ` +
      '{ inputs: [{ name, datatype: BYTES|FP32, kind: category|numeric }], output: { name, positiveIndex } }',
  );
}
