import type { ClosedWindow } from './closed-window.ts';
import type { PartialWindow, Standing } from './partial-window.ts';

/** What one partition has said of one version, so that a restart neither says it again nor takes late rows into it. */
export interface PartitionHistory {
  /** End of the latest window whose data part was said; event time in milliseconds. */
  closedThrough: number;
  finishedThrough: number;
  /** Windows whose performance part is still to come, by start: the offset before which their rows stand. */
  readonly awaiting: Map<number, number>;
}

export const emptyPartitionHistory = (): PartitionHistory => ({
  closedThrough: -Infinity,
  finishedThrough: -Infinity,
  awaiting: new Map(),
});

/** A window that was closed as a whole: this partition has said its share of it. */
export function rememberClosed(history: PartitionHistory, closed: ClosedWindow, partition: number): void {
  note(history, closed.part, closed.window, closed.through?.[partition] ?? 0);
}

/** A share of a window that was said, and may not have been judged yet. */
export function rememberPartial(history: PartitionHistory, partial: PartialWindow): void {
  note(history, partial.part, partial.window, partial.part === 'data' ? partial.through : 0);
}

export function rememberStanding(
  history: PartitionHistory,
  { closedThrough, finishedThrough }: Standing,
): void {
  history.closedThrough = Math.max(history.closedThrough, closedThrough ?? -Infinity);
  history.finishedThrough = Math.max(history.finishedThrough, finishedThrough ?? -Infinity);
}

function note(
  history: PartitionHistory,
  part: ClosedWindow['part'],
  window: ClosedWindow['window'],
  through: number,
): void {
  const [start, end] = [Date.parse(window.start), Date.parse(window.end)];
  if (part === 'data') {
    history.closedThrough = Math.max(history.closedThrough, end);
    // A partition without rows in the window, or that has finished it, awaits nothing.
    if (through > 0 && end > history.finishedThrough) history.awaiting.set(start, through);
  } else {
    history.finishedThrough = Math.max(history.finishedThrough, end);
    history.awaiting.delete(start);
  }
}
