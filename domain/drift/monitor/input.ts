import type { FeedbackGiven, LabelObserved, PredictionLogged } from '../../../contracts/live-events.ts';
import type { WatchSpec } from '../../../contracts/plan.ts';
import type { ReferenceProfile } from '../index.ts';
import type { ClosedWindow } from './closed-window.ts';
import type { PartitionNews, ProgressNews } from './partial-window.ts';

/** Where a record stands in its topic. */
export interface Place {
  readonly partition: number;
  readonly offset: number;
}

export const streams = ['predictions', 'labels', 'feedback'] as const;
export type Stream = (typeof streams)[number];

/** The version of a model that is watched, with everything that judging needs. */
export interface Watched {
  readonly version: string;
  readonly release: string;
  readonly settings: WatchSpec;
  readonly profile: ReferenceProfile;
  /** Digest of the profile, for reports. */
  readonly profileId: string;
}

/** How far event time has come, in milliseconds since 1970. */
export interface Reached {
  readonly predictions?: number;
  readonly labels?: number;
}

/** By model. */
export type Progress = Readonly<Record<string, Reached>>;

/** Everything that the monitor learns. Given in the same order, it gives the same windows. */
export type MonitorInput =
  /** A window that was closed and reported in an earlier life of the process. In the order of their closing, and first of all. */
  | { readonly type: 'restored'; readonly closed: ClosedWindow }
  /** What a partition said: in an earlier life of the process, or in another process that shares the model. */
  | { readonly type: 'news'; readonly news: PartitionNews | ProgressNews }
  /** Null: the model is watched no more. */
  | { readonly type: 'watch'; readonly model: string; readonly watched: Watched | null }
  | { readonly type: 'prediction'; readonly place: Place; readonly prediction: PredictionLogged }
  | { readonly type: 'label'; readonly place: Place; readonly label: LabelObserved }
  | { readonly type: 'feedback'; readonly place: Place; readonly feedback: FeedbackGiven }
  /** A record that is none of these, and yet was read. */
  | { readonly type: 'skipped'; readonly stream: Stream; readonly place: Place }
  /**
   * A partition was read to the end that it had when `progress` was noted: whatever it holds from before that time has
   * been seen, so it need not hold the others back.
   */
  | {
      readonly type: 'caughtUp';
      readonly stream: Stream;
      readonly partition: number;
      readonly progress: Progress;
    };
