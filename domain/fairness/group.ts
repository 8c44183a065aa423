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
 * Counts by group, sorted by name, and the rows whose group is not known.
 *
 * @throws StatisticsError `EMPTY_SAMPLE`, `LENGTH_MISMATCH`, `NON_FINITE`, `OUT_OF_RANGE` for a label or prediction that is
 *   not 0 or 1
 */
export function countGroups(
  labels: Sample,
  predictions: Sample,
  groups: Groups,
): { counts: GroupCounts[]; unknownRows: number } {
  requireNonEmpty(labels, 'labels');
  requireSameLength(labels, predictions, 'labels', 'predictions');
  requireBinary(labels, 'labels');
  requireBinary(predictions, 'predictions');
  const columns: (readonly [string, GroupColumn])[] = isColumn(groups)
    ? [['', groups]]
    : Object.entries(groups);
  if (columns.length === 0) {
    throw new StatisticsError('EMPTY_SAMPLE', 'groups', 'groups names no column. Pass at least one.');
  }
  for (const [name, column] of columns) {
    requireSameLength(labels, column, 'labels', name === '' ? 'groups' : `groups.${name}`);
  }
  const cells = new Map<string, { -readonly [K in keyof GroupCounts]: GroupCounts[K] }>();
  let unknownRows = 0;
  for (let i = 0; i < labels.length; i++) {
    const group = nameOf(columns, i);
    if (group === null) {
      unknownRows++;
      continue;
    }
    let cell = cells.get(group);
    if (cell === undefined) {
      cell = { group, rows: 0, truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };
      cells.set(group, cell);
    }
    cell.rows++;
    if (labels[i] === 1) cell[predictions[i] === 1 ? 'truePositives' : 'falseNegatives']++;
    else cell[predictions[i] === 1 ? 'falsePositives' : 'trueNegatives']++;
  }
  return { counts: [...cells.values()].sort((a, b) => (a.group < b.group ? -1 : 1)), unknownRows };
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
