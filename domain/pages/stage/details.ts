import type { Plan } from '../../../contracts/plan.ts';
import type { Metrics } from '../../../contracts/report.ts';
import type { RollbackFacts } from '../../incidents/index.ts';
import type { Dot } from '../charts/dots.ts';
import type { Time } from '../charts/times.ts';
import type { StageFacts } from './stage-page.ts';

/** A stage's details as it wrote them, each part of which is missing where the stage ended before it. */
export const detailsOf = <T extends object>({ details }: Pick<StageFacts, 'details'>): Partial<T> =>
  (details ?? {}) as Partial<T>;

/** A metric as a dot with its interval; empty where it was not measured. `factor`: 100 for per cent. */
export function dotOf(metrics: Metrics, name: string, label: string, limit?: number, factor = 1): Dot[] {
  const metric = metrics[name];
  if (metric === undefined) return [];
  const { value, lower, upper } = metric;
  return [
    {
      label,
      value: value * factor,
      ...(lower === undefined ? {} : { lower: lower * factor }),
      ...(upper === undefined ? {} : { upper: upper * factor }),
      ...(limit === undefined ? {} : { limit: limit * factor }),
    },
  ];
}

/** How long the way back took, against the plan's objective; empty where it was not walked. */
export function rollbackTime(rollback: RollbackFacts | undefined, plan: Plan): Time[] {
  if (rollback === undefined) return [];
  return [{ what: 'rollback, counted', seconds: rollback.seconds, limit: plan.rollback.objectiveSeconds }];
}
