import type { ReceivedRecord } from '../../adapters/kafka/index.ts';
import { SliceFold } from './fold.ts';
import { readEvent } from './read-event.ts';
import type { Refused } from './read-event.ts';

/** What the records of a slice say, without them. */
export interface SliceReading {
  readonly fold: SliceFold;
  /** Those that are no drift events, whole, because they become dead letters. */
  readonly refused: Refused[];
  /** Of each record, in order. */
  readonly offsets: readonly number[];
  readonly timestamps: readonly number[];
}

/**
 * Reads all records of a slice and takes them out of the list: from here to the commit a slice of 8 MiB is some hundred KiB, and no
 * one keeps what was parsed of it. Synchronous, because what an `async` function has once named lives until it ends.
 */
export function readSlice(records: ReceivedRecord[]): SliceReading {
  const fold = new SliceFold();
  const refused: Refused[] = [];
  const offsets: number[] = [];
  const timestamps: number[] = [];
  for (const record of records) {
    offsets.push(record.offset);
    timestamps.push(record.timestamp);
    const reading = readEvent(record);
    if (reading.ok) fold.add(reading.accepted);
    else refused.push(reading.refused);
  }
  records.splice(0);
  return { fold, refused, offsets, timestamps };
}
