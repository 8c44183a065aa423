/** Why a call of the client failed. Stable: scripts may switch on it, and the CLI's exit code follows from it. */
export type SeatrialErrorCode =
  /** A version is released once, and this one was. */
  | 'RELEASE_EXISTS'
  | 'RELEASE_UNKNOWN'
  /** The release refused a decision or a command; the message is its reason. */
  | 'REFUSED'
  /** Temporal, or a worker behind it, did not answer. */
  | 'UNAVAILABLE'
  /** It was not there within the time that was given. */
  | 'TIMEOUT'
  /** An argument or a setting is missing or malformed. */
  | 'USAGE';

export class SeatrialError extends Error {
  readonly code: SeatrialErrorCode;

  constructor(code: SeatrialErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SeatrialError';
    this.code = code;
  }
}
