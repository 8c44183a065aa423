import type { FeedbackGiven } from '../../../contracts/live-events.ts';
import { createLateJoin, type LateJoin, type LateJoinOptions } from './late-join.ts';
import { anyComplaint, applyFeedback, applyLabel, laterTruth, retain } from './open-window.ts';

type Shared = Pick<LateJoinOptions, 'tally' | 'maxPending' | 'windowOf' | 'settledTo' | 'inTime'>;

/** Labels of a partition's rows. Of two about one row the later truth counts. */
export const joinLabels = (partition: number, shared: Shared): LateJoin =>
  createLateJoin({
    ...shared,
    counted: {
      joined: 'joined',
      late: 'labelsLate',
      pending: 'pending',
      unmatched: 'unmatched',
      evicted: 'labelsEvicted',
    },
    supersedes: laterTruth,
    apply(window, id, label, { offset }) {
      applyLabel(window, window.rows.get(id)!, label);
      retain(window.firstLabel, partition, offset);
    },
  });

/** What users said of a partition's rows. Whoever complains counts, whatever others say of the same answer. */
export const joinFeedback = (partition: number, shared: Shared): LateJoin =>
  createLateJoin({
    ...shared,
    counted: {
      joined: 'feedbackJoined',
      late: 'feedbackLate',
      pending: 'feedbackPending',
      unmatched: 'feedbackUnmatched',
      evicted: 'feedbackEvicted',
    },
    supersedes: anyComplaint,
    apply(window, id, said, { offset }) {
      applyFeedback(window.rows.get(id)!, said);
      retain(window.firstFeedback, partition, offset);
    },
  });

/** A complaint in words, or a rating in the lower half. */
export const isComplaint = ({ complaint, rating }: FeedbackGiven): boolean =>
  complaint !== undefined || (rating !== undefined && rating <= 2);
