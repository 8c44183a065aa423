import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  TimeoutFailure,
} from '@temporalio/workflow';

/** Why an activity ended without a result, as a type and a sentence. */
export function failureOf(error: unknown): { type: string; message: string } {
  const cause =
    (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) && error.cause
      ? error.cause
      : error;
  if (cause instanceof ApplicationFailure) return { type: cause.type ?? 'Unknown', message: cause.message };
  if (cause instanceof TimeoutFailure)
    return { type: 'Timeout', message: `it did not answer in time (${cause.timeoutType})` };
  return { type: 'Unknown', message: cause instanceof Error ? cause.message : String(cause) };
}
