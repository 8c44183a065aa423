import { readFile } from 'node:fs/promises';
import { EvidenceError } from '../../adapters/evidence/index.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { JsonObject } from '../../contracts/json.ts';
import type { Plan, Signature } from '../../contracts/plan.ts';
import type { Lack } from './recipe.ts';

/** Where a file of the plan lies, after its bytes were compared with its digest. Throws `EvidenceError`. */
export type Fetch = (ref: EvidenceRef) => Promise<string>;

/** What a reproduction needs of the plan's files, as paths. */
export interface Files {
  readonly artifact: string;
  readonly signature: Signature;
  readonly record: JsonObject | null;
  readonly training: string | undefined;
  readonly golden: string | undefined;
  readonly validation: string | undefined;
  readonly lacks: readonly Lack[];
}

/** Everything of the plan that is needed, out of the evidence store; what is not there, or not itself, is a lack. */
export async function planFiles(plan: Plan, fetch: Fetch): Promise<Files> {
  const lacks: Lack[] = [];
  const get = async (ref: EvidenceRef | undefined, what: string): Promise<string | undefined> => {
    if (ref === undefined) return undefined;
    try {
      return await fetch(ref);
    } catch (error) {
      if (!(error instanceof EvidenceError) || error.code === 'EVIDENCE_UNAVAILABLE') throw error;
      const mend = `put the file ${ref.name} of digest ${ref.sha256} back into the evidence store`;
      lacks.push({ what: `${what}: ${error.message}`, mend });
      return undefined;
    }
  };
  const { training, golden, validation, 'training-record': written } = plan.data;
  const signature = await get(plan.signature, 'the signature');
  const record = await get(written, 'the training record');
  const files = {
    artifact: (await get(plan.artifact, 'the released model')) ?? '',
    signature: (signature === undefined ? {} : await jsonOf(signature)) as unknown as Signature,
    record: record === undefined ? null : await jsonOf(record),
    training: await get(training, 'the training data'),
    golden: await get(golden, 'the golden rows'),
    validation: await get(validation, 'the validation rows'),
  };
  if (golden === undefined && validation === undefined) {
    const mend = 'name `golden` or `validation` under `data` in the next release file';
    lacks.push({ what: 'the plan has no rows to ask both models', mend });
  }
  return { ...files, lacks };
}

export async function jsonOf(path: string): Promise<JsonObject> {
  return JSON.parse(await readFile(path, 'utf8')) as JsonObject;
}
