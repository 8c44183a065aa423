import { StatisticsError } from '../../statistics/index.ts';
import type { Finding, MonitoredKind } from './closed-window.ts';
import { judgeData, unresolved } from './judge-data.ts';
import { judgePerformance } from './judge-performance.ts';
import type { WindowJudge } from './window-judge.ts';

/** The judge that production uses. A window that the statistics refuse (StatisticsError) is unresolved, with the reason. */
export const judgeWindow: WindowJudge = {
  data: (rows, watched) =>
    orUnresolved(['data', 'prediction', 'quality'], rows.length, () => judgeData(rows, watched)),
  performance: (rows, watched) =>
    orUnresolved(['performance'], rows.length, () => [judgePerformance(rows, watched)])[0]!,
};

function orUnresolved(
  kinds: readonly MonitoredKind[],
  rows: number,
  judge: () => readonly Finding[],
): readonly Finding[] {
  try {
    return judge();
  } catch (error) {
    if (!(error instanceof StatisticsError)) throw error;
    return kinds.map((kind) => unresolved(kind, error.message, rows));
  }
}
