import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  TimeoutFailure,
} from '@temporalio/workflow';

/** Longest sentence that is kept: a library may put a whole table into its message, and every run carries it. */
const LONGEST = 2_000;

/** A task that no worker took in time: its queue has no worker, or too few. */
export const NOT_TAKEN = 'NotTaken';

/** Why an activity ended without a result, as a type and a sentence. */
export function failureOf(error: unknown): { type: string; message: string } {
  const cause =
    (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) && error.cause
      ? error.cause
      : error;
  if (cause instanceof ApplicationFailure)
    return { type: cause.type ?? 'Unknown', message: short(cause.message) };
  if (cause instanceof TimeoutFailure) {
    const type = cause.timeoutType === 'SCHEDULE_TO_START' ? NOT_TAKEN : 'Timeout';
    return { type, message: `it did not answer in time (${cause.timeoutType})` };
  }
  return { type: 'Unknown', message: short(cause instanceof Error ? cause.message : String(cause)) };
}

function short(message: string): string {
  return message.length > LONGEST ? `${message.slice(0, LONGEST)}…` : message;
}
