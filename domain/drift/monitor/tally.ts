/** Where each record went: `predictions`, `labels` and `feedback` are the sums of what stands below them. */
export interface Tally {
  predictions: number;
  /** In a window, as a judged row or as a counted fallback, error or unscored answer. */
  counted: number;
  duplicates: number;
  /** Their window was closed already. */
  late: number;
  /** Answers of versions that are not watched. */
  otherVersions: number;
  /** Without a readable event time. */
  invalid: number;
  labels: number;
  /** Joined to a row, at once or when the row came. */
  joined: number;
  /** Known too long after their prediction's window. */
  labelsLate: number;
  /** Waiting for their prediction. */
  pending: number;
  /** Their prediction never came, or does not count (another version, a fallback, too late). */
  unmatched: number;
  labelsInvalid: number;
  labelsEvicted: number;
  feedback: number;
  feedbackJoined: number;
  feedbackLate: number;
  feedbackPending: number;
  feedbackUnmatched: number;
  /** About a version as a whole, so about no answer. */
  feedbackOfVersion: number;
  feedbackInvalid: number;
  feedbackEvicted: number;
  /** Rows let go because too many were held. */
  rowsEvicted: number;
}

export const emptyTally = (): Tally => ({
  predictions: 0,
  counted: 0,
  duplicates: 0,
  late: 0,
  otherVersions: 0,
  invalid: 0,
  labels: 0,
  joined: 0,
  labelsLate: 0,
  pending: 0,
  unmatched: 0,
  labelsInvalid: 0,
  labelsEvicted: 0,
  feedback: 0,
  feedbackJoined: 0,
  feedbackLate: 0,
  feedbackPending: 0,
  feedbackUnmatched: 0,
  feedbackOfVersion: 0,
  feedbackInvalid: 0,
  feedbackEvicted: 0,
  rowsEvicted: 0,
});
