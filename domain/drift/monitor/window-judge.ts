import type { Finding } from './closed-window.ts';
import type { DataSummary } from './data-summary.ts';
import type { Watched } from './input.ts';
import type { TruthSummary } from './truth-summary.ts';

/**
 * Takes the summary of a window and returns findings with reasons. Pure; equal summaries give equal numbers. Fewer rows than
 * `minRows` are `unresolved`, never `no_drift`. Knows nothing of other windows.
 */
export interface WindowJudge {
  /** Features, output and data quality. */
  data(summary: DataSummary, watched: Watched): readonly Finding[];
  /** Answers against the labels and the feedback that came; performance first. */
  truth(summary: TruthSummary, watched: Watched): readonly Finding[];
}
