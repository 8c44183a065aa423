/** Why the judge refused its input. Stable: callers may switch on it. */
export type JudgeErrorCode =
  /** A value is NaN, infinite or not a number. */
  | 'NON_FINITE'
  /** A value is negative, or larger than what contains it. */
  | 'OUT_OF_RANGE'
  /** A metric, an arm or a field that the configuration asks for is not there. */
  | 'MISSING'
  /** A bin begins before the last one ended, or came twice. */
  | 'OUT_OF_ORDER'
  /** The configuration cannot be followed. */
  | 'BAD_CONFIG'
  /** A saved state that this configuration did not write. */
  | 'BAD_STATE';

/** Bad input to the judge. The message says what is wrong, where, and how to mend it. */
export class JudgeError extends Error {
  readonly code: JudgeErrorCode;
  /** Where: a path such as `bin.arms.canary.metrics.errors.events`. */
  readonly path: string;

  constructor(code: JudgeErrorCode, path: string, message: string) {
    super(`${path}: ${message}`);
    this.name = 'JudgeError';
    this.code = code;
    this.path = path;
  }
}

/** Throws unless `value` is a finite number of at least `low`. */
export function requireAtLeast(value: unknown, low: number, path: string): asserts value is number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new JudgeError(
      'NON_FINITE',
      path,
      `${String(value)} is not a finite number. Leave missing values out and count them.`,
    );
  }
  if (value < low) throw new JudgeError('OUT_OF_RANGE', path, `${value} is below ${low}.`);
}

/** Throws unless `value` is a finite number. */
export function requireNumber(value: unknown, path: string): asserts value is number {
  requireAtLeast(value, -Number.MAX_VALUE, path);
}
