import type { EventLog, ReceivedRecord } from '../../adapters/kafka/index.ts';

/**
 * Records by their offsets, in order. One that is no longer in the topic is missing from the answer. `offsets` are in order, and at least one.
 * Rejects with LogError.
 */
export async function fetchRecords(
  log: Pick<EventLog, 'offsets' | 'readRange'>,
  topic: string,
  partition: number,
  offsets: readonly number[],
): Promise<ReceivedRecord[]> {
  const { low = 0, high = 0 } = (await log.offsets(topic)).find((one) => one.partition === partition) ?? {};
  const from = Math.max(low, offsets[0]!);
  const to = Math.min(high, offsets.at(-1)! + 1);
  if (from >= to) return [];
  const wanted = new Set(offsets);
  const found: ReceivedRecord[] = [];
  await log.readRange({ topic, from: { [partition]: from }, to: { [partition]: to } }, (records) => {
    for (const record of records) if (wanted.has(record.offset)) found.push(record);
  });
  return found;
}
