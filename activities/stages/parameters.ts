import type { z } from 'zod';
import type { StageStep } from '../../contracts/plan.ts';
import { failure } from '../failure.ts';

/** A stage's parameters against its schema. Throws `PlanInvalid` naming what is wrong; unknown names are wrong too. */
export function readParameters<T>(schema: z.ZodType<T>, stage: StageStep): T {
  const parsed = schema.safeParse(stage.parameters);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw failure('PlanInvalid', `the parameters of stage ${stage.name} are wrong: ${issues.join('; ')}`);
}
