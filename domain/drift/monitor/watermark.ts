/**
 * How far event time has come in a stream that is split over partitions: the least of what the partitions have reached.
 * The largest time seen anywhere would be wrong after a restart, when one partition is read days ahead of another, and
 * its windows would close before the other's rows were read.
 *
 * A quiet partition holds the watermark back until somebody who has read it to its end says how far the others had come
 * when that end was looked up (`observe` with that time).
 */
export interface Watermark {
  observe(partition: number, time: number): void;
  /** Undefined while one of the partitions has not been heard of. */
  value(): number | undefined;
  /** Largest time seen in any partition; undefined before the first. */
  latest(): number | undefined;
}

export function createWatermark(partitions: readonly number[]): Watermark {
  const reached = new Map<number, number>();
  let latest: number | undefined;
  let value: number | undefined;

  const least = (): number | undefined => {
    let minimum = Infinity;
    for (const partition of partitions) minimum = Math.min(minimum, reached.get(partition) ?? -Infinity);
    return Number.isFinite(minimum) ? minimum : undefined;
  };

  return {
    observe(partition, time) {
      const before = reached.get(partition);
      if (before !== undefined && before >= time) return;
      reached.set(partition, time);
      if (latest === undefined || time > latest) latest = time;
      // Only the partition that was last can move the least.
      if (value === undefined || before === value) value = least();
    },
    value: () => value,
    latest: () => latest,
  };
}
