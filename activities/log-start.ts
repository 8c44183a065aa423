import type { PartitionOffsets } from '../adapters/kafka/index.ts';

/** Partition to the offset from which a topic is read on: where it `stood` at some moment, or its beginning where that is gone by now. */
export function readableFrom(
  offsets: readonly PartitionOffsets[],
  stood: Readonly<Record<string, number>> = {},
): Record<number, number> {
  return Object.fromEntries(
    offsets.map(({ partition, low }) => [partition, Math.max(low, stood[partition] ?? 0)]),
  );
}
