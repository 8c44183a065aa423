import type { Finding } from './closed-window.ts';
import type { Watched } from './input.ts';
import type { Row } from './open-window.ts';

/**
 * Takes a window's rows and returns findings with reasons. Pure; the same rows in the same order give the same numbers.
 * Fewer rows than `minRows` are `unresolved`, never `no_drift`.
 */
export interface WindowJudge {
  /** Features, output and data quality. Every row still has its features. */
  data(rows: readonly Row[], watched: Watched): readonly Finding[];
  /** Answers against the labels that came. */
  performance(rows: readonly Row[], watched: Watched): Finding;
}
