import { hoursToMs } from './event-time.ts';
import type { Reached, Stream } from './input.ts';
import { createLabelClock } from './label-clock.ts';
import type { MonitorTiming } from './timing.ts';
import { createWatermark } from './watermark.ts';

/** Knows how far labels and feedback have come in one partition, and when a window need not wait for more of them. */
export interface TruthClock {
  label(observedAt: number): void;
  feedback(givenAt: number): void;
  /** The stream holds no unread record from before these times. */
  caughtUp(stream: Exclude<Stream, 'predictions'>, reached: Reached): void;
  /** Whether what was known at `observedAt` counts for a window that ends at `end`. */
  inTime(observedAt: number, end: number): boolean;
  labelsHavePassed(end: number): boolean;
  feedbackHasPassed(end: number): boolean;
  /** Largest time of a label; undefined before the first. */
  latestLabel(): number | undefined;
}

export function createTruthClock(partition: number, timing: MonitorTiming): TruthClock {
  const labels = createLabelClock([partition], timing);
  /** Feedback is sparse: it is known to its last record, or to where the traffic was when its topic was seen to be read. */
  const feedback = createWatermark([partition]);
  const patience = hoursToMs(timing.labelLatenessHours + timing.latenessHours);

  return {
    label: (observedAt) => labels.observe(partition, observedAt),
    feedback: (givenAt) => feedback.observe(partition, givenAt),
    caughtUp(stream, reached) {
      if (stream === 'labels') return labels.caughtUp(partition, reached.labels, reached.predictions);
      const latest = Math.max(reached.predictions ?? -Infinity, reached.labels ?? -Infinity);
      if (Number.isFinite(latest)) feedback.observe(partition, latest);
    },
    inTime: labels.inTime,
    labelsHavePassed: labels.hasPassed,
    feedbackHasPassed: (end) => (feedback.value() ?? -Infinity) >= end + patience,
    latestLabel: labels.latest,
  };
}
