import type { RunEvent } from '../../contracts/openlineage.ts';

/** A way to whoever collects lineage. */
export interface LineageTransport {
  /** Where it goes, for people. */
  readonly place: string;
  /**
   * Resolves when all events are there, in order. Throws `LineageUnavailable` when they may go later (some may be there already),
   * and another error for what is refused.
   */
  send(events: readonly RunEvent[]): Promise<void>;
  close(): Promise<void>;
}

export class LineageUnavailable extends Error {
  readonly code = 'LINEAGE_UNAVAILABLE';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LineageUnavailable';
  }
}
