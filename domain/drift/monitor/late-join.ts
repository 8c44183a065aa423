import type { Place } from './input.ts';
import type { ObservedLabel, OpenWindow, Supersedes } from './open-window.ts';
import { createPendingLabels } from './pending-labels.ts';
import type { Tally } from './tally.ts';

/** Where in the tally this kind of record is counted. */
export interface JoinTally {
  readonly joined: keyof Tally;
  readonly late: keyof Tally;
  readonly pending: keyof Tally;
  readonly unmatched: keyof Tally;
  readonly evicted: keyof Tally;
}

export interface LateJoinOptions {
  readonly tally: Tally;
  readonly counted: JoinTally;
  readonly supersedes: Supersedes;
  /** Held for the whole model; the oldest are let go and counted. */
  readonly maxPending: number;
  windowOf(predictionId: string): OpenWindow | undefined;
  /** Everything before this time was read. */
  settledTo(): number;
  /** Whether what was known at this time counts for a window that ends at `end`. */
  inTime(observedAt: number, end: number): boolean;
  apply(window: OpenWindow, predictionId: string, record: ObservedLabel, place: Place): void;
}

/** Joins what comes after a prediction, labels or feedback, to its row, whichever of the two is read first. */
export interface LateJoin {
  take(place: Place, predictionId: string, record: ObservedLabel): void;
  /** A row has come: what waited for it is joined. */
  rowCame(predictionId: string): void;
  /** Lets go of what is too old to find its prediction. */
  sweep(): void;
  retainIn(firsts: Map<number, number>): void;
  readonly size: number;
}

export function createLateJoin(options: LateJoinOptions): LateJoin {
  const { tally, counted, maxPending } = options;
  const pending = createPendingLabels(options.supersedes);
  const count = (what: keyof JoinTally, by = 1): void => void (tally[counted[what]] += by);

  function join(window: OpenWindow, id: string, record: ObservedLabel, place: Place): void {
    if (!options.inTime(record.observedAt, window.end)) return count('late');
    options.apply(window, id, record, place);
    count('joined');
  }

  return {
    take(place, id, record) {
      const window = options.windowOf(id);
      if (window !== undefined) return join(window, id, record, place);
      // Its prediction is older still, and everything that old was read.
      if (record.observedAt < options.settledTo()) return count('unmatched');
      const size = pending.size;
      pending.hold(id, record, place);
      count('pending', pending.size - size);
      // A second one about a prediction that is itself awaited: one of the two is kept.
      count('joined', 1 - (pending.size - size));
      const excess = tally[counted.pending] - maxPending;
      if (excess <= 0) return;
      // A tenth at a time, because finding the oldest means sorting.
      const dropped = pending.dropOldest(Math.max(0, pending.size - excess - Math.ceil(maxPending / 10)));
      count('evicted', dropped);
      count('pending', -dropped);
    },
    rowCame(id) {
      const window = options.windowOf(id);
      const waiting = window && pending.take(id);
      if (window === undefined || waiting === undefined) return;
      count('pending', -1);
      join(window, id, waiting.label, waiting);
    },
    sweep() {
      const dropped = pending.dropBefore(options.settledTo());
      count('unmatched', dropped);
      count('pending', -dropped);
    },
    retainIn: pending.retainIn,
    get size() {
      return pending.size;
    },
  };
}
