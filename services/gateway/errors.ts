/**
 * Why the gateway refused a request, and the HTTP status that says so. Stable: callers may switch on the code.
 * 409 means a stale fence and nothing else, so that a release that lost its slot is told apart with certainty.
 */
export const gatewayErrors = {
  INVALID_REQUEST: 400,
  NOT_FOUND: 404,
  MODEL_NOT_FOUND: 404,
  VERSION_NOT_FOUND: 404,
  STALE_FENCE: 409,
  CHANGE_ID_REUSED: 422,
  ARTIFACT_UNUSABLE: 422,
  SIGNATURE_MISMATCH: 422,
  VERSION_DIFFERS: 422,
  VERSION_IN_TRAFFIC: 422,
  MODEL_FAILED: 500,
  NO_TRAFFIC: 503,
  MODEL_NOT_READY: 503,
  MODEL_TIMEOUT: 504,
} as const;

export type GatewayErrorCode = keyof typeof gatewayErrors;

/** What the caller did wrong or cannot have, in words that say how to mend it. Sent as `{ error, code }`. */
export class GatewayError extends Error {
  readonly code: GatewayErrorCode;

  constructor(code: GatewayErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'GatewayError';
    this.code = code;
  }

  get status(): number {
    return gatewayErrors[this.code];
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
