import { ApplicationFailure } from '@temporalio/activity';
import { failures } from '../contracts/failures.ts';
import type { FailureType } from '../contracts/failures.ts';

/** A check that could not be made, or an effect that could not be had. The type says whether to try again. */
export function failure(
  type: FailureType,
  message: string,
  cause?: unknown,
  details: readonly unknown[] = [],
): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: !failures[type].retryable,
    ...(details.length === 0 ? {} : { details: [...details] }),
    ...(cause instanceof Error ? { cause } : {}),
  });
}
