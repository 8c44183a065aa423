import {
  requireBinary,
  requireNonEmpty,
  requireSameLength,
  StatisticsError,
  type Sample,
} from '../statistics/error.ts';

/** A column of group names, one a row; null where it is not known. */
export type GroupColumn = ArrayLike<string | null | undefined>;

/** One column, or several by name: then every combination that occurs is a group (an intersection). */
export type Groups = GroupColumn | Readonly<Record<string, GroupColumn>>;

/** Counts of one group, from which every rate is made. */
export interface GroupCounts {
  /** The group's name; of an intersection, `column=value` joined by ` & `. */
  readonly group: string;
  readonly rows: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

function isColumn(groups: Groups): groups is GroupColumn {
  return typeof (groups as { length?: unknown }).length === 'number';
}

/**
 * Positions of each group's rows, by name in order, and the rows whose group is not known.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `LENGTH_MISMATCH`, `NON_FINITE`, `OUT_OF_RANGE` for a label that is not 0 or 1
 */
export function groupRows(
  labels: Sample,
  groups: Groups,
): { rowsOf: ReadonlyMap<string, readonly number[]>; unknownRows: number } {
  requireNonEmpty(labels, 'labels');
  requireBinary(labels, 'labels');
  const columns: (readonly [string, GroupColumn])[] = isColumn(groups)
    ? [['', groups]]
    : Object.entries(groups);
  if (columns.length === 0) {
    throw new StatisticsError('EMPTY_SAMPLE', 'groups', 'groups names no column. Pass at least one.');
  }
  for (const [name, column] of columns) {
    requireSameLength(labels, column, 'labels', name === '' ? 'groups' : `groups.${name}`);
  }
  const found = new Map<string, number[]>();
  let unknownRows = 0;
  for (let i = 0; i < labels.length; i++) {
    const group = nameOf(columns, i);
    if (group === null) {
      unknownRows++;
      continue;
    }
    const rows = found.get(group);
    if (rows === undefined) found.set(group, [i]);
    else rows.push(i);
  }
  return { rowsOf: new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1))), unknownRows };
}

/**
 * Counts by group, sorted by name, and the rows whose group is not known.
 *
 * @throws StatisticsError as {@link groupRows}, and for a prediction that is not 0 or 1
 */
export function countGroups(
  labels: Sample,
  predictions: Sample,
  groups: Groups,
): { counts: GroupCounts[]; unknownRows: number } {
  requireNonEmpty(labels, 'labels');
  requireSameLength(labels, predictions, 'labels', 'predictions');
  requireBinary(predictions, 'predictions');
  const { rowsOf, unknownRows } = groupRows(labels, groups);
  const counts = [...rowsOf].map(([group, rows]): GroupCounts => {
    const cells = [0, 0, 0, 0];
    for (const row of rows) cells[2 * labels[row]! + predictions[row]!]!++;
    const [trueNegatives = 0, falsePositives = 0, falseNegatives = 0, truePositives = 0] = cells;
    return { group, rows: rows.length, truePositives, falsePositives, falseNegatives, trueNegatives };
  });
  return { counts, unknownRows };
}

function nameOf(columns: readonly (readonly [string, GroupColumn])[], row: number): string | null {
  const parts: string[] = [];
  for (const [name, column] of columns) {
    const value = column[row];
    if (value === null || value === undefined) return null;
    parts.push(name === '' ? value : `${name}=${value}`);
  }
  return parts.join(' & ');
}
