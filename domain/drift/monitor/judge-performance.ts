import type { Measurement } from '../../../contracts/live-events.ts';
import { rowLogLoss } from '../../quality/loss.ts';
import { rocAucInterval } from '../../quality/ranking.ts';
import { normalQuantile } from '../../statistics/index.ts';
import type { Finding } from './closed-window.ts';
import type { Watched } from './input.ts';
import { unresolved } from './judge-data.ts';
import type { Row } from './open-window.ts';

/** Of each one-sided bound. */
const CONFIDENCE = 0.95;

/**
 * Log-loss and AUC of the labelled rows against what the profile expects. Drift is judged on the bound that speaks for
 * the model: log-loss is at least this, AUC at most that, each by 95 %; so a small window does not alarm by chance. The
 * bound of log-loss is normal, and counts the uncertainty of the expected value too, taking a reference row to vary as a
 * row of the window does. The bound of AUC is DeLong's.
 */
export function judgePerformance(rows: readonly Row[], { profile, settings }: Watched): Finding {
  const labels: number[] = [];
  const scores: number[] = [];
  for (const { label, score } of rows) {
    if (label === null) continue;
    labels.push(label.value);
    scores.push(score);
  }
  const n = labels.length;
  if (n < settings.minRows) {
    return unresolved('performance', `${n} labelled rows, at least ${settings.minRows} needed`, n);
  }
  const { expected } = profile;
  if (expected === null || expected.rows === 0) {
    return unresolved('performance', 'the profile does not say what performance is expected', n);
  }
  const loss = lossOf(labels, scores, expected.rows);
  const lossLimit = expected.logLoss + settings.logLossIncrease;
  const measurements: Measurement[] = [
    {
      scope: 'label',
      name: null,
      metric: 'log_loss_lower_bound',
      value: loss.lower,
      threshold: lossLimit,
      driftWhen: 'gt',
      drifted: loss.lower > lossLimit,
    },
  ];
  const numbers: Record<string, number> = {
    rows: n,
    positiveShare: labels.reduce((sum, label) => sum + label, 0) / n,
    meanScore: scores.reduce((sum, score) => sum + score, 0) / n,
    logLoss: loss.mean,
    logLossLower: loss.lower,
    logLossExpected: expected.logLoss,
  };
  let reason = `log-loss ${short(loss.mean)} (at least ${short(loss.lower)}) against ${short(lossLimit)}`;
  const positives = labels.filter((label) => label === 1).length;
  let ranked = true;
  if (expected.auc !== null) {
    ranked = positives > 0 && positives < n;
    if (ranked) {
      const auc = rocAucInterval(labels, scores, 2 * CONFIDENCE - 1);
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
  const drifted = measurements.some((measurement) => measurement.drifted);
  const verdict = drifted ? 'drift' : ranked ? 'no_drift' : 'unresolved';
  return {
    kind: 'performance',
    verdict,
    severity: drifted ? 'critical' : null,
    measurements,
    numbers,
    reason,
  };
}

function lossOf(labels: readonly number[], scores: readonly number[], referenceRows: number) {
  const n = labels.length;
  const losses = labels.map((label, i) => rowLogLoss(label, scores[i]!));
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / n;
  const variance = losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / Math.max(1, n - 1);
  const error = Math.sqrt(variance * (1 / n + 1 / referenceRows));
  return { mean, lower: mean - normalQuantile(CONFIDENCE) * error };
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
