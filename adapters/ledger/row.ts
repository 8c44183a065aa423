import type { LedgerEntry } from '../../contracts/ledger.ts';

export interface Row {
  readonly seq: number;
  readonly hash: string;
  readonly body: string;
}

/** The text that was hashed, as an entry. */
export function toEntry(row: Row): LedgerEntry {
  return { ...(JSON.parse(row.body) as Omit<LedgerEntry, 'hash'>), hash: row.hash };
}
