import type { Place } from './input.ts';
import { retain, type ObservedLabel, type Supersedes } from './open-window.ts';

interface PendingLabel {
  label: ObservedLabel;
  readonly partition: number;
  /** Smallest offset at which this prediction's label stands. */
  readonly offset: number;
}

/** Labels, or feedback, whose prediction was not read yet: the topics are read side by side, and none waits for another. */
export interface PendingLabels {
  readonly size: number;
  hold(predictionId: string, label: ObservedLabel, place: Place): void;
  /** Takes a prediction's label out. */
  take(predictionId: string): PendingLabel | undefined;
  /** Lets go of labels observed before `time`. Returns how many. */
  dropBefore(time: number): number;
  /** Lets go of the oldest, down to `limit` labels. Returns how many. */
  dropOldest(limit: number): number;
  /** Adds to `firsts` the smallest offset by partition of what is held. */
  retainIn(firsts: Map<number, number>): void;
}

export function createPendingLabels(supersedes: Supersedes): PendingLabels {
  const held = new Map<string, PendingLabel>();

  return {
    get size() {
      return held.size;
    },
    hold(predictionId, label, place) {
      const before = held.get(predictionId);
      if (before === undefined) {
        held.set(predictionId, { label, partition: place.partition, offset: place.offset });
        return;
      }
      if (supersedes(label, before.label)) before.label = label;
    },
    take(predictionId) {
      const found = held.get(predictionId);
      held.delete(predictionId);
      return found;
    },
    dropBefore(time) {
      const before = held.size;
      for (const [id, { label }] of held) if (label.observedAt < time) held.delete(id);
      return before - held.size;
    },
    dropOldest(limit) {
      const excess = held.size - limit;
      if (excess <= 0) return 0;
      const byAge = [...held].sort(([, a], [, b]) => a.label.observedAt - b.label.observedAt);
      for (const [id] of byAge.slice(0, excess)) held.delete(id);
      return excess;
    },
    retainIn(firsts) {
      for (const { partition, offset } of held.values()) retain(firsts, partition, offset);
    },
  };
}
