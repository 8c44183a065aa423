import type { Severity } from '../../contracts/live-events.ts';
import type { Watched } from '../drift/monitor/index.ts';
import { createRandom } from '../statistics/random.ts';
import { driftRun, type TrueQuality } from './outcome.ts';
import { drawRows, type PoolRow } from './pool.ts';
import { newTally, type Rehearsed } from './rehearse.ts';
import { watchRun } from './watch-run.ts';

export interface LaterInput {
  /** Real rows of later windows, which begin at `start` and follow each other; scored. */
  readonly windows: readonly (readonly PoolRow[])[];
  readonly start: number;
  readonly truth: TrueQuality;
  readonly watched: Watched;
  readonly minSeverity: Severity;
  readonly runs: number;
  readonly rowsPerWindow: number | null;
  readonly seed: number;
}

/**
 * Plays what really came later to the monitor, many times: in each run the rows of each window are drawn anew from its real rows,
 * with replacement, each at its own time. Nothing says when the change began, so windows count from the first.
 */
export function replayLater(input: LaterInput, onShare: (share: number) => void): Rehearsed {
  const { windows, start, truth, watched, minSeverity, runs, rowsPerWindow, seed } = input;
  const tally = newTally(windows.length);
  for (let run = 0; run < runs; run++) {
    const random = createRandom(seed * 100_003 + run);
    const rows = windows.flatMap((real) => drawRows(real, rowsPerWindow ?? real.length, random));
    const seen = watchRun(rows, watched, { start, windows: windows.length, minSeverity });
    tally.add(seen);
    tally.drift.push(driftRun(seen, 0, truth));
    onShare((run + 1) / runs);
  }
  return tally.result();
}
