import { isGrpcServiceError, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import {
  QueryNotRegisteredError,
  QueryRejectedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { SeatrialError } from './errors.ts';

/** Says in our words what went wrong with a call to a release's workflow; anything unknown comes back unchanged. */
export function asSeatrialError(error: unknown, release: string): unknown {
  if (error instanceof WorkflowNotFoundError) {
    return new SeatrialError(
      'RELEASE_UNKNOWN',
      `There is no ${release}. \`seatrial list\` shows what there is.`,
      {
        cause: error,
      },
    );
  }
  if (error instanceof WorkflowUpdateFailedError) {
    const reason =
      error.cause instanceof ApplicationFailure
        ? error.cause.message
        : (error.cause?.message ?? error.message);
    return new SeatrialError('REFUSED', reason, { cause: error });
  }
  if (error instanceof QueryNotRegisteredError || error instanceof QueryRejectedError) {
    const message = `${release} cannot be asked for its state (${error.message}). Is it a release of this version of Seatrial?`;
    return new SeatrialError('UNAVAILABLE', message, { cause: error });
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isDeadline(error)) {
    const message = `No worker answered for ${release}. Start one (\`npm run up\`), then try again; nothing is lost.`;
    return new SeatrialError('UNAVAILABLE', message, { cause: error });
  }
  if (error instanceof Error && (isGrpcServiceError(error) || isGrpcServiceError(error.cause))) {
    return unavailable(error);
  }
  return error;
}

/** Temporal itself did not answer, or could not be reached at all. */
export function unavailable(error: unknown): SeatrialError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
  const message = `Temporal did not answer (${reason}). Is it running, and is TEMPORAL_ADDRESS right? \`seatrial doctor\` looks.`;
  return new SeatrialError('UNAVAILABLE', message, { cause: error });
}

const DEADLINE_EXCEEDED = 4;

function isDeadline(error: unknown): boolean {
  const grpc = error instanceof Error && !isGrpcServiceError(error) ? error.cause : error;
  return isGrpcServiceError(grpc) && Number(grpc.code) === DEADLINE_EXCEEDED;
}
