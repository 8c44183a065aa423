/** Why a statistic refused its input. Stable: callers may switch on it. */
export type StatisticsErrorCode =
  'NON_FINITE' | 'EMPTY_SAMPLE' | 'LENGTH_MISMATCH' | 'OUT_OF_RANGE' | 'DEGENERATE';

/** A sample: a plain array or a typed array of numbers. Never changed by a function that receives it. */
export type Sample = ArrayLike<number>;

/**
 * Bad input to a statistic. The message says what is wrong, where, and how to mend it. A statistic never
 * answers with NaN instead.
 */
export class StatisticsError extends Error {
  readonly code: StatisticsErrorCode;
  /** The argument that is wrong, by its name in the signature. */
  readonly argument: string;
  /** Position of the offending value, where there is one. */
  readonly index: number | undefined;

  constructor(code: StatisticsErrorCode, argument: string, message: string, index?: number) {
    super(message);
    this.name = 'StatisticsError';
    this.code = code;
    this.argument = argument;
    this.index = index;
  }
}

/** Throws `NON_FINITE` at the first NaN, infinity or non-number in `values`. */
export function requireFinite(values: Sample, name: string): void {
  for (let i = 0; i < values.length; i++) {
    const value: unknown = values[i];
    if (!Number.isFinite(value)) {
      throw new StatisticsError(
        'NON_FINITE',
        name,
        `${name}[${i}] is ${String(value)}, not a finite number. Remove missing values first, and count them apart.`,
        i,
      );
    }
  }
}

/** Throws `NON_FINITE` when a single number is NaN or infinite. */
export function requireFiniteNumber(value: number, name: string): void {
  if (!Number.isFinite(value)) {
    throw new StatisticsError('NON_FINITE', name, `${name} is ${String(value)}. Pass a finite number.`);
  }
}

/** Throws `EMPTY_SAMPLE` when there are fewer than `minimum` values (1 unless told). */
export function requireNonEmpty(values: ArrayLike<unknown>, name: string, minimum = 1): void {
  if (values.length < minimum) {
    throw new StatisticsError(
      'EMPTY_SAMPLE',
      name,
      `${name} has ${values.length} value(s), at least ${minimum} needed. Wait for more data or leave this measure out.`,
    );
  }
}

/** Throws `LENGTH_MISMATCH` when two columns that describe the same rows differ in length. */
export function requireSameLength(
  first: ArrayLike<unknown>,
  second: ArrayLike<unknown>,
  firstName: string,
  secondName: string,
): void {
  if (first.length !== second.length) {
    throw new StatisticsError(
      'LENGTH_MISMATCH',
      secondName,
      `${firstName} has ${first.length} rows and ${secondName} has ${second.length}. Pass one value a row in both.`,
      Math.min(first.length, second.length),
    );
  }
}

/** Throws `OUT_OF_RANGE` unless `low <= value <= high` (NaN is out of range). */
export function requireInRange(value: number, name: string, low: number, high: number): void {
  if (!(value >= low && value <= high)) {
    throw new StatisticsError(
      'OUT_OF_RANGE',
      name,
      `${name} is ${String(value)}. Pass a value from ${low} to ${high}.`,
    );
  }
}

/** Throws unless every value is finite and between `low` and `high`. */
export function requireAllInRange(values: Sample, name: string, low: number, high: number): void {
  requireFinite(values, name);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low || value > high) {
      throw new StatisticsError(
        'OUT_OF_RANGE',
        name,
        `${name}[${i}] is ${value}. Every value must be from ${low} to ${high}.`,
        i,
      );
    }
  }
}

/** Throws `OUT_OF_RANGE` unless every value is 0 or 1. */
export function requireBinary(values: Sample, name: string): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value !== 0 && value !== 1) {
      throw new StatisticsError(
        Number.isFinite(value) ? 'OUT_OF_RANGE' : 'NON_FINITE',
        name,
        `${name}[${i}] is ${String(value)}. Write the event as 1 and everything else as 0.`,
        i,
      );
    }
  }
}
