import type { LedgerEntry } from '../../contracts/ledger.ts';

/** Somebody outside who is told what the ledger says. */
export interface Sink {
  /** Names how far it was told, in the ledger's database: a new name is told everything from the beginning. */
  readonly name: string;
  /** Where it is, for people. */
  readonly place: string;
  /**
   * Takes facts of one stream, in order. May be given the same ones again. Throws `SinkAway` when nothing can be told now;
   * any other error is about these facts alone.
   */
  take(entries: readonly LedgerEntry[]): Promise<void>;
  close(): Promise<void>;
}

/** The sink does not answer. Nothing is lost: the ledger keeps what was not told. */
export class SinkAway extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SinkAway';
  }
}
