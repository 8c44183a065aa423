import { StatisticsError } from '../../statistics/index.ts';
import type { Finding, MonitoredKind } from './closed-window.ts';
import { unresolved } from './finding.ts';
import { judgeCalibration } from './judge-calibration.ts';
import { judgeFairness } from './judge-fairness.ts';
import { judgeData } from './judge-features.ts';
import { judgeFeedback } from './judge-feedback.ts';
import { judgePerformance } from './judge-performance.ts';
import type { WindowJudge } from './window-judge.ts';

/** The judge that production uses. A window that the statistics refuse (StatisticsError) is unresolved, with the reason. */
export const judgeWindow: WindowJudge = {
  data: (summary, watched) =>
    orUnresolved(['data', 'prediction', 'quality'], summary.rows, () => judgeData(summary, watched)),
  truth: (summary, watched) =>
    (
      [
        ['performance', judgePerformance],
        ['calibration', judgeCalibration],
        ['fairness', judgeFairness],
        ['feedback', judgeFeedback],
      ] as const
    ).flatMap(([kind, judge]) =>
      orUnresolved([kind], summary.rows, () => {
        const finding = judge(summary, watched);
        return finding === null ? [] : [finding];
      }),
    ),
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
