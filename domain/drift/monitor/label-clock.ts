import { hoursToMs } from './event-time.ts';
import type { MonitorTiming } from './timing.ts';
import { createWatermark } from './watermark.ts';

/** Knows which labels count for a window, and when they are as complete as they are going to be. */
export interface LabelClock {
  observe(partition: number, observedAt: number): void;
  /** The partition holds no unread label from before these times (milliseconds; of labels, and of the model's traffic). */
  caughtUp(partition: number, labels: number | undefined, traffic: number | undefined): void;
  latest(): number | undefined;
  /**
   * Whether a truth known at `observedAt` counts for a window that ends at `end`. By event time, so that the answer does not
   * depend on which partition was read first.
   */
  inTime(observedAt: number, end: number): boolean;
  /** Whether labels have come to the stated time after `end`, or have stopped for longer than the deadline. */
  hasPassed(end: number): boolean;
}

export function createLabelClock(partitions: readonly number[], timing: MonitorTiming): LabelClock {
  /** How far the truth is known. */
  const labels = createWatermark(partitions);
  /** How far the traffic had come when the label topic was last seen to be empty: labels that stop must not stop the judging. */
  const quiet = createWatermark(partitions);

  const awaited = hoursToMs(timing.labelLatenessHours);

  return {
    observe(partition, observedAt) {
      labels.observe(partition, observedAt);
      quiet.observe(partition, observedAt);
    },
    caughtUp(partition, labelTime, traffic) {
      if (labelTime !== undefined) labels.observe(partition, labelTime);
      const reached = Math.max(labelTime ?? -Infinity, traffic ?? -Infinity);
      if (Number.isFinite(reached)) quiet.observe(partition, reached);
    },
    latest: () => labels.latest(),
    inTime: (observedAt, end) => observedAt < end + awaited,
    hasPassed(end) {
      const known = labels.value();
      if (known !== undefined && known - hoursToMs(timing.latenessHours) >= end + awaited) return true;
      const silent = quiet.value();
      return silent !== undefined && silent - hoursToMs(timing.labelDeadlineHours) >= end;
    },
  };
}
