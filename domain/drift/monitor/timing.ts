/** How long the monitor waits, in hours of event time, and how much it may hold. The wall clock decides nothing. */
export interface MonitorTiming {
  /** A record may stand in its partition this much behind a younger one and still count. */
  readonly latenessHours: number;
  /** Labels count when the truth was known less than this after the window's end; then its performance is judged. */
  readonly labelLatenessHours: number;
  /**
   * Share of a window's rows with a label that is enough to judge it before that, above 0 up to 1. Below 1 the answer
   * may depend on which labels came first; at 1, only corrected labels can come too late.
   */
  readonly labelShare: number;
  /** When labels have stopped: predictions this long after the window's end let it be judged with the labels there are. */
  readonly labelDeadlineHours: number;
  /** Rows held for one model, with those that await their labels. The oldest are evicted and counted. */
  readonly maxRows: number;
  /** Labels held for one model whose prediction was not read yet. The oldest are evicted and counted. */
  readonly maxPendingLabels: number;
}

export const defaultTiming: MonitorTiming = {
  latenessHours: 6,
  labelLatenessHours: 24,
  labelShare: 1,
  labelDeadlineHours: 168,
  maxRows: 200_000,
  maxPendingLabels: 200_000,
};
