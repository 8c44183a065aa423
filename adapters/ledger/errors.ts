/** The ledger's database did not answer, or is not ready. Try again: `append` is idempotent. */
export class LedgerUnavailable extends Error {
  readonly code = 'LEDGER_UNAVAILABLE';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LedgerUnavailable';
  }
}

/** The ledger holds something else at this place: two writers, a gap, or a changed history. Trying again does not help. */
export class LedgerConflict extends Error {
  readonly code = 'LEDGER_CONFLICT';
  readonly stream: string;
  /** The first place at which the ledger and the request differ. */
  readonly seq: number;

  constructor(stream: string, seq: number, message: string) {
    super(message);
    this.name = 'LedgerConflict';
    this.stream = stream;
    this.seq = seq;
  }
}

/**
 * SQLSTATE classes of trouble that passes: connection, resources, operator intervention, system, lock and serialisation.
 * Missing tables are here too, because `migrate()` may still be on its way; and a place that another writer took in this very
 * moment (23505), because the next try sees what is there and says whether it is the same.
 */
const PASSING = /^(08|53|57|58|40|55P03|42P01|3D000|28|23505)/;

/** Turns what `pg` throws into `LedgerUnavailable`, or gives it back unchanged when it is a mistake of ours. */
export function asLedgerError(error: unknown, where: string): unknown {
  if (!(error instanceof Error) || error instanceof LedgerConflict || error instanceof LedgerUnavailable)
    return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === '42P01') {
    return new LedgerUnavailable(`The ledger at ${where} has no tables yet. Run migrate() first.`, {
      cause: error,
    });
  }
  const fromServer = 'severity' in error;
  if (fromServer && !PASSING.test(code ?? '')) return error;
  if (!fromServer && !isConnectionTrouble(error, code)) return error;
  const reason = error.message || code || error.name;
  return new LedgerUnavailable(
    `The ledger database at ${where} did not answer (${reason}). Is it running, and is DATABASE_URL right?`,
    { cause: error },
  );
}

/** `pg` reports lost connections and timeouts as plain errors without a code. */
function isConnectionTrouble(error: Error, code: string | undefined): boolean {
  if (code !== undefined) return /^E[A-Z]+$/.test(code);
  return /connection|timeout|timed out|terminated|not queryable|closed/i.test(error.message);
}
