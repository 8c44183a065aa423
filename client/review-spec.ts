import type { z } from 'zod';
import type { ReviewSpec } from '../contracts/plan.ts';
import { reviewSpec } from '../contracts/schemas/review.ts';

/** A review as the plan has it. */
export function reviewOf(given: z.output<typeof reviewSpec> = reviewSpec.parse({})): ReviewSpec {
  const { soak, actions } = given;
  return {
    soak: {
      seconds: soak.time,
      labelled: soak.labelled,
      eventSeconds: soak.eventTime ?? 0,
      atMostSeconds: soak.atMost,
    },
    actions: { owner: actions.owner, dueSeconds: actions.due },
  };
}
