import type { DriftRehearsalParameters } from '../../../contracts/schemas/drift-rehearsal.ts';
import type { PoolRow, TrueQuality } from '../../../domain/rehearsal/index.ts';
import type { Bounded } from '../../../domain/synthetic/index.ts';
import { floorOf, qualityOf } from '../twin/quality-of.ts';

export interface LaterWindow {
  /** Event time, ISO 8601 UTC. */
  readonly start: string;
  readonly rows: number;
  /** Over all of its real rows. */
  readonly quality: Bounded | null;
}

export interface LaterWindows {
  readonly start: number;
  readonly windows: readonly (readonly PoolRow[])[];
  readonly truth: TrueQuality;
  readonly seen: readonly LaterWindow[];
}

/** Scored later rows by window, with the quality that the model really had in each. Whole windows only: the ends are cut off. */
export function laterWindows(
  rows: readonly PoolRow[],
  windowHours: number,
  quality: DriftRehearsalParameters['quality'],
  clean: number,
): LaterWindows {
  const length = windowHours * 3_600_000;
  const windowOf = (at: number): number => Math.floor(at / length);
  const [from, to] = [windowOf(rows[0]!.at), windowOf(rows.at(-1)!.at)];
  const all: PoolRow[][] = Array.from({ length: to - from + 1 }, () => []);
  for (const row of rows) all[windowOf(row.at) - from]!.push(row);
  // The first and the last may be cut by the file; a window that is not whole would count against the monitor.
  const windows = all.length > 2 ? all.slice(1, -1) : all;
  const start = (all.length > 2 ? from + 1 : from) * length;
  const floor = floorOf(quality);
  const seen = windows.map((some, i): LaterWindow => {
    const labelled = some.filter(({ label }) => label !== null);
    const labels = labelled.map(({ label }) => label ?? 0);
    const scores = labelled.map(({ score }) => score);
    const start_ = new Date(start + i * length).toISOString();
    return { start: start_, rows: some.length, quality: qualityOf(quality, labels, scores) };
  });
  const values = seen.map((window) => window.quality?.estimate ?? clean);
  return {
    start,
    windows,
    seen,
    truth: {
      loss: values.map((value) => Math.max(0, floor.better === 'higher' ? clean - value : value - clean)),
      broken: values.map((value) => (floor.better === 'higher' ? value < floor.limit : value > floor.limit)),
    },
  };
}
