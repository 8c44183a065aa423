import type { Measurement } from '../../../contracts/live-events.ts';
import { ExactSum } from '../../quality/index.ts';
import { rocAucIntervalOfTable } from '../../quality/ranking.ts';
import { normalQuantile } from '../../statistics/index.ts';
import { lossOfSlice } from '../index.ts';
import type { Finding } from './closed-window.ts';
import { CONFIDENCE, short, unresolved } from './finding.ts';
import type { Watched } from './input.ts';
import { judgeSlices } from './judge-slices.ts';
import type { TruthSummary } from './truth-summary.ts';

/**
 * Log-loss and AUC of the labelled rows against what the profile expects. Drift is judged on the bound that speaks for
 * the model: log-loss is at least this, AUC at most that, each by 95 %; so a small window does not alarm by chance. The
 * bound of log-loss is normal, and counts the uncertainty of the expected value too, taking a reference row to vary as a
 * row of the window does. The bound of AUC is DeLong's (1988). Worse answers as a whole are `critical`, those of a slice
 * alone a `warning`.
 */
export function judgePerformance(summary: TruthSummary, watched: Watched): Finding {
  const { profile, settings } = watched;
  const { labelled: n, positives } = summary;
  if (n < settings.minRows) {
    return unresolved('performance', `${n} labelled rows, at least ${settings.minRows} needed`, n);
  }
  const { expected } = profile;
  if (expected === null || expected.rows === 0) {
    return unresolved('performance', 'the profile does not say what performance is expected', n);
  }
  const { mean, variance } = lossOfSlice({ ...summary, rows: n });
  const lower = mean - normalQuantile(CONFIDENCE) * Math.sqrt(variance * (1 / n + 1 / expected.rows));
  const lossLimit = expected.logLoss + settings.logLossIncrease;
  const measurements: Measurement[] = [
    {
      scope: 'label',
      name: null,
      metric: 'log_loss_lower_bound',
      value: lower,
      threshold: lossLimit,
      driftWhen: 'gt',
      drifted: lower > lossLimit,
    },
  ];
  const numbers: Record<string, number> = {
    rows: n,
    positiveShare: positives / n,
    meanScore: new ExactSum(summary.scores).value() / n,
    logLoss: mean,
    logLossLower: lower,
    logLossExpected: expected.logLoss,
  };
  let reason = `log-loss ${short(mean)} (at least ${short(lower)}) against ${short(lossLimit)}`;
  let ranked = true;
  if (expected.auc !== null) {
    ranked = positives > 0 && positives < n;
    if (ranked) {
      const auc = rocAucIntervalOfTable(summary.ranking, 2 * CONFIDENCE - 1);
      const aucLimit = expected.auc - settings.aucDecrease;
      measurements.push({
        scope: 'label',
        name: null,
        metric: 'auc_upper_bound',
        value: auc.upper,
        threshold: aucLimit,
        driftWhen: 'lt',
        drifted: auc.upper < aucLimit,
      });
      Object.assign(numbers, { auc: auc.estimate, aucUpper: auc.upper, aucExpected: expected.auc });
      reason += `, AUC ${short(auc.estimate)} (at most ${short(auc.upper)}) against ${short(aucLimit)}`;
    } else reason += `, AUC unknown: all ${n} labels are ${positives === 0 ? 0 : 1}`;
  }
  const asAWhole = measurements.some((measurement) => measurement.drifted);
  const slices = judgeSlices(summary, watched);
  measurements.push(...slices.measurements);
  if (slices.measurements.length > 0) reason += `; ${slices.reason}`;
  const drifted = measurements.some((measurement) => measurement.drifted);
  return {
    kind: 'performance',
    verdict: drifted ? 'drift' : ranked ? 'no_drift' : 'unresolved',
    severity: asAWhole ? 'critical' : drifted ? 'warning' : null,
    measurements,
    numbers: { ...numbers, ...slices.numbers },
    reason,
  };
}
