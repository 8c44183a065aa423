import { wilsonInterval, newcombeInterval, type Interval } from '../statistics/proportion.ts';

/** A group's part of the data that the model learnt from, against its part of the data that it is judged on. */
export interface GroupRepresentation {
  readonly group: string;
  /** Rows of the group, and its share with Wilson's interval. */
  readonly learntRows: number;
  readonly learntShare: Interval;
  readonly judgedRows: number;
  readonly judgedShare: Interval;
  /** Learnt less judged share, by Newcombe at Bonferroni's level over the groups: all intervals hold together. */
  readonly difference: Interval;
}

export interface Representation {
  readonly groups: readonly GroupRepresentation[];
  /** The group that training saw least of, against what it is judged on; null without groups. */
  readonly worstGroup: string | null;
  /** How far the worst group is under-represented, a share of all rows, with joint bounds; null without groups. */
  readonly difference: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
}

/** Rows by group, name to count. Both sides have at least one row. */
export type GroupSizes = Readonly<Record<string, number>>;

/**
 * Who is missing from what the model learnt. A model cannot be right about a group that it hardly saw, whatever
 * its average says.
 *
 * @throws StatisticsError `EMPTY_SAMPLE` when a side has no rows
 */
export function representationOf(learnt: GroupSizes, judged: GroupSizes, confidence = 0.95): Representation {
  const names = [...new Set([...Object.keys(learnt), ...Object.keys(judged)])].sort();
  const total = (sizes: GroupSizes): number => Object.values(sizes).reduce((sum, size) => sum + size, 0);
  const [allLearnt, allJudged] = [total(learnt), total(judged)];
  const joint = 1 - (1 - confidence) / Math.max(1, names.length);
  const groups = names.map((group): GroupRepresentation => {
    const [learntRows, judgedRows] = [learnt[group] ?? 0, judged[group] ?? 0];
    return {
      group,
      learntRows,
      learntShare: wilsonInterval(learntRows, allLearnt, confidence),
      judgedRows,
      judgedShare: wilsonInterval(judgedRows, allJudged, confidence),
      difference: newcombeInterval(learntRows, allLearnt, judgedRows, allJudged, joint),
    };
  });
  const worst = groups.reduce<GroupRepresentation | undefined>(
    (least, one) => (least && least.difference.estimate <= one.difference.estimate ? least : one),
    undefined,
  );
  if (worst === undefined) {
    return { groups, worstGroup: null, difference: null, lower: null, upper: null };
  }
  return {
    groups,
    worstGroup: worst.group,
    difference: Math.max(0, -worst.difference.estimate),
    lower: Math.max(0, ...groups.map(({ difference }) => -difference.upper)),
    upper: Math.max(0, ...groups.map(({ difference }) => -difference.lower)),
  };
}
