import type { Plan } from '../../contracts/plan.ts';
import type { ActivityContext } from '../context.ts';
import { failure } from '../failure.ts';
import { evidenceFailures } from '../plan.ts';
import type { DataFile } from './sample-rows.ts';

/** A file of the plan's data by its name there; undefined when the plan names none. Throws `ArtifactMissing`, `DigestMismatch`. */
export async function dataFile(
  { evidence }: Pick<ActivityContext, 'evidence'>,
  plan: Plan,
  name: string,
): Promise<DataFile | undefined> {
  const ref = plan.data[name];
  if (ref === undefined) return undefined;
  const what = `the ${name} file`;
  return { path: await evidenceFailures(what, () => evidence.path(ref)), what };
}

/** The plan's labelled rows that the model never saw. Throws `PlanInvalid` when it names none. */
export async function validationFile(
  context: Pick<ActivityContext, 'evidence'>,
  plan: Plan,
): Promise<DataFile> {
  const file = await dataFile(context, plan, 'validation');
  if (file !== undefined) return file;
  throw failure(
    'PlanInvalid',
    'the plan names no `validation` file; give labelled rows that the model never saw, as Parquet',
  );
}
