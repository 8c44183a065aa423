import type { WindowCounts } from './closed-window.ts';
import type { Progress } from './input.ts';
import type { DataSummary } from './data-summary.ts';
import type { TruthSummary } from './truth-summary.ts';

interface OfOnePartition {
  readonly model: string;
  readonly version: string;
  readonly partition: number;
}

/**
 * What one partition has of a window: its summary, which adds exactly to those of the other partitions. Plain JSON of bounded
 * size, so that processes that share a model can send it to the one that judges.
 */
export type PartialWindow = OfOnePartition & {
  readonly schema: 1;
  /** Event time, ISO 8601 UTC; the end is not part of it. */
  readonly window: { readonly start: string; readonly end: string };
  /** Names the profile and the settings that the summary was made with; only summaries of one basis can be added. */
  readonly basis: string;
  readonly counts: WindowCounts;
} & (
    | {
        readonly part: 'data';
        readonly summary: DataSummary;
        /** Next offset of the partition's predictions when this was made: what stands at or after it came too late. */
        readonly through: number;
      }
    | { readonly part: 'performance'; readonly summary: TruthSummary }
  );

/**
 * How far a partition has come, in milliseconds of event time. Whatever it has of windows that end by then was said before:
 * a partition that says nothing of such a window has no row in it.
 */
export interface Standing extends OfOnePartition {
  /** Null before the first row. */
  readonly closedThrough: number | null;
  readonly finishedThrough: number | null;
}

/** What the watch of a partition says, in this order: first the windows, then that they were said. */
export type PartitionNews =
  | { readonly type: 'partial'; readonly partial: PartialWindow }
  | { readonly type: 'standing'; readonly standing: Standing };

/** How far a process has seen the traffic come, so that others need not wait for partitions of theirs that are quiet. */
export interface ProgressNews {
  readonly type: 'progress';
  readonly progress: Progress;
}

/** Names what a piece of news is about: a later one under the same name replaces it. */
export function newsKey(news: PartitionNews): string {
  if (news.type === 'standing') {
    const { model, version, partition } = news.standing;
    return `standing/${model}/${version}/${partition}`;
  }
  const { model, version, partition, window, part } = news.partial;
  return `partial/${model}/${version}/${window.start}/${part}/${partition}`;
}
