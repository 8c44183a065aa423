import type { Features } from '../drift/monitor/index.ts';
import type { Random } from '../statistics/random.ts';

/** A scored row with its real event time. */
export interface PoolRow {
  readonly features: Features;
  readonly score: number;
  /** Null when the truth never came. */
  readonly label: 0 | 1 | null;
  /** Event time, milliseconds since 1970. */
  readonly at: number;
  /** When its label was known; not looked at without a label. */
  readonly knownAt: number;
}

const HOUR = 3_600_000;

/** Rows by blocks of event time: rows that lie together are alike, and a simulation must not tear them apart. */
export interface Blocks {
  readonly blockMs: number;
  readonly blocks: readonly (readonly PoolRow[])[];
}

export function blocksOf(rows: readonly PoolRow[], blockHours: number): Blocks {
  const blockMs = blockHours * HOUR;
  const blocks = new Map<number, PoolRow[]>();
  for (const row of rows) {
    const block = Math.floor(row.at / blockMs);
    const known = blocks.get(block);
    if (known === undefined) blocks.set(block, [row]);
    else known.push(row);
  }
  return { blockMs, blocks: [...blocks].sort(([a], [b]) => a - b).map(([, list]) => list) };
}

/** So many of the rows, drawn with replacement, in their order. */
export function drawRows<Row>(rows: readonly Row[], count: number, random: Random): Row[] {
  const positions = Uint32Array.from({ length: rows.length === 0 ? 0 : count }, () =>
    random.integer(rows.length),
  );
  return Array.from(positions.sort(), (position) => rows[position]!);
}

/**
 * Rows of one window of traffic: its time is filled with whole blocks drawn with replacement (the block bootstrap, Künsch 1989),
 * each row at its own time within the block, so in the order of time. Of each block so many rows are drawn that the window has about `rows`; all of them
 * when `rows` is null.
 */
export function drawWindow(
  { blockMs, blocks }: Blocks,
  start: number,
  end: number,
  rows: number | null,
  random: Random,
): PoolRow[] {
  const drawn: PoolRow[] = [];
  const perBlock = rows === null ? null : Math.max(1, Math.round((rows * blockMs) / (end - start)));
  for (let slot = start; slot < end; slot += blockMs) {
    const block = blocks[random.integer(blocks.length)]!;
    for (const row of perBlock === null ? block : drawRows(block, perBlock, random)) {
      const at = slot + (row.at - Math.floor(row.at / blockMs) * blockMs);
      if (at < end) drawn.push({ ...row, at, knownAt: at + (row.knownAt - row.at) });
    }
  }
  return drawn;
}
