import { wilsonInterval, type Interval } from '../statistics/index.ts';

/** Rows that share one combination of quasi-identifiers. */
export interface Cell {
  readonly key: string;
  readonly rows: number;
  /** Different values of the sensitive column among them. */
  readonly sensitive: number;
}

export interface Anonymity {
  /** Fewest rows in a cell: k-anonymity (Sweeney 2002). */
  readonly k: number;
  /** Fewest different sensitive values in a cell: distinct l-diversity (Machanavajjhala et al. 2007). */
  readonly l: number;
  readonly cells: number;
  /** Cells with fewer rows than asked, and the rows in them. */
  readonly smallCells: number;
  readonly exposedRows: number;
  readonly rows: number;
}

/** How well rows hide among others. `asked` is the k that is wanted. Null without any cell. */
export function anonymityOfCells(cells: readonly Cell[], asked: number): Anonymity | null {
  if (cells.length === 0) return null;
  const small = cells.filter(({ rows }) => rows < asked);
  const sum = (some: readonly Cell[]): number => some.reduce((total, { rows }) => total + rows, 0);
  return {
    k: cells.reduce((least, { rows }) => Math.min(least, rows), Infinity),
    l: cells.reduce((least, { sensitive }) => Math.min(least, sensitive), Infinity),
    cells: cells.length,
    smallCells: small.length,
    exposedRows: sum(small),
    rows: sum(cells),
  };
}

export interface Linkage extends Interval {
  /** Our rows that are alone in their cell and meet exactly one row of the outside table. */
  readonly linked: number;
  readonly rows: number;
}

/**
 * What somebody learns who has another table with names in it: a row is linked when it is alone with its quasi-identifiers here and
 * there. Wilson's interval. Null without rows.
 */
export function linkageOf(ours: readonly Cell[], theirs: readonly Cell[]): Linkage | null {
  const outside = new Map(theirs.map(({ key, rows }) => [key, rows]));
  const rows = ours.reduce((total, cell) => total + cell.rows, 0);
  if (rows === 0) return null;
  const linked = ours.filter((cell) => cell.rows === 1 && outside.get(cell.key) === 1).length;
  return { ...wilsonInterval(linked, rows), linked, rows };
}
